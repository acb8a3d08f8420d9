package explain

import (
	"fmt"
	"image"
	"math"
	"slices"
)

// shownBars is how many are drawn at most; the others are summed up in a line.
const shownBars = 14

// bars draws the largest bars, and the explained one, in a column of a width; they end at bottom.
func (f *Figure) bars(p *page, x, y, width int) (bottom int) {
	y = p.paragraph(f.BarsName, x, y, width, strong, black) + 4
	shown, rest := f.shown()
	names, values, longest := 0, 0, 0.0
	for _, i := range shown {
		names = max(names, p.Width(f.Bars[i].Name, strong))
		values = max(values, p.Width(f.value(f.Bars[i].Value), strong))
		longest = max(longest, math.Abs(f.Bars[i].Value))
	}
	if f.Percent {
		longest = max(longest, 1)
	}
	names = min(names, width*45/100)
	from := x + names + 10
	room := width - names - values - 26
	for _, i := range shown {
		b, st, c := f.Bars[i], normal, bar
		if b.Explained {
			st, c = strong, mark
		}
		end := p.paragraph(b.Name, x, y, names, st, black) // long names are broken into lines
		middle := (y + end) / 2
		p.fill(image.Rect(from, middle-8, from+room, middle+6), pale)
		length := 0
		if longest > 0 {
			length = int(math.Abs(b.Value)/longest*float64(room) + 0.5)
		}
		p.fill(image.Rect(from, middle-8, from+length, middle+6), c)
		p.text(f.value(b.Value), from+room+10, middle-st.Height()/2, st, black)
		y = end + 4
	}
	if rest != "" {
		y = p.paragraph(rest, x, y, width, tiny, grey)
	}
	return y
}

// shown are the places of the bars to draw, and what is said about the others.
func (f *Figure) shown() (shown []int, rest string) {
	values := make([]float64, len(f.Bars))
	for i, b := range f.Bars {
		values[i] = b.Value
	}
	order := largest(values, len(values))
	shown = order
	if len(order) > shownBars {
		shown = slices.Clone(order[:shownBars])
		for _, i := range order[shownBars:] {
			if f.Bars[i].Explained {
				shown = append(shown, i)
			}
		}
		left, whole := 0.0, 0.0
		for i, v := range values {
			whole += v
			if !slices.Contains(shown, i) {
				left += v
			}
		}
		rest = fmt.Sprintf("and %d more", len(f.Bars)-len(shown))
		if f.Percent && math.Abs(whole-1) < 1e-3 { // probabilities of labels, each by itself, have no sum
			rest += ", together " + f.value(left)
		}
	}
	return shown, rest
}

// value is written beside a bar.
func (f *Figure) value(v float64) string {
	if f.Percent {
		return fmt.Sprintf("%.1f %%", 100*v)
	}
	return number(v)
}
