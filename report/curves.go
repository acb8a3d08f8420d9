package report

import (
	"errors"
	"fmt"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/braidml/braid/train"
)

// Line is a named curve. Points that are not finite are left out.
type Line struct {
	Name string
	X, Y []float64
}

// Curves writes a PNG with the lines in one frame, under a legend.
func Curves(w io.Writer, title, x, y string, lines ...Line) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Legend.Top, p.Legend.Padding = true, vg.Points(2)
	p.Legend.XOffs, p.Legend.YOffs = -margin, -margin/2 // off the edge
	p.Add(plotter.NewGrid())
	drawn := 0
	for i, l := range lines {
		points, err := l.points()
		if err != nil {
			return err
		}
		if len(points) == 0 {
			continue
		}
		drawn++
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("report: %s: %w", l.Name, err)
		}
		line.Color, dots.Color = plotutil.Color(i), plotutil.Color(i)
		dots.Radius = vg.Points(1.5)
		line.Width = vg.Points(1.5)
		p.Add(line, dots)
		p.Legend.Add(l.Name, line)
	}
	if drawn == 0 {
		return errors.New("report: Curves: there is no finite point in any line, at least one was expected")
	}
	if p.Y.Min == p.Y.Max { // a frame without height cannot be drawn
		p.Y.Min, p.Y.Max = p.Y.Min-1, p.Y.Max+1
	}
	p.Y.Max += (p.Y.Max - p.Y.Min) * 0.06 * float64(drawn+1) // room for the legend
	if p.X.Min == p.X.Max {
		p.X.Min, p.X.Max = p.X.Min-1, p.X.Max+1
	}
	canvas := vgimg.New(18*vg.Centimeter, 11*vg.Centimeter)
	p.Draw(draw.Crop(draw.New(canvas), margin, -margin, margin, -margin))
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(w); err != nil {
		return fmt.Errorf("report: Curves: %w", err)
	}
	return nil
}

func (l Line) points() (plotter.XYs, error) {
	if len(l.X) != len(l.Y) {
		return nil, fmt.Errorf("report: Curves: %s has %d x and %d y, as many of both were expected", l.Name, len(l.X), len(l.Y))
	}
	var points plotter.XYs
	for i, x := range l.X {
		if y := l.Y[i]; finite(x) && finite(y) {
			points = append(points, plotter.XY{X: x, Y: y})
		}
	}
	return points, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// History writes a PNG with curves over the epochs of h. names are of h's Values; "loss" and "valid" are the losses.
func History(w io.Writer, title string, h train.History, names ...string) error {
	var lines []Line
	for _, name := range names {
		l := Line{Name: name}
		for _, e := range h {
			v, ok := e.Values[name]
			switch {
			case name == "loss":
				v = e.Loss
			case name == "valid":
				v = e.ValidLoss
			case !ok:
				v = math.NaN()
			}
			l.X, l.Y = append(l.X, float64(e.Number)), append(l.Y, v)
		}
		lines = append(lines, l)
	}
	return Curves(w, title, "epoch", "", lines...)
}
