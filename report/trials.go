package report

import (
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/braidml/braid/tune"
)

var (
	bestColour  = color.RGBA{178, 24, 43, 255}
	doneColour  = color.RGBA{33, 102, 172, 255}
	otherColour = color.RGBA{150, 150, 150, 255}
)

// Trials writes a PNG of a search: the scores of every trial over its epochs, and the last score of each over every
// setting of the space. The best trial is red, those that were trained to the end are blue, the others grey. Failed
// trials are missing.
func Trials(w io.Writer, title, metric string, space tune.Space, r *tune.Result) error {
	if r.Best == nil {
		return errors.New("report: Trials: no trial has a score, at least one was expected")
	}
	panels := []*plot.Plot{scoresOver(metric, r)}
	for _, d := range space {
		panels = append(panels, scoresBy(d, metric, r))
	}
	const columns = 3
	rows := (len(panels) + columns - 1) / columns
	grid := make([][]*plot.Plot, rows)
	for i := range grid {
		grid[i] = make([]*plot.Plot, columns)
		copy(grid[i], panels[i*columns:min((i+1)*columns, len(panels))])
	}
	width := vg.Length(min(columns, len(panels))) * 9 * vg.Centimeter
	if len(panels) < columns {
		grid[0] = grid[0][:len(panels)]
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, vg.Length(rows)*7.5*vg.Centimeter+8*vg.Millimeter), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	header := draw.New(canvas)
	key(header, title, panels[0].Title.TextStyle)
	tiles := draw.Tiles{Rows: rows, Cols: len(grid[0]), PadX: 6 * vg.Millimeter, PadY: 6 * vg.Millimeter,
		PadTop: 11 * vg.Millimeter, PadBottom: 3 * vg.Millimeter, PadLeft: 3 * vg.Millimeter, PadRight: 5 * vg.Millimeter}
	for y, line := range plot.Align(grid, tiles, header) {
		for x, c := range line {
			if p := grid[y][x]; p != nil {
				p.Draw(c)
			}
		}
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(w); err != nil {
		return fmt.Errorf("report: Trials: %w", err)
	}
	return nil
}

// key writes the title and what the colours mean in a line at the top.
func key(c draw.Canvas, title string, style draw.TextStyle) {
	x, y := c.Min.X+4*vg.Millimeter, c.Max.Y-6*vg.Millimeter
	write := func(s string) {
		c.FillText(style, vg.Point{X: x, Y: y}, s)
		x += style.Width(s) + 5*vg.Millimeter
	}
	style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
	write(title)
	for _, k := range []struct {
		color color.Color
		text  string
	}{{bestColour, "the best"}, {doneColour, "trained to the end"}, {otherColour, "stopped before"}} {
		c.DrawGlyph(draw.GlyphStyle{Color: k.color, Radius: vg.Points(3), Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: y})
		x += 2 * vg.Millimeter
		write(k.text)
	}
}

// colourOf is that of t, and the layer it is drawn in.
func colourOf(t *tune.Trial, r *tune.Result) (c color.Color, layer int) {
	switch {
	case t == r.Best:
		return bestColour, 2
	case t.State == tune.Done:
		return doneColour, 1
	}
	return otherColour, 0
}

// scored yields the trials that have a score, the best last, so that it lies on top.
func scored(r *tune.Result, each func(t *tune.Trial, c color.Color)) {
	for layer := range 3 {
		for _, t := range r.Trials {
			if c, l := colourOf(t, r); l == layer && !math.IsNaN(t.Score()) {
				each(t, c)
			}
		}
	}
}

func scoresOver(metric string, r *tune.Result) *plot.Plot {
	p := newPlot(light, "", "epoch", metric)
	p.X.Tick.Marker = even{whole: true}
	scored(r, func(t *tune.Trial, c color.Color) {
		var points plotter.XYs
		for i, v := range t.Scores {
			points = append(points, plotter.XY{X: float64(i + 1), Y: v})
		}
		p.Add(solid(c, points), dots(points[len(points)-1:], c))
	})
	roomy(p)
	return p
}

// scoresBy is the last scores over one setting.
func scoresBy(d tune.Dimension, metric string, r *tune.Result) *plot.Plot {
	p := newPlot(light, "", d.Name, metric)
	place := map[string]float64{} // of the values of a list
	for i, v := range d.Values.Of {
		place[v] = float64(i)
	}
	scored(r, func(t *tune.Trial, c color.Color) {
		x, listed := place[t.Settings[d.Name]]
		if !listed {
			x = t.Settings.Float(d.Name)
		} else {
			x += 0.3 * (math.Mod(float64(t.Number)*math.Phi, 1) - 0.5) // apart, where several are alike
		}
		p.Add(dots(plotter.XYs{{X: x, Y: t.Score()}}, c))
	})
	switch {
	case len(d.Values.Of) > 0:
		p.NominalX(d.Values.Of...)
		p.X.Min, p.X.Max = -0.5, float64(len(d.Values.Of))-0.5
	case d.Values.Log:
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
		p.X.Min, p.X.Max = d.Values.Low, max(d.Values.High, d.Values.Low*1.01)
	default:
		p.X.Min, p.X.Max = d.Values.Low, d.Values.High
	}
	roomy(p)
	return p
}

func dots(points plotter.XYs, c color.Color) *plotter.Scatter {
	s := &plotter.Scatter{XYs: points, GlyphStyle: plotter.DefaultGlyphStyle}
	s.Color, s.Radius, s.Shape = c, vg.Points(2.5), draw.CircleGlyph{}
	return s
}

// roomy gives the dots at the edges of a frame room.
func roomy(p *plot.Plot) {
	widen(&p.X)
	widen(&p.Y)
	room := 0.04 * (p.Y.Max - p.Y.Min)
	p.Y.Min, p.Y.Max = p.Y.Min-room, p.Y.Max+room
}
