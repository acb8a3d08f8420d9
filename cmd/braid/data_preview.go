package main

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/lettering"
	"github.com/braidml/braid/tensor"
)

type dataPreviewCommand struct {
	dataFlags
	Out     string       `required:"" type:"path" placeholder:"FILE" help:"The sheet, a PNG."`
	Augment augmentation `default:"standard" help:"As in train fusion: light, standard, strong, none, or settings."`
	Rows    int          `default:"8" help:"Samples, drawn from the part to train on."`
	Copies  int          `default:"5" help:"How many of the first epochs to show, beside the picture as it is."`
	Font    string       `type:"existingfile" placeholder:"FILE" help:"TTF or OTF for letters that the Go fonts lack, such as Chinese."`
}

// Run draws.
func (c *dataPreviewCommand) Run(w *world) error {
	var wrong complaints
	wrong.expect(c.Rows >= 1 && c.Rows <= 200, "--rows is %d, want 1 to 200", c.Rows)
	wrong.expect(c.Copies >= 1 && c.Copies <= 20, "--copies is %d, want 1 to 20", c.Copies)
	o, err := c.options()
	if err != nil {
		wrong.expect(false, "%v", err)
	}
	if err := wrong.err(); err != nil {
		return err
	}
	if err := writable("--out", c.Out); err != nil {
		return err
	}
	d, err := o.open(nil)
	if err != nil {
		return err
	}
	augment, err := c.Augment.of(d.size)
	if err != nil {
		return err
	}
	if augment == nil {
		augment = &data.Augment{}
	}
	var letters []byte
	if c.Font != "" {
		if letters, err = os.ReadFile(c.Font); err != nil {
			return err
		}
	}
	fonts, err := lettering.New(letters)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Font, err)
	}
	rows := rand.New(rand.NewPCG(o.Seed, 2)).Perm(d.train.Len())[:min(c.Rows, d.train.Len())]
	s := &previewSheet{fonts: fonts, source: data.Augmented(d.train, augment), dataset: d, copies: c.Copies, seed: o.Seed}
	m, err := s.draw(rows)
	if err != nil {
		return err
	}
	if err := writePNG(c.Out, m); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%d samples, each as it is and in %d epochs, written to %s\n", len(rows), c.Copies, c.Out)
	return nil
}

// previewSheet has a line for each sample: its pictures, and below them its label and its text.
type previewSheet struct {
	fonts   *lettering.Fonts
	source  data.Source[data.Pair]
	dataset *dataset
	copies  int
	seed    uint64
}

// Lengths of the sheet in pixels.
const (
	previewGap  = 6
	previewSide = 112 // at least so many does a picture get
)

var (
	labelStyle = lettering.Style{Size: 14, Bold: true}
	textStyle  = lettering.Style{Size: 14}
	smallStyle = lettering.Style{Size: 11}
	ink        = color.Gray{30}
	paleInk    = color.Gray{110}
)

// previewLine is a sample, ready to be drawn.
type previewLine struct {
	pictures []image.Image
	labels   []string   // of each picture; one, if they are the same
	texts    [][]string // in lines, likewise
}

// height is that of what stands below the pictures.
func (l previewLine) height() int {
	lines := 0
	for _, t := range l.texts {
		lines = max(lines, len(t))
	}
	return labelStyle.Height() + lines*textStyle.Height() + 2*previewGap
}

func (s *previewSheet) draw(rows []int) (image.Image, error) {
	size := s.dataset.size
	times := max(1, (previewSide+min(size.Height, size.Width)-1)/min(size.Height, size.Width))
	high, wide := size.Height*times+2, size.Width*times+2
	width := previewGap + (s.copies+1)*(wide+previewGap)
	height := previewGap + smallStyle.Height()
	var lines []previewLine
	for _, row := range rows {
		l, err := s.line(row, image.Rect(0, 0, wide, high), width-2*previewGap)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
		height += high + l.height()
	}
	out := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	for i := range s.copies + 1 {
		head := "as it is"
		if i > 0 {
			head = fmt.Sprintf("epoch %d", i)
		}
		s.fonts.Write(out, head, previewGap+i*(wide+previewGap), previewGap+12, smallStyle, paleInk)
	}
	y := 2*previewGap + smallStyle.Height()
	for _, l := range lines {
		for i, m := range l.pictures {
			at := image.Pt(previewGap+i*(wide+previewGap), y)
			draw.Draw(out, m.Bounds().Add(at), m, image.Point{}, draw.Src)
		}
		for i, label := range l.labels {
			s.fonts.Write(out, label, previewGap+i*(wide+previewGap), y+high+15, labelStyle, ink)
		}
		for i, text := range l.texts {
			for k, line := range text {
				s.fonts.Write(out, line, previewGap+i*(wide+previewGap), y+high+labelStyle.Height()+k*textStyle.Height()+15, textStyle, ink)
			}
		}
		y += high + l.height()
	}
	return out, nil
}

// line reads a row as it is, and as the first epochs see it.
func (s *previewSheet) line(row int, cell image.Rectangle, width int) (l previewLine, err error) {
	var texts []string
	for i := range s.copies + 1 {
		var rng *data.RowRand
		if i > 0 {
			rng = data.NewRowRand(s.seed, i-1)
		}
		var b data.Pair
		if err := s.source.Read(&b, []int{row}, rng); err != nil {
			return l, err
		}
		l.pictures = append(l.pictures, s.picture(b, cell))
		l.labels, texts = append(l.labels, s.dataset.labelOf(b)), append(texts, s.dataset.textOf(b))
	}
	if same(texts) && same(l.labels) {
		l.labels, texts = l.labels[:1], texts[:1]
	} else { // drawn anew: each picture has its own
		width = cell.Dx()
	}
	for i, label := range l.labels {
		if lines := s.fonts.Wrap(label, width-20, labelStyle); len(lines) > 1 {
			l.labels[i] = lines[0] + " …"
		}
	}
	const most = 3 // lines of a text
	for _, text := range texts {
		lines := s.fonts.Wrap(text, width, textStyle)
		if len(lines) > most {
			lines = append(lines[:most-1], lines[most-1]+" …")
		}
		l.texts = append(l.texts, lines)
	}
	return l, nil
}

func same(texts []string) bool { return len(slices.Compact(slices.Clone(texts))) == 1 }

// picture is that of a batch of one row, enlarged; an empty frame where it is missing.
func (s *previewSheet) picture(b data.Pair, cell image.Rectangle) image.Image {
	out := image.NewRGBA(cell)
	if !b.Has.Absent() && tensor.Values[uint8](b.Has)[0] == 0 {
		draw.Draw(out, cell, image.NewUniform(color.Gray{235}), image.Point{}, draw.Src)
		const lack = "no picture"
		s.fonts.Write(out, lack, (cell.Dx()-s.fonts.Width(lack, smallStyle))/2, cell.Dy()/2, smallStyle, paleInk)
		return out
	}
	m := data.Grid(b.Image, 1)
	draw.Draw(out, cell, image.NewUniform(color.Gray{205}), image.Point{}, draw.Src) // a frame: white pictures end somewhere
	draw.NearestNeighbor.Scale(out, cell.Inset(1), m, m.Bounds(), draw.Src, nil)
	return out
}

// textOf is the text of a batch of one row, as the model reads it.
func (d *dataset) textOf(b data.Pair) string {
	switch {
	case d.vocab == nil:
		return "(without texts)"
	case !b.Has.Absent() && tensor.Values[uint8](b.Has)[1] == 0:
		return "(no text)"
	}
	return d.vocab.Decode(tensor.Values[int32](b.Text))
}

// labelOf is the label of a batch of one row.
func (d *dataset) labelOf(b data.Pair) string {
	var names []string
	switch d.task {
	case regress:
		for i, v := range b.Label.Floats() {
			names = append(names, fmt.Sprintf("%s %.5g", d.classes[i], v))
		}
	case multilabel:
		for i, v := range b.Label.Floats() {
			if v > 0 {
				names = append(names, d.classes[i])
			}
		}
		if names == nil {
			return "(no label)"
		}
	default:
		return d.classes[tensor.Values[int32](b.Label)[0]]
	}
	return strings.Join(names, ", ")
}
