package lettering

import (
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gomono"
)

var plainStyle = Style{14, false}

// blank reports whether nothing was drawn.
func blank(m *image.RGBA) bool {
	return !slices.ContainsFunc(m.Pix, func(v uint8) bool { return v != 0 })
}

// Lines are no wider than asked for and lose nothing.
func TestWrap(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	text := "a crowded sentence of many words, with onewordthatislongerthanalineofthreehundredpixelscanbeandgoesonandonandon in it, 汉字 too"
	for _, width := range []int{1, 50, 300} {
		lines := p.Wrap(text, width, plainStyle)
		for _, line := range lines {
			if w := p.Width(line, plainStyle); w > width && len([]rune(line)) > 1 {
				t.Errorf("%q is %d wide, want at most %d", line, w, width)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %d: characters are lost: %q", width, got)
		}
	}
}

// A character that no font has is a box; a font of one's own is asked when the built-in one has not got it.
func TestFonts(t *testing.T) {
	plain, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	more, err := New(gomono.TTF)
	if err != nil {
		t.Fatal(err)
	}
	if plain.face('汉', plainStyle) != nil || plain.Width("汉", plainStyle) < 8 || plain.Width("\u200d", plainStyle) != 0 {
		t.Errorf("a missing character is %d wide, an invisible one %d", plain.Width("汉", plainStyle), plain.Width("\u200d", plainStyle))
	}
	if len(more.plain) != 2 || len(more.bold) != 2 || plain.Width("abc", plainStyle) != more.Width("abc", plainStyle) {
		t.Error("the font of one's own takes the place of the built-in one")
	}
	m := image.NewRGBA(image.Rect(0, 0, 40, 40))
	if end := plain.Write(m, "汉", 5, 30, plainStyle, color.Black); blank(m) || end != 5+plain.Width("汉", plainStyle) {
		t.Errorf("the box ends at %d", end)
	}
}
