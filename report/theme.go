package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// theme is the colours of charts.
type theme struct {
	paper, ink, faint, strong color.Color
	lines                     []color.Color
}

// The lines' colours can be told apart by people who do not see all colours (Okabe and Ito 2008), made lighter for dark
// paper and darker for white.
var (
	light = theme{
		paper: color.White, ink: rgb(0x24292f), faint: rgb(0xd8dee4), strong: rgb(0x0b5cad),
		lines: []color.Color{rgb(0x0072b2), rgb(0xd55e00), rgb(0x008f68), rgb(0xb8559a), rgb(0xb07d00), rgb(0x3a9bd9), rgb(0x5b5b5b), rgb(0x7a4fbf), rgb(0x8c2d04), rgb(0x4d7f17)},
	}
	dark = theme{
		paper: rgb(0x161b22), ink: rgb(0xd5dbe2), faint: rgb(0x30363d), strong: rgb(0x58a6ff),
		lines: []color.Color{rgb(0x56b4e9), rgb(0xf0883e), rgb(0x3fc795), rgb(0xe38fc7), rgb(0xe8c33c), rgb(0x9ecbff), rgb(0xb1b8c0), rgb(0xb392f0), rgb(0xff9f8a), rgb(0xa5d66a)},
	}
)

func rgb(v uint32) color.Color {
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// chart is a plot that can be drawn in any theme.
type chart struct {
	alt           string
	width, height vg.Length
	draw          func(t theme) *plot.Plot
}

// newPlot is an empty plot in colours t.
func newPlot(t theme, title, x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = t.paper
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Points(6)
	dress(&p.Title.TextStyle, t, 11)
	dress(&p.Legend.TextStyle, t, 9)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Tick.Color = t.ink, t.ink
		dress(&a.Label.TextStyle, t, 10)
		dress(&a.Tick.Label, t, 9)
		a.Tick.Marker = even{}
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = t.faint, t.faint
	p.Add(grid)
	return p
}

func dress(s *text.Style, t theme, size float64) {
	s.Color = t.ink
	s.Font = font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Points(size))
}

// dotted is a faint line for comparison, from (x0, y0) to (x1, y1).
func dotted(t theme, x0, y0, x1, y1 float64) *plotter.Line {
	l := &plotter.Line{XYs: plotter.XYs{{X: x0, Y: y0}, {X: x1, Y: y1}}}
	l.LineStyle = draw.LineStyle{Color: t.ink, Width: vg.Points(.75), Dashes: []vg.Length{vg.Points(3), vg.Points(3)}}
	return l
}

func solid(c color.Color, points plotter.XYs) *plotter.Line {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{Color: c, Width: vg.Points(1.5)}}
}

// svg is the chart in colours t.
func (c chart) svg(t theme) ([]byte, error) {
	canvas := vgsvg.New(c.width, c.height)
	all := draw.New(canvas)
	all.SetColor(t.paper)
	all.Fill(all.Rectangle.Path())
	c.draw(t).Draw(draw.Crop(all, margin, -margin, margin, -margin))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	// Where there is no Liberation Sans, Arial and Helvetica have letters of the same widths.
	return []byte(strings.ReplaceAll(b.String(), "font-family:Liberation Sans;", "font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// margin around a chart.
const margin vg.Length = 10

// dpi of the pictures on disk.
const dpi = 144

// pngOf draws charts side by side on white.
func pngOf(charts ...chart) ([]byte, error) {
	var width, height vg.Length
	for _, c := range charts {
		width += c.width
		height = max(height, c.height)
	}
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(color.White))
	all := draw.New(canvas)
	left := vg.Length(0)
	for _, c := range charts {
		c.draw(light).Draw(draw.Crop(all, left+margin, left+c.width-width-margin, height-c.height+margin, -margin))
		left += c.width
	}
	var b bytes.Buffer
	_, err := vgimg.PngCanvas{Canvas: canvas}.WriteTo(&b)
	return b.Bytes(), err
}

// number is v in at most four digits.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v == math.Trunc(v) && math.Abs(v) < 1e6:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.4g", v)
}
