package explain

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// crowded is a figure with more of everything than has room.
func crowded() *Figure {
	m := image.NewRGBA(image.Rect(0, 0, 500, 90))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{0, 120, 0, 255}), image.Point{}, draw.Src)
	f := &Figure{
		Title: strings.Repeat("a title that goes on and on ", 9), Picture: m, Map: tensor.ArrayOf([]float32{1, -2, 3, 4}, 2, 2),
		MapName: "integrated gradients: for and against “a class with a long name”", WordsName: "words", BarsName: "answers", Percent: true,
	}
	f.Words = strings.Fields(strings.Repeat("the quick brown 狐狸 jumps over 懶 dog's Ünïcode Привет ", 6) + strings.Repeat("pneumono", 30) + " 😀 e\u0301")
	for i := range f.Words {
		f.Weights = append(f.Weights, float32(math.Sin(float64(i))))
		f.Strange = append(f.Strange, i%7 == 0)
	}
	for i := range 40 {
		f.Bars = append(f.Bars, Bar{strings.Repeat("class of a long name ", i%4+1) + "汉字", float64(i+1) / 820, i == 3})
	}
	f.Bars[38].Name = strings.Repeat("Rindfleischetikettierung", 5)
	return f
}

func drawn(t *testing.T, f *Figure) *image.RGBA {
	t.Helper()
	m, err := f.Draw()
	if err != nil {
		t.Fatal(err)
	}
	return m.(*image.RGBA)
}

// inkIn counts the pixels of r that are not white.
func inkIn(m *image.RGBA, r image.Rectangle) (n int) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if m.RGBAAt(x, y) != (color.RGBA{255, 255, 255, 255}) {
				n++
			}
		}
	}
	return n
}

// Nothing is cut off: however much there is, the margins stay white.
func TestFigureMargins(t *testing.T) {
	full, bare := crowded(), crowded()
	bare.Picture, bare.Map, bare.Weights, bare.Strange, bare.Title = nil, tensor.Array{}, nil, nil, ""
	text, narrow := &Figure{Words: []string{"one"}}, crowded()
	narrow.Picture = image.NewRGBA(image.Rect(0, 0, 1, 999))
	for name, f := range map[string]*Figure{"full": full, "bare": bare, "text": text, "narrow": narrow} {
		m := drawn(t, f)
		b := m.Bounds()
		if b.Dx() != pageWidth {
			t.Errorf("%s: %v", name, b)
		}
		for _, r := range []image.Rectangle{
			{b.Min, image.Pt(b.Max.X, margin)}, {image.Pt(0, b.Max.Y-margin), b.Max},
			{b.Min, image.Pt(margin, b.Max.Y)}, {image.Pt(b.Max.X-margin, 0), b.Max},
		} {
			if n := inkIn(m, r); n > 0 {
				t.Errorf("%s: %d pixels in the margin %v", name, n, r)
			}
		}
		if inkIn(m, b) < 100 {
			t.Errorf("%s is empty", name)
		}
	}
	if long, short := drawn(t, crowded()), drawn(t, &Figure{Bars: crowded().Bars[:3]}); long.Bounds().Dy() < 2*short.Bounds().Dy() {
		t.Errorf("%v and %v: a figure is as high as what is in it", long.Bounds(), short.Bounds())
	}
}

// The map's colours lie where its values are, on the scale that stands beside it.
func TestOverlay(t *testing.T) {
	f := &Figure{Picture: image.NewRGBA(image.Rect(0, 0, 40, 40)), Map: tensor.ArrayOf([]float32{0, 0, 0, 8}, 2, 2)}
	m := overlay(fit(f.Picture, panel), f.Map.Reshape(1, 2, 2), scaleOf(reals(f.Map)))
	warm := func(c color.RGBA) int { return int(c.R) - int(c.B) }
	if hot, cold := m.RGBAAt(310, 310), m.RGBAAt(10, 10); !(warm(hot) > warm(cold)+40) {
		t.Errorf("the hot corner is %v, the cold one %v", hot, cold)
	}
	if s := scaleOf([]float64{-1, 3}); !s.signed || s.most != 3 || s.colour(3) != against[4] || s.colour(-3) != against[0] || s.colour(0) != against[2] {
		t.Errorf("the scale of both signs is %+v", s)
	}
	if s := scaleOf([]float64{0, 0}); s.colour(0) != heat[0] {
		t.Errorf("no value at all is %v", s.colour(0))
	}
	for width, want := range map[int]int{32: 320, 28: 308, 320: 320, 200: 320, 3000: 320, 1: 320} {
		if got := fit(image.NewRGBA(image.Rect(0, 0, width, (width+1)/2)), panel).Bounds(); got.Dx() != want || got.Dy() < 1 {
			t.Errorf("%d pixels become %v, want %d", width, got, want)
		}
	}
}

func TestBars(t *testing.T) {
	f := crowded()
	shown, rest := f.shown()
	if len(shown) != shownBars+1 || shown[0] != 39 || shown[shownBars] != 3 {
		t.Errorf("shown are %v", shown)
	}
	left := 0.0
	for i := range 26 {
		if i != 3 {
			left += f.Bars[i].Value
		}
	}
	if want := "and 25 more, together " + f.value(left); rest != want {
		t.Errorf("the rest is %q, want %q", rest, want)
	}
	f.Bars[0].Value = 0.9
	if _, rest := f.shown(); rest != "and 25 more" {
		t.Errorf("the rest of labels is %q", rest)
	}
	if f.Percent = false; f.value(-2.5) != "-2.5" {
		t.Errorf("the value of a regression is %s", f.value(-2.5))
	}
}

func TestFigureErrors(t *testing.T) {
	some := image.NewRGBA(image.Rect(0, 0, 4, 4))
	for want, f := range map[string]*Figure{
		"the map is [2 2], want [h w] and a picture":    {Map: tensor.ArrayOf(make([]float32, 4), 2, 2)},
		"the map is [1 2 2], want [h w]":                {Picture: some, Map: tensor.ArrayOf(make([]float32, 4), 1, 2, 2)},
		"there are 1 weights for 2 words":               {Words: []string{"a", "b"}, Weights: []float32{1}},
		"Strange has 1 values for 2 words":              {Words: []string{"a", "b"}, Strange: []bool{true}},
		"the picture has no pixels":                     {Picture: image.NewRGBA(image.Rectangle{})},
		"explain: the font cannot be read: sfnt: inval": {Font: []byte("no font")},
	} {
		if _, err := f.Draw(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
}
