package explain

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"github.com/braidml/braid/internal/lettering"
	"github.com/braidml/braid/tensor"
)

// Figure is an explanation of one row as a picture, side by side: the picture, the map over it with its scale, bars of the
// classes; below them the sentence, every word on its colour. What is left out has no place in it.
type Figure struct {
	Title string

	Picture image.Image  // any size
	Map     tensor.Array // [h', w'], laid over Picture: such as a row of CAM
	MapName string       // over the map: "Grad-CAM of image.10"

	Words     []string  // of the text, in order
	Weights   []float32 // one for each word; none: the words are shown without colours
	WordsName string    // over the sentence: "gradient x input of each word"
	Strange   []bool    // words that the model does not know; nil: it knows all

	Bars     []Bar // the largest are drawn, and the explained one
	BarsName string
	Percent  bool // the bars are probabilities

	Font []byte // of a file, TTF, OTF or a collection: for characters that the Go fonts lack, such as Chinese
}

// Bar is a class with its probability, or an output of a regression.
type Bar struct {
	Name      string
	Value     float64
	Explained bool // drawn in another colour
}

// Sizes in pixels.
const (
	pageWidth = 1200
	margin    = 24
	panel     = 320 // side of the pictures
	rampWidth = 14
)

var (
	black = color.RGBA{20, 20, 20, 255}
	grey  = color.RGBA{110, 110, 110, 255}
	pale  = color.RGBA{225, 225, 225, 255}
	bar   = color.RGBA{130, 150, 175, 255}
	mark  = color.RGBA{178, 24, 43, 255}

	large  = lettering.Style{Size: 20, Bold: true}
	strong = lettering.Style{Size: 14, Bold: true}
	normal = lettering.Style{Size: 14}
	tiny   = lettering.Style{Size: 11}
)

// page is what is to be drawn; its height is known at the end.
type page struct {
	*lettering.Fonts
	ops    []func(dst *image.RGBA)
	bottom int
}

func (p *page) add(bottom int, op func(dst *image.RGBA)) {
	p.ops, p.bottom = append(p.ops, op), max(p.bottom, bottom)
}

// text puts s with its top at y, and returns where it ends.
func (p *page) text(s string, x, y int, st lettering.Style, c color.Color) (right int) {
	p.add(y+st.Height(), func(dst *image.RGBA) { p.Write(dst, s, x, y+int(st.Size*1.05), st, c) })
	return x + p.Width(s, st)
}

// paragraph breaks s into lines of a width, and returns its lower end.
func (p *page) paragraph(s string, x, y, width int, st lettering.Style, c color.Color) (bottom int) {
	for _, line := range p.Wrap(s, width, st) {
		p.text(line, x, y, st, c)
		y += st.Height()
	}
	return y
}

func (p *page) picture(m image.Image, x, y int) {
	r := m.Bounds().Sub(m.Bounds().Min).Add(image.Pt(x, y))
	p.add(r.Max.Y, func(dst *image.RGBA) { draw.Draw(dst, r, m, m.Bounds().Min, draw.Over) })
}

func (p *page) fill(r image.Rectangle, c color.Color) {
	p.add(r.Max.Y, func(dst *image.RGBA) { draw.Draw(dst, r, image.NewUniform(c), image.Point{}, draw.Src) })
}

// Draw makes the picture, 1200 pixels wide and as high as it takes: a long text is broken into lines. The error says that
// Font cannot be read, or that parts do not fit each other.
func (f *Figure) Draw() (image.Image, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	fonts, err := lettering.New(f.Font)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	p := &page{Fonts: fonts}
	y := margin
	if f.Title != "" {
		y = p.paragraph(f.Title, margin, y, pageWidth-2*margin, large, black) + 12
	}
	left, bottom := margin, y
	if f.Picture != nil {
		left, bottom = f.pictures(p, y)
	}
	if len(f.Bars) > 0 {
		bottom = max(bottom, f.bars(p, left, y, pageWidth-margin-left))
	}
	if len(f.Words) > 0 {
		f.sentence(p, bottom+margin)
	}
	out := image.NewRGBA(image.Rect(0, 0, pageWidth, p.bottom+margin))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	for _, op := range p.ops {
		op(out)
	}
	return out, nil
}

func (f *Figure) check() error {
	switch s := f.Map.Shape(); {
	case !f.Map.Absent() && (f.Picture == nil || len(s) != 2 || f.Map.Len() == 0):
		return fmt.Errorf("explain: Figure: the map is %v, want [h w] and a picture to lay it over", s)
	case f.Picture != nil && f.Picture.Bounds().Empty():
		return fmt.Errorf("explain: Figure: the picture has no pixels")
	case len(f.Weights) != 0 && len(f.Weights) != len(f.Words):
		return fmt.Errorf("explain: Figure: there are %d weights for %d words", len(f.Weights), len(f.Words))
	case f.Strange != nil && len(f.Strange) != len(f.Words):
		return fmt.Errorf("explain: Figure: Strange has %d values for %d words", len(f.Strange), len(f.Words))
	}
	return nil
}

// pictures draws the picture and the map, and returns where they end.
func (f *Figure) pictures(p *page, y int) (right, bottom int) {
	m := fit(f.Picture, panel)
	size := m.Bounds().Size()
	names := [2]string{"picture", f.MapName}
	top := y
	for i, x := range [2]int{margin, 2*margin + size.X} {
		if i == 1 && f.Map.Absent() {
			break
		}
		// A narrow picture's captions may not run into each other.
		top = max(top, p.paragraph(names[i], x, y, size.X, strong, black))
	}
	top += 4
	p.picture(m, margin, top)
	right = margin + size.X
	if !f.Map.Absent() {
		s := f.Map.Shape()
		values := f.Map.Reshape(1, s[0], s[1])
		scale := scaleOf(reals(values))
		p.picture(overlay(m, values, scale), right+margin, top)
		right = p.ramp(scale, right+margin+size.X+8, top, size.Y)
	}
	return right + 2*margin, top + size.Y
}

// ramp draws the colours of s upright, with numbers.
func (p *page) ramp(s scale, x, y, height int) (right int) {
	p.picture(s.ramp(rampWidth, height, true), x, y)
	high, low := number(s.most), "0"
	if s.signed {
		high, low = "+"+high, "−"+high
	}
	x += rampWidth + 6
	right = max(p.text(high, x, y, tiny, grey), p.text(low, x, y+height-tiny.Height(), tiny, grey))
	if s.signed {
		p.text("0", x, y+(height-tiny.Height())/2, tiny, grey)
	}
	return right
}

// number is v in three digits.
func number(v float64) string { return fmt.Sprintf("%.3g", v) }
