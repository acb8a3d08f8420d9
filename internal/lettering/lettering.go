// Package lettering writes texts of any language into pictures.
package lettering

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Style is how a text looks: its size in pixels, and whether it is bold.
type Style struct {
	Size float64
	Bold bool
}

// Height is that of a line.
func (s Style) Height() int { return int(s.Size*1.4 + 0.5) }

// Fonts write with the first of several that has a character. The Go fonts have Latin, Greek and Cyrillic.
type Fonts struct {
	plain, bold []*opentype.Font
	faces       map[faceKey]font.Face
	buf         sfnt.Buffer
}

type faceKey struct {
	font *opentype.Font
	size float64
}

// New puts the font of a file (TTF, OTF or a collection of them) behind the Go fonts; nil: those alone.
func New(file []byte) (*Fonts, error) {
	f := &Fonts{faces: map[faceKey]font.Face{}}
	for _, text := range [][]byte{goregular.TTF, gobold.TTF, file} {
		if text == nil {
			continue
		}
		all, err := opentype.ParseCollection(text)
		if err != nil {
			return nil, fmt.Errorf("the font cannot be read: %w", err)
		}
		one, err := all.Font(0)
		if err != nil {
			return nil, fmt.Errorf("the font cannot be read: %w", err)
		}
		switch {
		case len(f.plain) == 0:
			f.plain = append(f.plain, one)
		case len(f.bold) == 0:
			f.bold = append(f.bold, one)
		default:
			f.plain, f.bold = append(f.plain, one), append(f.bold, one)
		}
	}
	return f, nil
}

// face is that of the first font which has r, nil if none has.
func (f *Fonts) face(r rune, s Style) font.Face {
	list := f.plain
	if s.Bold {
		list = f.bold
	}
	for _, one := range list {
		if i, err := one.GlyphIndex(&f.buf, r); err != nil || i == 0 {
			continue
		}
		key := faceKey{one, s.Size}
		if f.faces[key] == nil {
			face, err := opentype.NewFace(one, &opentype.FaceOptions{Size: s.Size, DPI: 72, Hinting: font.HintingFull})
			if err != nil { // the font lacks a table: as if it had no character
				continue
			}
			f.faces[key] = face
		}
		return f.faces[key]
	}
	return nil
}

// invisible characters join or change others; without a glyph there is nothing to show.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.IsControl(r)
}

// Width of s in pixels.
func (f *Fonts) Width(s string, st Style) int { return f.Write(nil, s, 0, 0, st, nil) }

// Write draws s from x on the line y, and returns where it ends; without dst it only measures. A character that no font
// has is a box with its number in it, as browsers show it.
func (f *Fonts) Write(dst draw.Image, s string, x, y int, st Style, c color.Color) int {
	dot := fixed.P(x, y)
	var before font.Face
	var last rune
	for _, r := range s {
		face := f.face(r, st)
		if face == nil {
			before = nil
			if !invisible(r) {
				dot.X += fixed.I(f.box(dst, r, dot.X.Ceil(), y, st, c))
			}
			continue
		}
		if face == before {
			dot.X += face.Kern(last, r)
		}
		if dst != nil {
			d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: face, Dot: dot}
			d.DrawString(string(r))
		}
		advance, _ := face.GlyphAdvance(r)
		dot.X += advance
		before, last = face, r
	}
	return dot.X.Ceil()
}

// box draws the hexadecimal number of r in two lines within a frame, and returns its width.
func (f *Fonts) box(dst draw.Image, r rune, x, y int, st Style, c color.Color) int {
	digits := fmt.Sprintf("%04X", r)
	half := (len(digits) + 1) / 2
	small := Style{Size: st.Size * 0.5}
	w := max(f.Width(digits[:half], small), f.Width(digits[half:], small)) + 4
	if dst != nil {
		top, bottom := y-int(st.Size*0.85), y+int(st.Size*0.2)
		frame(dst, image.Rect(x+1, top, x+w-1, bottom), c)
		f.Write(dst, digits[:half], x+2, y-int(st.Size*0.36), small, c)
		f.Write(dst, digits[half:], x+2, y+int(st.Size*0.11), small, c)
	}
	return w
}

// frame draws the edge of r.
func frame(dst draw.Image, r image.Rectangle, c color.Color) {
	for _, edge := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+1)}, {image.Pt(r.Min.X, r.Max.Y-1), r.Max},
		{r.Min, image.Pt(r.Min.X+1, r.Max.Y)}, {image.Pt(r.Max.X-1, r.Min.Y), r.Max},
	} {
		draw.Draw(dst, edge, image.NewUniform(c), image.Point{}, draw.Src)
	}
}

// Wrap breaks s into lines of at most width pixels: between words, and within one that is wider.
func (f *Fonts) Wrap(s string, width int, st Style) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if longer := strings.TrimLeft(line+" "+word, " "); f.Width(longer, st) <= width {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := f.Pieces(word, width, st)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
	}
	return append(lines, line)
}

// Pieces cuts a word into parts of at most width pixels, but at least one character each.
func (f *Fonts) Pieces(word string, width int, st Style) []string {
	var all []string
	piece := ""
	for _, r := range word {
		if longer := piece + string(r); piece == "" || f.Width(longer, st) <= width {
			piece = longer
			continue
		}
		all = append(all, piece)
		piece = string(r)
	}
	return append(all, piece)
}
