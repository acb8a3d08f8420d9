package data

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Pair is a batch of images with texts. An absent array means that the data set has no such thing.
type Pair struct {
	Image tensor.Array // [n, h, w, c] Uint8 (or Float32)
	Text  tensor.Array // [n, time] Int32 token ids, 0 is padding; or [n, d] Float32
	Label tensor.Array // [n] Int32 classes; or [n, d] Float32
	Has   tensor.Array // [n, 2] Uint8: is the image there, is the text there; absent: they all are
}

// Pairs is a Source of Pair in memory. Many rows may share an image through Rows, as questions about a picture do.
type Pairs struct {
	Images  tensor.Array // [m, h, w, c] Uint8 (or Float32)
	Rows    []int32      // image of each row; nil: row i has image i
	Texts   tensor.Array // [n, time] Int32 or [n, d] Float32
	Labels  tensor.Array // [n] Int32, or [n] or [n, d] Float32
	Has     tensor.Array // [n, 2] Uint8, or absent
	Classes []string     // names of the labels
	Augment *Augment     // changes the images of every reader that draws, such as a Loader; nil: none
}

// Len is the number of rows.
func (p *Pairs) Len() int {
	if p.Rows != nil {
		return len(p.Rows)
	}
	for _, a := range []tensor.Array{p.Texts, p.Labels, p.Images} {
		if !a.Absent() {
			return a.Shape()[0]
		}
	}
	return 0
}

// Read copies rows into b, and augments their images there if there are Augment and rng.
func (p *Pairs) Read(b *Pair, rows []int, rng *RowRand) error {
	gather(&b.Image, p.Images, rows, p.Rows)
	gather(&b.Text, p.Texts, rows, nil)
	gather(&b.Label, p.Labels, rows, nil)
	gather(&b.Has, p.Has, rows, nil)
	augmentRows(b.Image, rows, rng, p.Augment)
	return nil
}

// Targets is the labels of rows as Read gives them; absent where there are none.
func (p *Pairs) Targets(rows []int) tensor.Array {
	var labels tensor.Array
	gather(&labels, p.Labels, rows, nil)
	return labels
}

// Check reports what is wrong with the data: arrays of different lengths or of types that a Pair does not have, an
// image number or a label out of range, a number that is not finite.
func (p *Pairs) Check() error {
	n := p.Len()
	for _, a := range []struct {
		name  string
		array tensor.Array
		ranks []int
		types []tensor.DType
		rows  int // -1: any
	}{
		{"Images", p.Images, []int{4}, []tensor.DType{tensor.Uint8, tensor.Float32}, p.imageRows(n)},
		{"Texts", p.Texts, []int{2}, []tensor.DType{tensor.Int32, tensor.Float32}, n},
		{"Labels", p.Labels, []int{1, 2}, []tensor.DType{tensor.Int32, tensor.Float32}, n},
		{"Has", p.Has, []int{2}, []tensor.DType{tensor.Uint8}, n},
	} {
		if a.array.Absent() {
			continue
		}
		shape := a.array.Shape()
		switch {
		case !slices.Contains(a.types, a.array.DType()):
			return fmt.Errorf("data: Pairs: %s are %v, expected one of %v", a.name, a.array.DType(), a.types)
		case !slices.Contains(a.ranks, len(shape)):
			return fmt.Errorf("data: Pairs: %s have shape %v, expected %v dimensions", a.name, shape, a.ranks)
		case a.rows >= 0 && shape[0] != a.rows:
			return fmt.Errorf("data: Pairs: %s have %d rows, expected %d", a.name, shape[0], a.rows)
		}
		if row := FirstNonFinite(a.array); row >= 0 {
			return fmt.Errorf("data: Pairs: row %d of %s has a NaN or an infinity, expected finite numbers", row, a.name)
		}
	}
	if err := p.checkRows(); err != nil {
		return err
	}
	if err := p.Augment.Check(); err != nil {
		return err
	}
	return p.checkLabels()
}

// imageRows is how many images there must be: one for each row, or any number where Rows says which.
func (p *Pairs) imageRows(n int) int {
	if p.Rows != nil {
		return -1
	}
	return n
}

func (p *Pairs) checkRows() error {
	if p.Rows == nil {
		return nil
	}
	if p.Images.Absent() {
		return fmt.Errorf("data: Pairs: there are Rows but no Images")
	}
	images := p.Images.Shape()[0]
	for row, i := range p.Rows {
		if i < 0 || int(i) >= images {
			return fmt.Errorf("data: Pairs: row %d has image %d, expected 0 to %d", row, i, images-1)
		}
	}
	return nil
}

func (p *Pairs) checkLabels() error {
	if p.Classes == nil || p.Labels.Absent() || p.Labels.DType() != tensor.Int32 {
		return nil
	}
	labels := tensor.Values[int32](p.Labels)
	for i, l := range labels {
		if l < 0 || int(l) >= len(p.Classes) {
			return fmt.Errorf("data: Pairs: row %d has label %d, expected 0 to %d (%v)", i*p.Len()/len(labels), l, len(p.Classes)-1, p.Classes)
		}
	}
	return nil
}
