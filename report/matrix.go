package report

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"golang.org/x/image/font/sfnt"
)

// matrix draws counts as cells that are the darker, the larger the share of their row is.
type matrix struct {
	counts [][]int
	theme  theme
	size   vg.Length // of the numbers; 0: there are none
}

// matrixChart is a confusion matrix. Up to 20 classes have numbers in their cells, up to 60 names at the edges.
func matrixChart(counts [][]int, names []string) chart {
	n := len(counts)
	cell := vg.Length(max(22, 34-float64(n)/2)) // points
	if n > 20 {
		cell = vg.Length(max(300/float64(n), 11))
	}
	if n > 60 {
		cell = vg.Length(max(720/float64(n), 2))
	}
	longest := vg.Length(0)
	if n <= 60 {
		for _, name := range names {
			longest = max(longest, vg.Length(min(len([]rune(name)), 22))*4.6)
		}
	}
	side := cell*vg.Length(n) + longest + 60 + 2*margin
	return chart{"confusion matrix", max(side, 230), max(side, 230), func(t theme) *plot.Plot {
		p := newPlot(t, "confusion matrix", "predicted", "true")
		p.X.Label.Padding, p.Y.Label.Padding = vg.Points(4), vg.Points(4)
		p.Add(&matrix{counts, t, numberSize(cell, n)})
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -.5, float64(n)-.5, -.5, float64(n)-.5
		p.X.Padding, p.Y.Padding, p.X.Width, p.Y.Width, p.X.Tick.Length, p.Y.Tick.Length = vg.Points(5), vg.Points(2), 0, 0, 0, 0
		var x, y []plot.Tick
		for i := range n {
			if n <= 60 {
				label := written(names[i], i)
				x, y = append(x, plot.Tick{Value: float64(i), Label: label}), append(y, plot.Tick{Value: float64(n - 1 - i), Label: label})
			}
		}
		p.X.Tick.Marker, p.Y.Tick.Marker = plot.ConstantTicks(x), plot.ConstantTicks(y)
		p.X.Tick.Label.Rotation = 1.5707963267948966
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XRight, text.YCenter
		if n > 20 {
			p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = vg.Points(8), vg.Points(8)
		}
		return p
	}}
}

func numberSize(cell vg.Length, n int) vg.Length {
	if n > 20 {
		return 0
	}
	return min(cell*.38, 10)
}

// written is a class's name, or its number where the font of pictures cannot write it.
func written(name string, i int) string {
	var b sfnt.Buffer
	face := font.DefaultCache.Lookup(font.Font{Typeface: "Liberation", Variant: "Sans"}, 9).Face
	for _, r := range name {
		if g, err := face.GlyphIndex(&b, r); err != nil || g == 0 {
			return strconv.Itoa(i)
		}
	}
	return short(name)
}

// Plot draws the cells; the first class is at the top.
func (m *matrix) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(m.counts)
	for i, row := range m.counts {
		total := 0
		for _, v := range row {
			total += v
		}
		for j, v := range row {
			left, right := x(float64(j)-.5), x(float64(j)+.5)
			low, high := y(float64(n-1-i)-.5), y(float64(n-1-i)+.5)
			share := 0.0
			if total > 0 {
				share = float64(v) / float64(total)
			}
			corners := []vg.Point{{X: left, Y: low}, {X: right, Y: low}, {X: right, Y: high}, {X: left, Y: high}}
			c.FillPolygon(m.shade(share), corners)
			if n <= mostClasses {
				c.StrokeLines(draw.LineStyle{Color: m.theme.faint, Width: vg.Points(.5)}, append(corners, corners[0]))
			}
			if v > 0 && m.size > 0 {
				s := p.X.Tick.Label
				s.Rotation, s.XAlign, s.YAlign, s.Font.Size = 0, text.XCenter, text.YCenter, m.size
				s.Color = m.theme.ink
				if share > .55 {
					s.Color = m.theme.paper
				}
				c.FillText(s, vg.Point{X: (left + right) / 2, Y: (low + high) / 2}, strconv.Itoa(v))
			}
		}
	}
}

// shade is between paper and the strong colour. A small share is shown more than it weighs, so that it is seen at all.
func (m *matrix) shade(share float64) color.Color {
	if share == 0 {
		return m.theme.paper
	}
	a := .08 + .92*share
	mix := func(from, to uint32) uint8 { return uint8((float64(from)*(1-a) + float64(to)*a) / 257) }
	r0, g0, b0, _ := m.theme.paper.RGBA()
	r1, g1, b1, _ := m.theme.strong.RGBA()
	return color.RGBA{mix(r0, r1), mix(g0, g1), mix(b0, b1), 255}
}

var _ plot.Plotter = (*matrix)(nil)
