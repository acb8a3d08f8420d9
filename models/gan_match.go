package models

import (
	"math"

	"github.com/braidml/braid/tensor"
)

// matching is the cross-entropy, [n, 1], of finding the text of each image among the different ones of the batch, by what Body sees
// in the images and the texts' features t: a contrastive loss (Zhang et al. 2021), on the scalar products that score has
// too. Texts that several rows have count once: of a text that c rows have, each of them counts as 1/c.
//
// The discriminator learns it from real images, the generator makes images whose text can be found. Without it, what
// distinguishes the texts is learned from mismatched pairs alone, and half as well.
func (d *Discriminator) matching(body, t, text *tensor.Tensor) *tensor.Tensor {
	p, n := text.Pass(), text.Dim(0)
	logits := d.Match.Forward(body).MatMul(t.Transpose(1, 0)).Scale(float32(1 / math.Sqrt(float64(t.Dim(1)))))
	same := text.Unsqueeze(0).Equal(text.Unsqueeze(1)).Sum(2).GreaterEqual(p.Full(float32(text.Dim(1)), 1, 1))
	count := same.Sum(0).Log()
	own := make([]int32, n)
	for i := range own {
		own[i] = int32(i)
	}
	// exp(x - log c) is 1/c of exp(x); the last term makes the loss 0 where all of the own text's rows are certain.
	right := logits.Sub(count).LogSoftmax(1).Gather(1, tensor.From(p, own, n, 1))
	return right.Add(count.Unsqueeze(1)).Neg()
}

// again draws a few more images, for the texts of the first rows and with the noise of the next ones: what the noise
// changes is the difference of these images from those of the same texts.
func again(z, text *tensor.Tensor) (moreZ, moreText *tensor.Tensor, k int) {
	n := z.Dim(0)
	if text == nil || n < 2 {
		return z, text, 0
	}
	k = max(1, n/16)
	return tensor.Concat(0, z, next(z).Slice(0, 0, k)), tensor.Concat(0, text, text.Slice(0, 0, k)), k
}

// ofText is the variance of images of one text by that of all, for images of which the last k have the texts of the first.
func ofText(fake, more *tensor.Tensor) *tensor.Tensor {
	k := more.Dim(0)
	within := fake.Slice(0, 0, k).Sub(more).Square().Mean().Scale(0.5)
	return within.Div(spread(fake).Clamp(1e-12, 4))
}
