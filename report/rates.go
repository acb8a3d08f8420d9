package report

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/braidml/braid/train"
)

// Rates writes a PNG of a learning-rate range test: the loss and its running mean over the rate, and where the suggested
// one lies.
func Rates(w io.Writer, title string, r *train.Rates) error {
	if len(r.Rate) < 2 {
		return errors.New("report: Rates: there are fewer than two steps, at least two were expected")
	}
	p := newPlot(light, title, "learning rate", "loss")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	p.Legend.Top, p.Legend.Left = true, true
	for i, values := range [][]float64{r.Loss, r.Smoothed} {
		var points plotter.XYs
		for j, v := range values {
			if finite(v) {
				points = append(points, plotter.XY{X: r.Rate[j], Y: v})
			}
		}
		line := solid(otherColour, points)
		line.Width = vg.Points(0.7)
		if i == 1 {
			line = solid(doneColour, points)
		}
		p.Add(line)
		p.Legend.Add([]string{"loss of a step", "running mean"}[i], line)
	}
	// Losses of a diverging step may be a thousand times the others: the frame is that of the running mean.
	low, high := slices.Min(r.Smoothed), slices.Max(r.Smoothed)
	room := max(high-low, 1e-9)
	p.Y.Min, p.Y.Max = low-0.1*room, high+0.35*room
	p.X.Min, p.X.Max = r.Rate[0], r.Rate[len(r.Rate)-1]
	if r.Suggested > 0 {
		mark := &plotter.Line{XYs: plotter.XYs{{X: r.Suggested, Y: p.Y.Min}, {X: r.Suggested, Y: p.Y.Max}}, LineStyle: plotter.DefaultLineStyle}
		mark.Color, mark.Width, mark.Dashes = bestColour, vg.Points(1.2), []vg.Length{vg.Points(4), vg.Points(3)}
		p.Add(mark)
		p.Legend.Add(fmt.Sprintf("suggested: %.2g", r.Suggested), mark)
	}
	picture, err := pngOf(chart{title, 18 * vg.Centimeter, 11 * vg.Centimeter, func(theme) *plot.Plot { return p }})
	if err == nil {
		_, err = w.Write(picture)
	}
	if err != nil {
		return fmt.Errorf("report: Rates: %w", err)
	}
	return nil
}
