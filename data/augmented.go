package data

import (
	"fmt"
	"image"

	"github.com/braidml/braid/tensor"
)

// augmented is a source whose pictures are changed when they are read.
type augmented struct {
	source  Source[Pair]
	augment *Augment
}

// Augmented is s with its pictures changed at random. It serves where s was divided before: only the part to train on
// is to be changed, and [Pairs.Augment] and [FolderOptions.Augment] change both.
func Augmented(s Source[Pair], a *Augment) Source[Pair] {
	if err := a.Check(); err != nil {
		misuse("Augmented", "%v", err)
	}
	return &augmented{s, a}
}

// Len is the number of rows.
func (a *augmented) Len() int { return a.source.Len() }

// Read reads rows and changes their pictures. With a nil rng they stay as they are.
func (a *augmented) Read(b *Pair, rows []int, rng *RowRand) error {
	if err := a.source.Read(b, rows, rng); err != nil {
		return err
	}
	augmentRows(b.Image, rows, rng, a.augment)
	return nil
}

// Check checks the source beneath.
func (a *augmented) Check() error { return check(a.source) }

// AugmentSheet draws a line for each of the rows: its picture as it is, and what the first epochs make of it.
func AugmentSheet(s Source[Pair], rows []int, epochs int, seed uint64) (image.Image, error) {
	if len(rows) == 0 || epochs < 1 {
		misuse("AugmentSheet", "there are %d rows and %d epochs, expected at least one of each", len(rows), epochs)
	}
	var b Pair
	var pixels []uint8
	for _, row := range rows {
		for column := range epochs + 1 {
			var rng *RowRand
			if column > 0 {
				rng = NewRowRand(seed, column-1)
			}
			if err := s.Read(&b, []int{row}, rng); err != nil {
				return nil, err
			}
			if b.Image.Absent() {
				return nil, fmt.Errorf("data: AugmentSheet: the data have no images")
			}
			pixels = append(pixels, toBytes(b.Image)...)
		}
	}
	shape := b.Image.Shape()
	return Grid(tensor.ArrayOf(pixels, len(rows)*(epochs+1), shape[1], shape[2], shape[3]), epochs+1), nil
}
