package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/braidml/braid/train"
)

const (
	chartWidth  = 13 * vg.Centimeter
	chartHeight = 9 * vg.Centimeter
)

// lineChart has a legend above the frame's lines, in a strip of its own.
func lineChart(title, x, y string, lines []Line, logarithmic bool) chart {
	return chart{title, chartWidth, chartHeight, func(t theme) *plot.Plot {
		p := newPlot(t, title, x, y)
		for i, l := range lines {
			c := t.lines[i%len(t.lines)]
			line := solid(c, thin(l.X, l.Y))
			p.Add(line)
			if points, _ := l.points(); len(points) <= 40 {
				p.Add(&plotter.Scatter{XYs: points, GlyphStyle: draw.GlyphStyle{Color: c, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}})
			}
			p.Legend.Add(l.Name, line)
		}
		p.Legend.Top = true
		p.Legend.Padding = vg.Points(2)
		if logarithmic {
			p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
			p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, .09*float64(len(lines)))
		} else {
			widen(&p.Y)
			p.Y.Max += (p.Y.Max - p.Y.Min) * .09 * float64(len(lines))
		}
		widen(&p.X)
		p.X.Tick.Marker = even{x == "epoch"}
		return p
	}}
}

// widen gives an axis without length one.
func widen(a *plot.Axis) {
	if a.Min == a.Max {
		a.Min, a.Max = a.Min-.5, a.Max+.5
	}
}

// historyCharts are the losses, and the other values of the epochs where there are any.
func historyCharts(h train.History) []chart {
	names := map[string]bool{}
	for _, e := range h {
		for name := range e.Values {
			names[name] = true
		}
	}
	line := func(name string, of func(e train.Epoch) float64) (l Line, there bool) {
		l.Name = name
		for _, e := range h {
			v := of(e)
			there = there || finite(v)
			l.X, l.Y = append(l.X, float64(e.Number)), append(l.Y, v)
		}
		return l, there
	}
	var losses, others []Line
	if l, ok := line("training", func(e train.Epoch) float64 { return e.Loss }); ok {
		losses = append(losses, l)
	}
	if l, ok := line("validation", func(e train.Epoch) float64 { return e.ValidLoss }); ok {
		losses = append(losses, l)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		l, ok := line(name, func(e train.Epoch) float64 {
			if v, ok := e.Values[name]; ok {
				return v
			}
			return math.NaN()
		})
		if ok {
			if long := measureNames[name]; long != "" {
				l.Name = long
			}
			others = append(others, l)
		}
	}
	var charts []chart
	if len(losses) > 0 {
		charts = append(charts, lineChart("loss", "epoch", "", losses, steep(losses)))
	}
	if len(others) > 0 {
		charts = append(charts, lineChart("on the validation part", "epoch", "", others, false))
	}
	return charts
}

// steep reports whether lines need a logarithmic axis to be read.
func steep(lines []Line) bool {
	low, high := math.Inf(1), math.Inf(-1)
	for _, l := range lines {
		for _, v := range l.Y {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	return low > 0 && high > 30*low
}

// mostLines is how many curves of classes have a colour and a name; of more, these are the worst ones.
const mostLines = 8

// curvesChart draws a curve a class.
func curvesChart(title, x, y string, lines []Curve, diagonal bool) chart {
	named := slices.Clone(lines)
	slices.SortStableFunc(named, func(a, b Curve) int { return cmp.Compare(a.Area, b.Area) })
	rest := named[min(mostLines, len(named)):]
	named = named[:min(mostLines, len(named))]
	return chart{title, chartWidth * 5 / 6, chartWidth * 5 / 6, func(t theme) *plot.Plot {
		p := newPlot(t, title, x, y)
		if diagonal {
			p.Add(dotted(t, 0, 0, 1, 1))
		}
		for _, l := range rest {
			line := solid(t.faint, thin(l.X, l.Y))
			line.Width = vg.Points(.75)
			p.Add(line)
		}
		for i, l := range named {
			line := solid(t.lines[i], thin(l.X, l.Y))
			p.Add(line)
			p.Legend.Add(fmt.Sprintf("%s  %.4f", short(l.Name), l.Area), line)
		}
		if len(rest) > 0 {
			p.Legend.Add(fmt.Sprintf("%d others, better", len(rest)), solid(t.faint, nil))
		}
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1.005
		p.Legend.Left, p.Legend.Top, p.Legend.Padding = !diagonal, false, vg.Points(2)
		p.Legend.XOffs, p.Legend.YOffs = vg.Points(-6), vg.Points(6)
		if !diagonal {
			p.Legend.XOffs = vg.Points(6)
		}
		return p
	}}
}

// short is a name that fits into a legend.
func short(s string) string {
	const most = 22
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
