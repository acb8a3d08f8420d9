package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Fusion encodes an image and a text, merges their features and classifies (or regresses) them.
type Fusion struct {
	Image  layers.Layer // [n, h, w, c] -> [n, d]
	Text   layers.Layer // [n, time] or [n, d] -> [n, d]
	Merge  layers.Merge
	Head   layers.Layer      // -> [n, outputs]
	Absent [2]*tensor.Tensor // [d] each: features that stand for a missing image or text, learned; nil: none may be missing
	Config FusionConfig      `param:"-"` // zero for a model that was put together by hand
}

// NewFusion makes the model that c describes, with weights drawn from rng. It panics if c is impossible.
func NewFusion(rng *rand.Rand, c FusionConfig) *Fusion {
	c = c.withDefaults()
	wrong := c.check()
	expect(wrong == "", "NewFusion", "%s", wrong)
	f := &Fusion{
		Image: newImage(rng, c.Image, c.Features),
		Text:  newText(rng, c.Text, c.Features),
	}
	merge, width := c.Merge.layer(rng, c.Features, c.Rank)
	f.Merge, f.Head = merge, newHead(rng, width, c.Hidden, c.Dropout, c.Outputs)
	if c.Missing {
		for i := range f.Absent {
			// Small numbers, not zeros: a product with zeros would leave the other branch without gradient.
			w := make([]float32, c.Features)
			layers.Normal(0.1)(rng, w, c.Features, c.Features)
			f.Absent[i] = tensor.NewParam(w, c.Features)
		}
	}
	c.Text.Vectors = nil // they are in the embedding now
	f.Config = c
	return f
}

// Forward returns logits (or the values of a regression), [n, outputs]. Images are bytes, which become [0, 1], or
// reals; texts are tokens (Int32), or reals for a Dense text. An input may be nil if the model was made for that: it
// is then missing for the whole batch, and its encoder gets no gradient (set [optim.Optimizer.Unused] to train so).
func (f *Fusion) Forward(image, text *tensor.Tensor) *tensor.Tensor {
	return f.ForwardHas(image, text, nil)
}

// ForwardHas is Forward where has [n, 2], 0 or 1, says which of image and text each sample has; nil means both. What a
// sample lacks may hold anything of the right shape.
func (f *Fusion) ForwardHas(image, text, has *tensor.Tensor) *tensor.Tensor {
	expect(image != nil || text != nil, "Fusion", "image and text are both nil: at least one is expected")
	features := [2]*tensor.Tensor{}
	if image != nil {
		f.checkImage(image)
		if image.DType() == tensor.Uint8 {
			image = image.Float()
		}
		features[0] = f.Image.Forward(image)
	}
	if text != nil {
		f.checkText(text)
		features[1] = f.Text.Forward(text)
	}
	f.placeholders(&features, has)
	return f.scaled(f.Head.Forward(f.Merge.Forward(features[:]...)))
}

func (f *Fusion) checkImage(x *tensor.Tensor) {
	c := f.Config.Image
	if c.Height == 0 {
		return
	}
	ok := x.Rank() == 4 && x.Dim(1) == c.Height && x.Dim(2) == c.Width && x.Dim(3) == c.Channels
	expect(ok, "Fusion", "the images are %v: [n %d %d %d] is expected", x.Shape(), c.Height, c.Width, c.Channels)
	expect(x.DType() != tensor.Int32, "Fusion", "the images are int32: bytes or reals are expected")
}

func (f *Fusion) checkText(x *tensor.Tensor) {
	switch c := f.Config.Text; {
	case c.Dense > 0:
		expect(x.Rank() == 2 && x.Dim(1) == c.Dense, "Fusion", "the texts are %v: vectors [n %d] are expected", x.Shape(), c.Dense)
	case c.Vocab > 0:
		expect(x.Rank() == 2 && x.DType() == tensor.Int32, "Fusion",
			"the texts are %v %v: tokens [n time] of int32 are expected", x.DType(), x.Shape())
	}
}
