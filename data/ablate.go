package data

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/tensor"
)

// modality is one of the inputs of a Pair; its number is its column of Has.
type modality int

const (
	imageModality modality = iota
	textModality
)

func (m modality) of(b *Pair) *tensor.Array {
	if m == imageModality {
		return &b.Image
	}
	return &b.Text
}

// ShuffleImages is s where every row has the image of another row: what a model loses by it is what it has from the
// images (permutation importance, Breiman 2001). The rows are one cycle drawn by seed, so none keeps its own; another
// row's may be equal to it.
func ShuffleImages(s Source[Pair], seed uint64) Source[Pair] { return shuffle(s, imageModality, seed) }

// ShuffleTexts is s where every row has the text of another row, as [ShuffleImages].
func ShuffleTexts(s Source[Pair], seed uint64) Source[Pair] { return shuffle(s, textModality, seed) }

// WithoutImages is s where no row has its own image. Without a replacement they are missing: zeros, and Has says so, for a
// model with placeholders. With one, an image [h, w, c], every row has that, for a model that never saw one missing:
// [MeanImage] is the usual choice.
func WithoutImages(s Source[Pair], replacement tensor.Array) Source[Pair] {
	return &without{s, imageModality, replacement, 1, 0}
}

// HideImages is [WithoutImages] of a share of the rows, drawn by seed: the same ones in every epoch.
func HideImages(s Source[Pair], share float64, replacement tensor.Array, seed uint64) Source[Pair] {
	checkFraction("HideImages", share)
	return &without{s, imageModality, replacement, share, seed}
}

// HideTexts is [WithoutTexts] of a share of the rows, as [HideImages]. The rows are other ones than those of the same seed
// there.
func HideTexts(s Source[Pair], share float64, replacement tensor.Array, seed uint64) Source[Pair] {
	checkFraction("HideTexts", share)
	return &without{s, textModality, replacement, share, seed}
}

// WithoutTexts is s where no row has its own text, as [WithoutImages]. A replacement is [time] or [d]; zeros are a text
// of padding alone.
func WithoutTexts(s Source[Pair], replacement tensor.Array) Source[Pair] {
	return &without{s, textModality, replacement, 1, 0}
}

// shuffled takes one modality from another row.
type shuffled struct {
	source   Source[Pair]
	modality modality
	other    []int
}

func shuffle(s Source[Pair], m modality, seed uint64) Source[Pair] {
	other := make([]int, s.Len())
	for i := range other {
		other[i] = i
	}
	rng := stream(seed, purposeShuffled, uint64(m))
	for i := len(other) - 1; i > 0; i-- { // Sattolo 1986: all rows are one cycle
		j := rng.IntN(i)
		other[i], other[j] = other[j], other[i]
	}
	return &shuffled{s, m, other}
}

// Len is the number of rows.
func (s *shuffled) Len() int { return s.source.Len() }

// Read reads rows, and those that lend to them.
func (s *shuffled) Read(b *Pair, rows []int, rng *RowRand) error {
	lenders := make([]int, len(rows))
	for i, r := range rows {
		lenders[i] = s.other[r]
	}
	var lent Pair
	if err := s.source.Read(&lent, lenders, rng); err != nil {
		return err
	}
	if err := s.source.Read(b, rows, rng); err != nil {
		return err
	}
	*s.modality.of(b) = *s.modality.of(&lent)
	if !b.Has.Absent() {
		has, theirs := tensor.Values[uint8](b.Has), tensor.Values[uint8](lent.Has)
		for i := int(s.modality); i < len(has); i += 2 {
			has[i] = theirs[i]
		}
	}
	return nil
}

// Check checks the source beneath.
func (s *shuffled) Check() error { return check(s.source) }

// without replaces one modality of a share of the rows.
type without struct {
	source      Source[Pair]
	modality    modality
	replacement tensor.Array
	share       float64
	seed        uint64
}

// takes reports whether a row is one of those.
func (w *without) takes(row int) bool {
	if w.share == 1 {
		return true
	}
	return float64(mix(mix(w.seed, uint64(w.modality)), uint64(row))>>11)/(1<<53) < w.share
}

// Len is the number of rows.
func (w *without) Len() int { return w.source.Len() }

// Read reads rows and replaces the modality.
func (w *without) Read(b *Pair, rows []int, rng *RowRand) error {
	if err := w.source.Read(b, rows, rng); err != nil {
		return err
	}
	a := w.modality.of(b)
	if a.Absent() {
		return fmt.Errorf("data: %v: the data have no such input", w)
	}
	r := w.replacement
	if !r.Absent() && (!slices.Equal(r.Shape(), a.Shape()[1:]) || r.DType() != a.DType()) {
		return fmt.Errorf("data: %v: the replacement is %v %v, expected %v %v as the rows have", w, r.DType(), r.Shape(), a.DType(), a.Shape()[1:])
	}
	var has []uint8
	if r.Absent() && b.Has.Absent() {
		b.Has = tensor.ArrayOf(slices.Repeat([]uint8{1}, 2*len(rows)), len(rows), 2)
	}
	if !b.Has.Absent() {
		has = tensor.Values[uint8](b.Has)
	}
	for i, row := range rows {
		if !w.takes(row) {
			continue
		}
		switch v := a.Any().(type) {
		case []uint8:
			replace(v, len(rows), i, r)
		case []int32:
			replace(v, len(rows), i, r)
		case []float32:
			replace(v, len(rows), i, r)
		}
		if has != nil {
			has[2*i+int(w.modality)] = bit(!r.Absent())
		}
	}
	return nil
}

// replace puts r, or zeros, in place of row i of the n rows of v.
func replace[T tensor.Elem](v []T, n, i int, r tensor.Array) {
	size := len(v) / n
	out := v[i*size : (i+1)*size]
	if r.Absent() {
		clear(out)
		return
	}
	copy(out, tensor.Values[T](r))
}

// String is the function that made it.
func (w *without) String() string {
	if w.modality == imageModality {
		return "WithoutImages"
	}
	return "WithoutTexts"
}

// Check checks the source beneath.
func (w *without) Check() error { return check(w.source) }
