package models

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// The models that draw share one pyramid: an encoder halves the image with 4x4 convolutions of stride 2, one for each of
// Widths, and a decoder doubles it back with transposed ones (Radford et al. 2016). 4 is a multiple of 2, so that every
// pixel is reached equally often and no checkerboard appears (Odena et al. 2016).
type pyramid struct {
	rng      *rand.Rand
	image    ImageConfig
	init     layers.Init  // of weights; nil: GlorotUniform
	gain     layers.Init  // of the factors of batch normalisations; nil: 1
	act      layers.Layer // behind each convolution of the encoder
	bare     bool         // the encoder's first convolution has no batch normalisation
	spectral bool         // the encoder has spectral normalisation instead of batch normalisation
}

// down is the encoder, [n, h, w, c] -> [n, d], and d.
func (y pyramid) down() (s layers.Sequential, d int) {
	c := y.image
	in := c.Channels
	for i, out := range c.Widths {
		norm := !c.NoBatchNorm && !y.spectral && !(i == 0 && y.bare)
		conv := layers.NewConv2D(y.rng, layers.Conv2DConfig{In: in, Out: out, Kernel: 4, Stride: 2, Pad: 1, NoBias: norm, Init: y.init})
		if y.spectral {
			s = append(s, layers.NewSpectral(y.rng, conv))
		} else {
			s = append(s, conv)
		}
		if norm {
			s = append(s, y.newNorm(out))
		}
		s = append(s, y.act)
		in = out
	}
	h, w := c.top()
	return append(s, layers.Flatten), h * w * in
}

// up is the decoder, [n, in] -> [n, h, w, c], without an activation at its end.
func (y pyramid) up(in int) (s layers.Sequential) {
	c := y.image
	h, w := c.top()
	last := len(c.Widths) - 1
	channels := c.Widths[last]
	first := layers.NewDenseInit(y.rng, in, h*w*channels, y.weights())
	norm := !c.NoBatchNorm
	if norm {
		first.Bias = nil // the normalisation has one
	}
	s = append(s, first, layers.Reshape{Shape: []int{h, w, channels}})
	for i := last; i >= 0; i-- {
		if norm {
			s = append(s, y.newNorm(channels))
		}
		out := c.Channels
		if i > 0 {
			out = c.Widths[i-1]
		}
		s = append(s, layers.ReLU, layers.NewConvTranspose2D(y.rng, layers.Conv2DConfig{
			In: channels, Out: out, Kernel: 4, Stride: 2, Pad: 1, NoBias: norm && i > 0, Init: y.init,
		}))
		channels = out
	}
	return s
}

// upFrom is up behind ReLU layers of the given widths.
func (y pyramid) upFrom(in int, widths []int) (s layers.Sequential) {
	for _, w := range widths {
		s = append(s, layers.NewDense(y.rng, in, w), layers.ReLU)
		in = w
	}
	return append(s, y.up(in)...)
}

func (y pyramid) weights() layers.Init {
	if y.init == nil {
		return layers.GlorotUniform
	}
	return y.init
}

func (y pyramid) newNorm(channels int) *layers.BatchNorm {
	b := layers.NewBatchNorm(channels)
	if y.gain != nil {
		w := make([]float32, channels)
		y.gain(y.rng, w, channels, channels)
		b.Weight = tensor.NewParam(w, channels)
	}
	return b
}

// top is the size of the image at the narrow end of the pyramid.
func (c ImageConfig) top() (h, w int) { return c.Height >> len(c.Widths), c.Width >> len(c.Widths) }

// pyramidWidths is the default of Widths: halvings while the sides are even and above 4 pixels, with first, 2·first,
// 4·first, … channels, at most 8·first.
func pyramidWidths(h, w, first int) []int {
	widths := []int{}
	for out := first; h%2 == 0 && w%2 == 0 && min(h, w) > 4; h, w = h/2, w/2 {
		widths = append(widths, out)
		out = min(2*out, 8*first)
	}
	return widths
}

// pictureDefaults fills in what was left zero: 32x32x3 and the pyramid's widths.
func pictureDefaults(c ImageConfig, first int) ImageConfig {
	orDefault(&c.Height, 32)
	orDefault(&c.Width, 32)
	orDefault(&c.Channels, 3)
	if c.Widths == nil {
		c.Widths = pyramidWidths(c.Height, c.Width, first)
	}
	return c
}

// orDefault sets *p to v if it was left zero.
func orDefault[T int | float32](p *T, v T) {
	if *p == 0 {
		*p = v
	}
}

// checkPicture returns what makes it impossible to draw such images, or "".
func checkPicture(c ImageConfig) string {
	halvings := min(len(c.Widths), 30)
	switch scale := 1 << halvings; {
	case c.Height < 1 || c.Width < 1:
		return fmt.Sprintf("the image is %dx%d: at least 1x1 is expected", c.Height, c.Width)
	case c.Channels != 1 && c.Channels != 3:
		return fmt.Sprintf("the image has %d channels: 1 (grey) or 3 (colour) is expected", c.Channels)
	case len(c.Widths) == 0 || !positive(c.Widths):
		return fmt.Sprintf("the widths are %v for an image of %dx%d: at least one, each at least 1, is expected", c.Widths, c.Height, c.Width)
	case len(c.Widths) > halvings || c.Height%scale != 0 || c.Width%scale != 0:
		return fmt.Sprintf("an image of %dx%d cannot be halved %d times without a rest: fewer Widths, or multiples of %d, are expected",
			c.Height, c.Width, len(c.Widths), scale)
	case c.Flatten || c.Dropout != 0 || c.Strided || c.Deep != nil:
		return "Flatten, Dropout, Strided or Deep is set: they are for the encoder of a Fusion"
	}
	return ""
}

// checkTokens returns what is impossible about a text encoder, or "". Its output is features wide.
func checkTokens(t TextConfig, features int) string {
	switch {
	case t.Dense < 0 || t.Dense > 0 && (t.Bag || t.Vocab != 0 || t.Embed != 0 || t.Vectors != nil || t.Freeze):
		return "the text is given both as a vector (Dense) and as tokens: one of them is expected"
	case t.Dense == 0 && (t.Vocab < 1 || t.Embed < 1):
		return fmt.Sprintf("the vocabulary is %d and the embedding %d wide: at least 1 is expected", t.Vocab, t.Embed)
	case t.Vectors != nil && len(t.Vectors) != t.Vocab*t.Embed:
		return fmt.Sprintf("there are %d values in Text.Vectors: %d x %d are expected", len(t.Vectors), t.Vocab, t.Embed)
	case t.Dense == 0 && !t.Bag && len(t.Hidden) == 0 || !positive(t.Hidden):
		return fmt.Sprintf("the text's hidden widths are %v: each at least 1, and one for an RNN, is expected", t.Hidden)
	case features < 1:
		return fmt.Sprintf("Features is %d: at least 1 is expected", features)
	}
	return ""
}

// textDefaults fills in what was left zero.
func textDefaults(t TextConfig) TextConfig {
	if t.Dense != 0 {
		return t
	}
	orDefault(&t.Embed, 32)
	if !t.Bag && t.Hidden == nil {
		t.Hidden = []int{64}
	}
	return t
}
