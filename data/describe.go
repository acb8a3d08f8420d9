package data

import (
	"context"
	"fmt"

	"github.com/braidml/braid/tensor"
)

// Description is what a data set holds.
type Description struct {
	Rows  int
	Image []int // [h, w, c] as rows are read; nil: there are no images

	NoImage, NoText int   // rows without
	Tokens          []int // Tokens[k] rows have texts of k tokens, padding left out; nil: texts are no tokens
	Words, Unknown  int   // tokens of all texts, and those among them that the vocabulary lacks

	Labels  []int          // rows of each class, or rows with each label; nil: labels are other numbers
	Numbers []NumberSpread // of each target of a regression, else nil
}

// NumberSpread is how a number is distributed over the rows.
type NumberSpread struct{ Min, Mean, Max float64 }

// plain is a source that can read everything but the images, which may have to be decoded.
type plain interface {
	readPlain(b *Pair, rows []int) error
}

func (p *Pairs) readPlain(b *Pair, rows []int) error {
	gather(&b.Text, p.Texts, rows, nil)
	gather(&b.Label, p.Labels, rows, nil)
	gather(&b.Has, p.Has, rows, nil)
	return nil
}

func (f *ImageFolder) readPlain(b *Pair, rows []int) error {
	f.readRest(b, rows, nil)
	return nil
}

func (s *subset[B]) readPlain(b *Pair, rows []int) error {
	beneath := make([]int, len(rows))
	for i, r := range rows {
		beneath[i] = s.rows[r]
	}
	source, ok := any(s.source).(Source[Pair])
	if !ok {
		return fmt.Errorf("data: Subset: the rows are no pairs")
	}
	return readPlain(source, b, beneath)
}

func (a *augmented) readPlain(b *Pair, rows []int) error { return readPlain(a.source, b, rows) }

// readPlain reads rows without their images, if s can do that, or with them.
func readPlain(s Source[Pair], b *Pair, rows []int) error {
	if p, ok := s.(plain); ok {
		return p.readPlain(b, rows)
	}
	return s.Read(b, rows, nil)
}

// Describe counts what s holds. Of the sources of this package it decodes no more than one image. classes is the number
// of classes where the labels are Int32 (0: as many as occur); labels is true where they are 0 or 1 for each of several
// labels, and not the numbers of a regression.
func Describe(ctx context.Context, s Source[Pair], classes int, labels bool) (*Description, error) {
	if err := check(s); err != nil {
		return nil, err
	}
	const batch = 1024
	d := &Description{Rows: s.Len()}
	if d.Rows == 0 {
		return d, nil
	}
	var b Pair
	if err := s.Read(&b, []int{0}, nil); err != nil {
		return nil, err
	}
	if !b.Image.Absent() {
		d.Image = b.Image.Shape()[1:]
	}
	for from := 0; from < d.Rows; from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := make([]int, min(batch, d.Rows-from))
		for i := range rows {
			rows[i] = from + i
		}
		if err := readPlain(s, &b, rows); err != nil {
			return nil, err
		}
		d.addTexts(&b)
		d.addLabels(b.Label, classes, labels)
	}
	for i := range d.Numbers {
		d.Numbers[i].Mean /= float64(d.Rows)
	}
	return d, nil
}

func (d *Description) addTexts(b *Pair) {
	if !b.Has.Absent() {
		for i, v := range tensor.Values[uint8](b.Has) {
			switch {
			case v != 0:
			case i%2 == int(imageModality):
				d.NoImage++
			default:
				d.NoText++
			}
		}
	}
	if b.Text.Absent() || b.Text.DType() != tensor.Int32 {
		return
	}
	ids, width := tensor.Values[int32](b.Text), b.Text.Shape()[1]
	if len(d.Tokens) <= width {
		d.Tokens = append(d.Tokens, make([]int, width+1-len(d.Tokens))...)
	}
	for ; len(ids) > 0; ids = ids[width:] {
		n := 0
		for _, id := range ids[:width] {
			if id != Padding {
				n++
			}
			if id == Unknown {
				d.Unknown++
			}
		}
		d.Tokens[n]++
		d.Words += n
	}
}

func (d *Description) addLabels(a tensor.Array, classes int, labels bool) {
	if a.Absent() {
		return
	}
	if a.DType() == tensor.Int32 {
		d.room(classes)
		for _, l := range tensor.Values[int32](a) {
			d.room(int(l) + 1)
			d.Labels[l]++
		}
		return
	}
	columns := 1
	if s := a.Shape(); len(s) == 2 {
		columns = s[1]
	}
	if labels {
		d.room(columns)
	} else if d.Numbers == nil {
		d.Numbers = make([]NumberSpread, columns)
		for i, v := range a.Float64s()[:columns] {
			d.Numbers[i] = NumberSpread{v, 0, v}
		}
	}
	for i, v := range a.Float64s() {
		if labels {
			if v != 0 {
				d.Labels[i%columns]++
			}
			continue
		}
		n := &d.Numbers[i%columns]
		n.Min, n.Mean, n.Max = min(n.Min, v), n.Mean+v, max(n.Max, v)
	}
}

// room makes Labels at least n long.
func (d *Description) room(n int) {
	if len(d.Labels) < n {
		d.Labels = append(d.Labels, make([]int, n-len(d.Labels))...)
	}
}
