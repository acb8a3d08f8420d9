package models

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// checkImages panics unless x is a batch of images as c has them.
func (c ImageConfig) checkImages(op string, x *tensor.Tensor) {
	ok := x.Rank() == 4 && x.Dim(1) == c.Height && x.Dim(2) == c.Width && x.Dim(3) == c.Channels
	expect(ok, op, "the images are %v: [n %d %d %d] is expected", x.Shape(), c.Height, c.Width, c.Channels)
	expect(x.DType() != tensor.Int32, op, "the images are int32: bytes, or reals in [0, 1], are expected")
}

// pixels is x as reals in [0, 1].
func pixels(x *tensor.Tensor) *tensor.Tensor {
	if x.DType() == tensor.Uint8 {
		return x.Float()
	}
	return x
}

// checkTexts panics unless x is a batch of n texts as t has them.
func (t TextConfig) checkTexts(op string, x *tensor.Tensor, n int) {
	expect(x != nil, op, "there is no text, but the model was made for texts")
	if t.Dense > 0 {
		expect(x.Rank() == 2 && x.Dim(0) == n && x.Dim(1) == t.Dense, op, "the texts are %v: vectors [%d %d] are expected", x.Shape(), n, t.Dense)
		return
	}
	expect(x.Rank() == 2 && x.Dim(0) == n && x.DType() == tensor.Int32, op,
		"the texts are %v %v: tokens [%d time] of int32 are expected", x.DType(), x.Shape(), n)
}

// unknownWord is the token of every word that a vocabulary lacks; 0 is padding.
const unknownWord = 1

// known reports the first text of which the model knows no word: nothing it draws for that would mean anything.
func (t TextConfig) known(texts tensor.Array) error {
	if texts.Absent() || len(texts.Shape()) != 2 {
		return nil // the pass says what is expected
	}
	n := texts.Shape()[0]
	for i := range n {
		row, any := texts.Slice(i, i+1), false
		if texts.DType() == tensor.Int32 {
			for _, id := range tensor.Values[int32](row) {
				if id < 0 || t.Vocab > 0 && int(id) >= t.Vocab {
					return fmt.Errorf("models: text %d has token %d: 0 to %d are expected", i, id, t.Vocab-1)
				}
				any = any || id > unknownWord
			}
		} else {
			for _, v := range row.Floats() {
				any = any || v != 0
			}
		}
		if !any {
			return fmt.Errorf("models: text %d has no word that the model knows", i)
		}
	}
	return nil
}
