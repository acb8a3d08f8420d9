package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/train"
)

func decode(t *testing.T, b *bytes.Buffer) image.Image {
	t.Helper()
	m, err := png.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reddish counts the pixels whose red stands out: the first line's colour.
func reddish(m image.Image) (n int) {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			if r, g, b, _ := m.At(x, y).RGBA(); r > g+0x6000 && r > b+0x6000 {
				n++
			}
		}
	}
	return n
}

func TestHistory(t *testing.T) {
	nan := math.NaN()
	h := train.History{
		{Number: 1, Loss: 3, ValidLoss: nan, Values: map[string]float64{"generator": 2}},
		{Number: 2, Loss: 1, ValidLoss: nan, Values: map[string]float64{"generator": math.Inf(1)}},
	}
	var b bytes.Buffer
	if err := History(&b, "losses", h, "loss", "valid", "generator"); err != nil {
		t.Fatal(err)
	}
	// The line falls through the whole frame, so its pixels are at least as many as the frame is high.
	m := decode(t, &b)
	if n := reddish(m); n < m.Bounds().Dy()/2 {
		t.Errorf("the picture %v has %d pixels of the first line", m.Bounds(), n)
	}
	b.Reset()
	if err := History(&b, "one point", h[:1], "loss"); err != nil {
		t.Fatal(err)
	}
	if reddish(decode(t, &b)) == 0 {
		t.Error("a single epoch is not drawn")
	}
	if err := History(&b, "", h, "valid", "nothing"); err == nil || !strings.Contains(err.Error(), "no finite point") {
		t.Errorf("the error is %v", err)
	}
	if err := Curves(&b, "", "", "", Line{"l", []float64{1}, nil}); err == nil || !strings.Contains(err.Error(), "l has 1 x and 0 y") {
		t.Errorf("the error is %v", err)
	}
}

func TestStrip(t *testing.T) {
	red, blue := color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	square := func(c color.RGBA, side int) image.Image {
		m := image.NewRGBA(image.Rect(0, 0, side, side))
		for i := range side * side {
			m.SetRGBA(i%side, i/side, c)
		}
		return m
	}
	m := Strip(Frame{"epoch 1", square(red, 60)}, Frame{"epoch 20", Enlarge(square(blue, 20), 4)})
	if m.Bounds() != image.Rect(0, 0, 3*gap+60+80, 80+height+2*gap) {
		t.Errorf("the strip is %v", m.Bounds())
	}
	for at, want := range map[image.Point]color.RGBA{
		{gap, gap + height}:                {255, 0, 0, 255},
		{gap + 59, gap + height + 59}:      red,
		{gap + 60, gap + height}:           {255, 255, 255, 255},
		{2*gap + 60, gap + height}:         blue,
		{2*gap + 139, gap + height + 79}:   blue,
		{3*gap + 139, 2*gap + height + 79}: {255, 255, 255, 255},
	} {
		if got := m.At(at.X, at.Y); got != want {
			t.Errorf("pixel %v is %v, want %v", at, got, want)
		}
	}
	ink := 0
	for y := range gap + height {
		for x := range m.Bounds().Dx() {
			if m.At(x, y) == (color.RGBA{0, 0, 0, 255}) {
				ink++
			}
		}
	}
	if ink < 50 {
		t.Errorf("the captions have %d black pixels", ink)
	}
	var b bytes.Buffer
	if err := PNG(&b, m); err != nil || decode(t, &b).Bounds() != m.Bounds() {
		t.Errorf("written with %v", err)
	}
	if err := PNG(&b, image.NewRGBA(image.Rectangle{})); err == nil {
		t.Error("a picture without pixels was written")
	}
}
