package report

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/braidml/braid/metrics"
)

// reliabilityChart draws how often predictions of a confidence are right, with the 95 % interval of that; a dot's area is
// how many predictions there are.
func reliabilityChart(bins []metrics.Bin) chart {
	const side = chartWidth * 5 / 6
	return chart{"reliability", side, side, func(t theme) *plot.Plot {
		p := newPlot(t, "reliability", "confidence", "share that is right")
		p.Add(dotted(t, 0, 0, 1, 1))
		var points plotter.XYs
		var radius []vg.Length
		n := 0
		for _, b := range bins {
			n += b.Count
		}
		for _, b := range bins {
			if b.Count > 0 {
				low, high := wilson(b.Accuracy, b.Count)
				p.Add(solid(t.strong, plotter.XYs{{X: b.Confidence, Y: low}, {X: b.Confidence, Y: high}}))
				points = append(points, plotter.XY{X: b.Confidence, Y: b.Accuracy})
				radius = append(radius, vg.Points(2.5+10*math.Sqrt(float64(b.Count)/float64(n))))
			}
		}
		p.Add(&plotter.Scatter{XYs: points, GlyphStyleFunc: func(i int) draw.GlyphStyle {
			return draw.GlyphStyle{Color: t.strong, Radius: radius[i], Shape: draw.CircleGlyph{}}
		}})
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1.02, 0, 1.02
		return p
	}}
}

// mostDots is how many rows a scatter shows.
const mostDots = 1500

// scatterChart draws what was said against what is true.
func scatterChart(name string, n NumberScore) chart {
	const side = chartWidth * 5 / 6
	return chart{"predicted against true " + name, side, side, func(t theme) *plot.Plot {
		p := newPlot(t, name, "true", "predicted")
		dots := sample(n.True, n.Said)
		p.Add(&plotter.Scatter{XYs: dots, GlyphStyle: draw.GlyphStyle{Color: translucent(t.strong), Radius: vg.Points(1.8), Shape: draw.CircleGlyph{}}})
		low, high := min(p.X.Min, p.Y.Min), max(p.X.Max, p.Y.Max)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
		widen(&p.X)
		widen(&p.Y)
		p.Add(dotted(t, low, low, high, high))
		return p
	}}
}

// residualChart counts the errors.
func residualChart(name string, n NumberScore) chart {
	const side = chartWidth * 5 / 6
	return chart{"residuals of " + name, side, side, func(t theme) *plot.Plot {
		p := newPlot(t, fmt.Sprintf("residuals of %s", name), "predicted - true", "rows")
		errors := make(plotter.Values, len(n.Said))
		for i := range errors {
			errors[i] = n.Said[i] - n.True[i]
		}
		h, err := plotter.NewHist(errors, 30)
		if err == nil {
			h.FillColor, h.LineStyle.Color, h.LineStyle.Width = t.strong, t.paper, vg.Points(.5)
			p.Add(h)
			p.Add(dotted(t, 0, 0, 0, p.Y.Max))
		}
		widen(&p.X)
		widen(&p.Y)
		return p
	}}
}

// sample is at most mostDots of the pairs, always the same ones.
func sample(x, y []float64) plotter.XYs {
	rows := rand.New(rand.NewPCG(1, 1)).Perm(len(x))
	points := make(plotter.XYs, 0, mostDots)
	for _, i := range rows[:min(mostDots, len(rows))] {
		points = append(points, plotter.XY{X: x[i], Y: y[i]})
	}
	return points
}

func translucent(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	return color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 130}
}
