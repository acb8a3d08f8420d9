package golden

import (
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// pair is a model around a merge: a dense layer on each side, and one behind it.
type pair struct {
	Left, Right *layers.Dense
	Merge       layers.Merge
	Head        *layers.Dense
}

func (m *pair) forward(_ *tensor.Pass, x in) *tensor.Tensor {
	return m.Head.Forward(m.Merge.Forward(m.Left.Forward(x["a"]), m.Right.Forward(x["b"])))
}

func TestMerges(t *testing.T) {
	around := func(merge func(c tensorcheck.Case) layers.Merge) func(tensorcheck.Case) network {
		return func(c tensorcheck.Case) network {
			m := &pair{dense(c, "left"), dense(c, "right"), merge(c), dense(c, "head")}
			return network{model: m, forward: m.forward, terms: 18, depth: 6}
		}
	}
	plain := func(m layers.Merge) func(tensorcheck.Case) layers.Merge {
		return func(tensorcheck.Case) layers.Merge { return m }
	}
	all(t, "merge", map[string]func(tensorcheck.Case) network{
		"concat":   around(plain(layers.Concat{})),
		"add":      around(plain(layers.Add{})),
		"multiply": around(plain(layers.Multiply{})),
		"gated": around(func(c tensorcheck.Case) layers.Merge {
			return &layers.Gated{A: dense(c, "merge.a"), B: dense(c, "merge.b"), Gate: dense(c, "merge.gate")}
		}),
		"bilinear": around(func(c tensorcheck.Case) layers.Merge {
			return &layers.Bilinear{A: dense(c, "merge.a"), B: dense(c, "merge.b"), Rank: 3}
		}),
	})
}

// The listing of package models, layer by layer, with fewer channels.
func TestListing(t *testing.T) {
	all(t, "listing", map[string]func(tensorcheck.Case) network{"listing": func(tensorcheck.Case) network {
		rng := rand.New(rand.NewPCG(1, 1))
		m := &models.Fusion{
			Image: layers.Sequential{
				layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 4, Kernel: 3}), layers.ReLU,
				layers.NewConv2D(rng, layers.Conv2DConfig{In: 4, Out: 6, Kernel: 3}), layers.ReLU,
				layers.MaxPool2D{Size: 2},
				layers.Flatten,
			},
			Text: layers.Sequential{
				layers.NewDense(rng, 20, 16), layers.ReLU,
				layers.NewDense(rng, 16, 8), layers.ReLU,
			},
			Merge: layers.Concat{},
			Head:  layers.NewDense(rng, 4*4*6+8, 10),
		}
		return fusion(m, 4*4*6+8, 6)
	}})
}

func TestFusion(t *testing.T) {
	make := func(c models.FusionConfig, terms, depth int) func(tensorcheck.Case) network {
		return func(tensorcheck.Case) network {
			return fusion(models.NewFusion(rand.New(rand.NewPCG(1, 1)), c), terms, depth)
		}
	}
	all(t, "fusion", map[string]func(tensorcheck.Case) network{
		"rnn_multiply": make(models.FusionConfig{
			Image:    models.ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{4, 6, 8}},
			Text:     models.TextConfig{Vocab: 11, Embed: 5, Hidden: []int{6}},
			Features: 6, Merge: models.Multiply, Hidden: []int{7}, Outputs: 4,
		}, 6*16*16, 12), // the batch norm's sum over all pixels is the longest
		"bag_gated": make(models.FusionConfig{
			Image:    models.ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{4, 3}, NoBatchNorm: true, Flatten: true},
			Text:     models.TextConfig{Vocab: 11, Embed: 5, Hidden: []int{6}, Bag: true},
			Features: 6, Merge: models.Gated, Hidden: []int{}, Outputs: 4,
		}, 4*4*3, 10),
	})
}

func fusion(m *models.Fusion, terms, depth int) network {
	return network{model: m, terms: terms, depth: depth,
		forward: func(_ *tensor.Pass, x in) *tensor.Tensor { return m.Forward(x["image"], x["text"]) }}
}
