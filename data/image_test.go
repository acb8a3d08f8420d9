package data

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func encode(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := map[string]func(io.Writer) error{
		"png":  func(w io.Writer) error { return png.Encode(w, m) },
		"jpeg": func(w io.Writer) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 100}) },
		"gif":  func(w io.Writer) error { return gif.Encode(w, m, nil) },
	}[format](&b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// filled is m with all pixels of one colour.
func filled(m interface {
	image.Image
	Set(x, y int, c color.Color)
}, c color.Color) image.Image {
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			m.Set(x, y, c)
		}
	}
	return m
}

func TestDecodeImageColours(t *testing.T) {
	r := image.Rect(0, 0, 5, 3)
	orange := color.NRGBA{250, 130, 10, 255}
	for _, tt := range []struct {
		name, format string
		m            image.Image
		want         []uint8
		within       int
	}{
		{"RGB", "png", filled(image.NewNRGBA(r), orange), []uint8{250, 130, 10}, 0},
		{"16 bits", "png", filled(image.NewNRGBA64(r), orange), []uint8{250, 130, 10}, 0},
		{"grey", "png", filled(image.NewGray(r), color.Gray{77}), []uint8{77, 77, 77}, 0},
		{"palette", "png", filled(image.NewPaletted(r, color.Palette{color.Black, orange}), orange), []uint8{250, 130, 10}, 0},
		{"transparent", "png", filled(image.NewNRGBA(r), color.NRGBA{9, 9, 9, 0}), []uint8{255, 255, 255}, 0},
		{"half transparent", "png", filled(image.NewNRGBA(r), color.NRGBA{0, 0, 0, 128}), []uint8{127, 127, 127}, 1},
		{"JPEG", "jpeg", filled(image.NewNRGBA(r), orange), []uint8{250, 130, 10}, 3}, // its colours are rounded twice
		{"grey JPEG", "jpeg", filled(image.NewGray(r), color.Gray{77}), []uint8{77, 77, 77}, 1},
		{"GIF", "gif", filled(image.NewPaletted(r, color.Palette{color.Black, orange}), orange), []uint8{250, 130, 10}, 0},
	} {
		file := encode(t, tt.format, tt.m)
		for _, size := range [][2]int{{3, 5}, {4, 4}, {1, 1}, {17, 2}} {
			a, err := DecodeImage(bytes.NewReader(file), size[0], size[1])
			if err != nil || !slices.Equal(a.Shape(), []int{size[0], size[1], 3}) {
				t.Fatalf("%s: %v, %v", tt.name, a.Shape(), err)
			}
			for i, v := range tensor.Values[uint8](a) {
				if d := int(v) - int(tt.want[i%3]); d > tt.within+1 || d < -tt.within-1 || size == [2]int{3, 5} && max(d, -d) > tt.within {
					t.Fatalf("%s at %v: %v, expected %v", tt.name, size, a, tt.want)
				}
			}
		}
	}
}

func TestDecodeImageResizes(t *testing.T) {
	// Columns of white and black of one pixel: shrinking takes all of them into account, and gives grey.
	m := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range m.Pix {
		m.Pix[i] = uint8(255 * (i % 2))
	}
	a, err := DecodeImage(bytes.NewReader(encode(t, "png", m)), 8, 8)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range tensor.Values[uint8](a) {
		if v < 110 || v > 145 {
			t.Fatalf("a fine pattern shrinks to %v, expected grey", a)
		}
	}
	// At its own size a picture stays as it is, in rows from the top.
	p := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for i := range p.Pix {
		p.Pix[i] = uint8(i*10) | 255*uint8(i%4/3)
	}
	a, err = DecodeImage(bytes.NewReader(encode(t, "png", p)), 2, 3)
	want := []uint8{0, 10, 20, 40, 50, 60, 80, 90, 100, 120, 130, 140, 160, 170, 180, 200, 210, 220}
	if err != nil || !slices.Equal(tensor.Values[uint8](a), want) {
		t.Errorf("%v, %v, expected %v", a, err, want)
	}
}

// The first picture of a GIF may cover a part of it only; the rest is transparent.
func TestDecodeImageOfPartOfAGIF(t *testing.T) {
	m := image.NewPaletted(image.Rect(1, 1, 3, 2), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &gif.GIF{
		Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{Width: 4, Height: 2, ColorModel: m.Palette},
	}); err != nil {
		t.Fatal(err)
	}
	a, err := DecodeImage(&b, 2, 4)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensor.Values[uint8](a) {
		if pixel := i / 3; (v == 0) != (pixel == 5 || pixel == 6) {
			t.Fatalf("%v, expected black at pixels 5 and 6 only", a)
		}
	}
}

func TestDecodeImageCutAnywhere(t *testing.T) {
	m := image.NewPaletted(image.Rect(0, 0, 9, 7), color.Palette{color.Black, color.White})
	for i := range m.Pix {
		m.Pix[i] = uint8(i * i % 2)
	}
	for _, format := range []string{"png", "jpeg", "gif"} {
		file := encode(t, format, m)
		// A picture is whole before the last bytes that say so: 12 of PNG, 2 of JPEG, 2 of GIF.
		for n := range len(file) - 12 {
			if _, err := DecodeImage(bytes.NewReader(file[:n]), 4, 4); err == nil || !strings.HasPrefix(err.Error(), "data: DecodeImage: ") {
				t.Errorf("%s of %d bytes, cut to %d: %v", format, len(file), n, err)
			}
		}
		for i := range file {
			bad := bytes.Clone(file)
			bad[i] ^= 0x55
			_, _ = decodeImage(bytes.NewReader(bad), 4, 4, 1<<16) // an error or a picture, not a panic
		}
	}
}

func TestDecodeImageErrors(t *testing.T) {
	// Width and height of a PNG are bytes 16 to 23; the checksum of its header covers bytes 12 to 28.
	huge := encode(t, "png", image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(huge[16:], "\x00\x00\x7f\xff\x00\x00\x7f\xff")
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "the format is not known, expected PNG, JPEG, GIF or WebP"},
		{"text", "this is no picture", "the format is not known"},
		{"huge", string(huge), "32767 by 32767 pixels, expected 1 to 32768 a side and at most 67108864 in all"},
		{"cut", string(huge[:20]), "the file ends too early"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeImage(strings.NewReader(tt.file), 32, 32)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
		if _, _, err := ImageSize(strings.NewReader(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: ImageSize: %v, expected %q", tt.name, err, tt.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%s: %d bytes allocated before it was refused", tt.name, grown)
		}
	}
	wantMisuse(t, "the size is 0 by 4", func() { _, _ = DecodeImage(strings.NewReader(""), 0, 4) })
}

func TestGrid(t *testing.T) {
	grey := Grid(numbered[uint8](3, 2, 2, 1), 2)
	if grey.Bounds() != image.Rect(0, 0, 5, 5) {
		t.Fatalf("bounds %v, expected 5 by 5", grey.Bounds())
	}
	for _, tt := range []struct {
		x, y int
		want uint8
	}{{0, 0, 0}, {1, 1, 3}, {2, 0, 255}, {3, 0, 4}, {4, 1, 7}, {0, 2, 255}, {0, 3, 8}, {1, 4, 11}, {4, 4, 255}} {
		if got := color.RGBAModel.Convert(grey.At(tt.x, tt.y)); got != (color.RGBA{tt.want, tt.want, tt.want, 255}) {
			t.Errorf("(%d, %d) is %v, expected %d", tt.x, tt.y, got, tt.want)
		}
	}
	nan := float32(math.NaN())
	reals := Grid(tensor.ArrayOf([]float32{-1, 0.5, 2, nan, 1, 0}, 2, 1, 1, 3), 9)
	if a, b := reals.At(0, 0), reals.At(2, 0); a != (color.RGBA{0, 128, 255, 255}) || b != (color.RGBA{0, 255, 0, 255}) {
		t.Errorf("%v and %v, expected 0 128 255 and 0 255 0", a, b)
	}
	if got := Grid(numbered[uint8](0, 2, 2, 1), 3).Bounds(); !got.Empty() {
		t.Errorf("no images fill %v", got)
	}
	wantMisuse(t, "[1 2 2 2] uint8, expected [n, h, w, 1 or 3]", func() { Grid(numbered[uint8](1, 2, 2, 2), 1) })
	wantMisuse(t, "columns is 0", func() { Grid(numbered[uint8](1, 2, 2, 1), 0) })
}

func FuzzDecodeImage(f *testing.F) {
	m := filled(image.NewPaletted(image.Rect(0, 0, 5, 4), color.Palette{color.Black, color.White}), color.White)
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encode(f, format, m))
		f.Add(encode(f, format, image.NewGray(image.Rect(0, 0, 20, 1))))
	}
	f.Add(webpNumbered)
	f.Add(webpAlpha)
	f.Add(webpTurned)
	f.Add(withOrientation(encode(f, "jpeg", m), 6))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := decodeImage(bytes.NewReader(file), 6, 5, 1<<14)
		if err == nil && (m.Bounds() != image.Rect(0, 0, 5, 6) || toArray(m).Len() != 90 || !m.Opaque()) {
			t.Errorf("bounds %v, opaque %v", m.Bounds(), m.Opaque())
		}
	})
}
