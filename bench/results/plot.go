package results

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/braidml/braid/internal/atomicfile"
)

// colours are told apart by colour-blind readers too (Okabe and Ito 2008).
var colours = []color.RGBA{
	{230, 159, 0, 255}, {86, 180, 233, 255}, {0, 158, 115, 255}, {240, 228, 66, 255}, {0, 114, 178, 255},
	{213, 94, 0, 255}, {204, 121, 167, 255}, {130, 130, 130, 255}, {150, 100, 60, 255}, {120, 90, 200, 255}, {60, 60, 120, 255},
}

// dot is one library's time in one case, in braid's, as powers of two.
type dot struct {
	line, at, low, high float64
	colour              color.Color
}

// chart draws dots, a line of them for each case, and a row that says whose colour is whose.
type chart struct {
	dots  []dot
	lines int
	peers []string
}

const (
	step      = 11 * vg.Length(1) // from one case to the next
	radius    = 3.2 * vg.Length(1)
	legendRow = 5 // names
)

var grey, dark = color.Gray{0xd8}, color.Gray{0x40}

func (ch chart) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	across := func(at float64, style draw.LineStyle) {
		c.StrokeLine2(style, x(at), c.Min.Y, x(at), y(-0.5))
	}
	for line := 0; line < ch.lines; line += 2 { // bands lead the eye from a name to its dots
		from, to := y(float64(line)-0.5), y(float64(line)+0.5)
		c.FillPolygon(color.Gray{0xf4}, []vg.Point{{X: c.Min.X, Y: from}, {X: c.Max.X, Y: from}, {X: c.Max.X, Y: to}, {X: c.Min.X, Y: to}})
	}
	for at := math.Ceil(p.X.Min); at <= p.X.Max; at++ {
		across(at, draw.LineStyle{Color: grey, Width: vg.Points(0.5)})
	}
	across(0, draw.LineStyle{Color: color.Black, Width: vg.Points(1.2)})
	for _, d := range ch.dots {
		c.StrokeLine2(draw.LineStyle{Color: d.colour, Width: vg.Points(1)}, x(d.low), y(d.line), x(d.high), y(d.line))
	}
	for _, d := range ch.dots {
		ch.mark(c, d.colour, vg.Point{X: x(d.at), Y: y(d.line)})
	}
	style := text.Style{Color: color.Black, Font: font.From(plot.DefaultFont, 9), XAlign: draw.XLeft, YAlign: draw.YCenter, Handler: p.TextHandler}
	var at vg.Point
	for i, peer := range ch.peers {
		if row := i / legendRow; i%legendRow == 0 {
			at = vg.Point{X: c.Min.X + 2, Y: y(float64(row) - float64(ch.legend()) - 0.5)}
		}
		ch.mark(c, colours[i%len(colours)], vg.Point{X: at.X + radius, Y: at.Y})
		at.X += 3 * radius
		c.FillText(style, at, peer)
		at.X += style.Width(peer) + 4*radius
	}
}

// legend is how many rows the libraries' names take.
func (ch chart) legend() int { return (len(ch.peers) + legendRow - 1) / legendRow }

func (chart) mark(c draw.Canvas, of color.Color, at vg.Point) {
	c.DrawGlyph(draw.GlyphStyle{Color: of, Radius: radius, Shape: draw.CircleGlyph{}}, at)
	c.DrawGlyph(draw.GlyphStyle{Color: dark, Radius: radius, Shape: draw.RingGlyph{}}, at)
}

// Plot draws, a line a case, how many times as long as braid each library takes, with its interval; the file's ending
// chooses the format.
func (f *File) Plot(path string) error {
	p := plot.New()
	p.X.Label.Text = "its time / braid's: right of 1 braid is faster"
	p.Title.Text = f.Environment.CPU
	if f.Environment.GPU != "" && f.Environment.Device != "cpu" {
		p.Title.Text = gpu(f.Environment.GPU)
	}
	p.Title.Text += fmt.Sprintf(", %d threads", f.Environment.Threads)
	ch, names := f.chart()
	p.X.Min, p.X.Max = -1, 1
	for _, d := range ch.dots {
		p.X.Min, p.X.Max = min(p.X.Min, d.low-0.2), max(p.X.Max, d.high+0.2)
	}
	var ticks []plot.Tick
	apart := math.Ceil((p.X.Max - p.X.Min) / 10) // so that their texts fit
	for at := math.Ceil(p.X.Min/apart) * apart; at <= p.X.Max; at += apart {
		label := fmt.Sprintf("%gx", math.Exp2(at))
		if at < 0 {
			label = fmt.Sprintf("1/%gx", math.Exp2(-at))
		}
		ticks = append(ticks, plot.Tick{Value: at, Label: label})
	}
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	p.Y.Tick.Label.Font.Size, p.X.Tick.Label.Font.Size = 9, 9
	p.Y.Min, p.Y.Max = -float64(ch.legend())-1, float64(ch.lines)-0.5
	p.Y.Scale = plot.InvertedScale{Normalizer: plot.LinearScale{}} // the first case on top
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Add(ch)
	return save(p, 9*vg.Inch, vg.Length(ch.lines+ch.legend()+1)*step+80, path)
}

// chart is the dots of all rows that were timed beside braid's, and the names of the lines.
func (f *File) chart() (ch chart, names []plot.Tick) {
	for _, name := range f.Cases() {
		ours := f.Row(name, Reference)
		if ours == nil || ours.Status != OK {
			continue
		}
		names = append(names, plot.Tick{Value: float64(ch.lines), Label: name})
		for _, r := range f.Rows {
			if r.Case != name || r.Status != OK || r.Peer == Reference {
				continue
			}
			i := slices.Index(ch.peers, r.Peer)
			if i < 0 {
				i = len(ch.peers)
				ch.peers = append(ch.peers, r.Peer)
			}
			d := dot{line: float64(ch.lines), colour: colours[i%len(colours)]}
			d.at = math.Log2(r.Time.Median / ours.Time.Median)
			if d.low, d.high = d.at, d.at; r.Factor.N > 0 && r.Factor.Low > 0 {
				d.at, d.low, d.high = math.Log2(r.Factor.Median), math.Log2(r.Factor.Low), math.Log2(r.Factor.High)
			}
			ch.dots = append(ch.dots, d)
		}
		ch.lines++
	}
	return ch, names
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
