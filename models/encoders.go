package models

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// newImage is the image encoder, [n, h, w, c] -> [n, features]. The features are not squashed: a product of two tanhs
// needs more than twice as many epochs (measured on easy-vqa).
func newImage(rng *rand.Rand, c ImageConfig, features int) layers.Layer {
	if c.Strided {
		s, width := pyramid{rng: rng, image: c, act: layers.ReLU}.down()
		return append(s, newHead(rng, width, c.Deep, 0, features)...)
	}
	var s layers.Sequential
	in := c.Channels
	for _, out := range c.Widths {
		s = append(s, layers.NewConv2D(rng, layers.Conv2DConfig{
			In: in, Out: out, Kernel: 3, Pad: layers.Same, NoBias: !c.NoBatchNorm,
		}))
		if !c.NoBatchNorm {
			s = append(s, layers.NewBatchNorm(out))
		}
		s = append(s, layers.ReLU, layers.MaxPool2D{Size: 2})
		in = out
	}
	if c.Flatten {
		s = append(s, layers.Flatten)
		in *= (c.Height >> len(c.Widths)) * (c.Width >> len(c.Widths))
	} else {
		s = append(s, layers.GlobalAvgPool2D{})
	}
	if c.Dropout > 0 {
		s = append(s, layers.Dropout{Rate: c.Dropout})
	}
	return append(s, layers.NewDense(rng, in, features))
}

// newText is the text encoder, [n, time] or [n, d] -> [n, features].
func newText(rng *rand.Rand, c TextConfig, features int) layers.Layer {
	if c.Dense > 0 {
		return newHead(rng, c.Dense, c.Hidden, 0, features)
	}
	embedding := newEmbedding(rng, c)
	if c.Bag {
		return &TextBag{embedding, newHead(rng, c.Embed, c.Hidden, 0, features)}
	}
	t := &TextRNN{Embedding: embedding}
	in := c.Embed
	for _, hidden := range c.Hidden {
		t.RNN = append(t.RNN, layers.NewRNN(rng, in, hidden))
		in = hidden
	}
	t.Out = layers.NewDense(rng, in, features)
	return t
}

func newEmbedding(rng *rand.Rand, c TextConfig) *layers.Embedding {
	var e *layers.Embedding
	if c.Vectors != nil {
		e = layers.EmbeddingOf(c.Vectors, c.Vocab, c.Embed)
	} else {
		e = layers.NewEmbedding(rng, c.Vocab, c.Embed)
	}
	if c.Freeze {
		layers.Freeze(e)
	}
	return e
}

// newHead is Dense layers with ReLU (and dropout) between them, [n, in] -> [n, out].
func newHead(rng *rand.Rand, in int, hidden []int, dropout float32, out int) layers.Sequential {
	var s layers.Sequential
	for _, h := range hidden {
		s = append(s, layers.NewDense(rng, in, h), layers.ReLU)
		if dropout > 0 {
			s = append(s, layers.Dropout{Rate: dropout})
		}
		in = h
	}
	return append(s, layers.NewDense(rng, in, out))
}

// TextRNN reads tokens [n, time] one after the other; the state after a row's last word is its feature vector.
type TextRNN struct {
	Embedding *layers.Embedding
	RNN       []*layers.RNN // each reads the states of the one before
	Out       layers.Layer
}

// Forward encodes ids. Padding (0) stands at the end of a row; a row of padding alone has a state of zeros.
func (t *TextRNN) Forward(ids *tensor.Tensor) *tensor.Tensor {
	x, last := t.Embedding.Forward(ids), len(t.RNN)-1
	for _, r := range t.RNN[:last] {
		x = r.Forward(x)
	}
	return t.Out.Forward(t.RNN[last].Last(x, ids.NotEqual(0).Sum(1)))
}

// TextBag averages the vectors of a row's words, padding left out.
type TextBag struct {
	Embedding *layers.Embedding
	Out       layers.Layer
}

// Forward encodes ids [n, time]. A row of padding alone has a mean of zeros.
func (t *TextBag) Forward(ids *tensor.Tensor) *tensor.Tensor {
	words := ids.NotEqual(0).Sum(1).Reshape(ids.Dim(0), 1).Clamp(1, math.MaxFloat32)
	return t.Out.Forward(t.Embedding.Forward(ids).Sum(1).Div(words))
}
