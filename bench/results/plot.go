package results

import (
	"fmt"
	"image/color"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/braidml/braid/internal/atomicfile"
)

// most is where bars end: whoever is more than so many times as fast as braid has its number written.
const most = 2

// colours are told apart by colour-blind readers too (Okabe and Ito 2008); braid is black.
var colours = []color.RGBA{
	{0, 0, 0, 255}, {230, 159, 0, 255}, {86, 180, 233, 255}, {0, 158, 115, 255}, {240, 228, 66, 255}, {0, 114, 178, 255},
	{213, 94, 0, 255}, {204, 121, 167, 255}, {130, 130, 130, 255}, {150, 100, 60, 255}, {120, 90, 200, 255}, {60, 60, 120, 255},
}

// bar is one library's speed in one case.
type bar struct {
	y, speed float64
	colour   color.Color
	label    string
}

// bars draws them lying, a thick line each.
type bars struct {
	all   []bar
	width vg.Length
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, 8), XAlign: draw.XLeft, YAlign: draw.YCenter, Handler: p.TextHandler}
	for _, one := range b.all {
		end := min(one.speed, most)
		from, to, at := x(0), x(end), y(one.y)
		c.FillPolygon(one.colour, []vg.Point{{X: from, Y: at - b.width/2}, {X: to, Y: at - b.width/2}, {X: to, Y: at + b.width/2}, {X: from, Y: at + b.width/2}})
		c.FillText(style, vg.Point{X: to + 2, Y: at}, one.label)
	}
}

// Plot draws the speed of each library, braid's being 1, in bars under the cases' names; the file's ending chooses the
// format.
func (f *File) Plot(path string) error {
	p := plot.New()
	p.X.Label.Text = "speed (braid = 1; longer is faster)"
	p.X.Min, p.X.Max = 0, most+0.5 // room for the legend
	p.Legend.Top, p.Legend.Left = true, false
	p.Title.Text = f.Environment.CPU
	if f.Environment.GPU != "" && f.Environment.Device != "cpu" {
		p.Title.Text = gpu(f.Environment.GPU)
	}
	p.Title.Text += fmt.Sprintf(", %d threads", f.Environment.Threads)
	var peers []string
	for _, r := range f.Rows {
		if r.Status == OK && !slices.Contains(peers, r.Peer) {
			peers = append(peers, r.Peer)
		}
	}
	var names []plot.Tick
	b := bars{width: 9}
	line := 0.0
	for _, name := range f.Cases() {
		reference := f.Row(name, Reference)
		if reference == nil || reference.Status != OK {
			continue
		}
		first := line
		for i, peer := range peers {
			r := f.Row(name, peer)
			if r == nil || r.Status != OK {
				continue
			}
			speed := reference.Time.Median / r.Time.Median
			b.all = append(b.all, bar{-line, speed, colours[i%len(colours)], fmt.Sprintf("%.3g", speed)})
			line++
		}
		names = append(names, plot.Tick{Value: -(first + line - 1) / 2, Label: name})
		line++
	}
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Min, p.Y.Max = -line, 1
	p.Y.Tick.Length = 0
	grid := plotter.NewGrid()
	grid.Horizontal.Color = nil
	p.Add(grid, b)
	for i, peer := range peers {
		p.Legend.Add(peer, swatch{colours[i%len(colours)]})
	}
	p.Legend.TextStyle.Font.Size = 9
	p.Legend.Padding = 2
	return save(p, 11*vg.Inch, max(vg.Length(line), vg.Length(len(peers)))*11+100, path)
}

// save writes p with a margin; the path's ending is the format.
func save(p *plot.Plot, width, height vg.Length, path string) error {
	c, err := draw.NewFormattedCanvas(width, height, strings.TrimPrefix(filepath.Ext(path), "."))
	if err != nil {
		return fmt.Errorf("bench: %s: %w", path, err)
	}
	const margin = 8
	p.Draw(draw.Crop(draw.New(c), margin, -margin, margin, -margin))
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := c.WriteTo(w)
		return err
	})
}

// swatch is a colour in the legend.
type swatch struct{ color.Color }

func (s swatch) Thumbnail(c *draw.Canvas) {
	c.FillPolygon(s.Color, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}})
}
