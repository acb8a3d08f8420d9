package explain

import (
	"fmt"
	"image"
	"math"

	"github.com/braidml/braid/internal/lettering"
)

// sentence draws the words, each on the colour of its weight, which stands below it.
func (f *Figure) sentence(p *page, y int) {
	y = p.paragraph(f.WordsName, margin, y, pageWidth-2*margin, strong, black) + 8
	weights := make([]float64, len(f.Words))
	for i, w := range f.Weights {
		weights[i] = float64(w)
	}
	s := scaleOf(weights)
	s.signed = true
	const pad, gap = 6, 6
	width := pageWidth - 2*margin
	box := lettering.Style{Size: 17}
	tall := box.Height() + 4
	step := tall + tiny.Height() + 10
	x := margin
	place := func(w int) { // of so many pixels, on the next line if this one is full
		if x > margin && x+w > margin+width {
			x, y = margin, y+step
		}
	}
	for i, word := range f.Words {
		c, below := s.colour(weights[i]), ""
		if len(f.Weights) > 0 {
			below = signed(weights[i])
		}
		for j, piece := range p.Pieces(word, width-2*pad, box) {
			if j > 0 {
				below = ""
			}
			w := max(p.Width(piece, box), p.Width(below, tiny)) + 2*pad
			place(w)
			r := image.Rect(x, y, x+w, y+tall)
			if len(f.Weights) > 0 {
				p.fill(r, c)
			}
			if f.Strange != nil && f.Strange[i] { // a dotted line below a word that the model does not know
				for dot := r.Min.X; dot < r.Max.X; dot += 6 {
					p.fill(image.Rect(dot, r.Max.Y, min(dot+3, r.Max.X), r.Max.Y+2), grey)
				}
			}
			inner := x + (w-p.Width(piece, box))/2
			colour := ink(c)
			if len(f.Weights) == 0 {
				colour = black
			}
			p.text(piece, inner, y+2, box, colour)
			p.text(below, x+(w-p.Width(below, tiny))/2, y+tall+3, tiny, grey)
			x += w + gap
		}
	}
	if y += step + 4; len(f.Weights) > 0 {
		f.legend(p, s, y)
	}
}

// legend explains the colours of the words.
func (f *Figure) legend(p *page, s scale, y int) {
	right := p.text("lowers the score  "+signed(-s.most)+"  ", margin, y, tiny, grey)
	p.picture(s.ramp(160, 12, false), right, y+2)
	right = p.text("  "+signed(s.most)+"  raises it", right+160, y, tiny, grey)
	for _, strange := range f.Strange {
		if strange {
			p.text("dotted: a word that the model does not know", right+margin, y, tiny, grey)
			break
		}
	}
}

// signed is v in three digits with its sign.
func signed(v float64) string {
	switch {
	case v > 0:
		return "+" + number(v)
	case v < 0:
		return "−" + number(math.Abs(v))
	}
	return fmt.Sprint(0)
}
