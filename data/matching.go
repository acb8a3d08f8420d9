package data

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// Matching is a Source that asks of every picture whether a text fits it: half of the time the text is that of the
// picture's class, else that of another one. Which it is, is drawn anew in every epoch, so that a model sees each picture
// with many texts, and neither of both inputs alone tells the answer. Labels are 1 where the text fits.
type Matching struct {
	Images  tensor.Array // [n, h, w, c]
	Classes []int32      // of each image
	Texts   tensor.Array // [classes, time] Int32, the text of each class
}

// Len is the number of images.
func (m *Matching) Len() int { return m.Images.Shape()[0] }

// Read draws texts for rows. Without rng they are those of seed 0 and the first epoch.
func (m *Matching) Read(b *Pair, rows []int, rng *RowRand) error {
	gather(&b.Image, m.Images, rows, nil)
	m.pair(b, rows, rng)
	return nil
}

func (m *Matching) readPlain(b *Pair, rows []int) error {
	m.pair(b, rows, nil)
	return nil
}

// pair draws for each row a text, and whether it fits.
func (m *Matching) pair(b *Pair, rows []int, rng *RowRand) {
	texts := tensor.Values[int32](m.Texts)
	n, width := m.Texts.Shape()[0], m.Texts.Shape()[1]
	ids := room[int32](&b.Text, len(rows), []int{width})
	labels := room[int32](&b.Label, len(rows), nil)
	for i, row := range rows {
		r := rng.drawn(row)
		class := int(m.Classes[row])
		labels[i] = 1
		if r.IntN(2) == 0 {
			labels[i] = 0
			class = (class + 1 + r.IntN(n-1)) % n
		}
		copy(ids[i*width:(i+1)*width], texts[class*width:])
	}
	b.Has = tensor.Array{}
}

// Check reports what is wrong with the data.
func (m *Matching) Check() error {
	switch {
	case len(m.Images.Shape()) != 4 || m.Images.Shape()[0] != len(m.Classes):
		return fmt.Errorf("data: Matching: Images are %v, expected [%d h w c] as there are Classes", m.Images.Shape(), len(m.Classes))
	case m.Texts.DType() != tensor.Int32 || len(m.Texts.Shape()) != 2 || m.Texts.Shape()[0] < 2:
		return fmt.Errorf("data: Matching: Texts are %v %v, expected token ids [classes, time] of at least 2 classes", m.Texts.DType(), m.Texts.Shape())
	}
	for row, c := range m.Classes {
		if c < 0 || int(c) >= m.Texts.Shape()[0] {
			return fmt.Errorf("data: Matching: row %d has class %d, expected 0 to %d", row, c, m.Texts.Shape()[0]-1)
		}
	}
	return nil
}
