package onnx

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 9)) }

// trained gives a model's biases and batch statistics values that an untrained one does not have.
func trained[M any](m M) M {
	r := newRand(77)
	for name, p := range layers.Params(m) {
		v := p.Float32s()
		for i := range v {
			switch {
			case strings.HasSuffix(name, "var"):
				v[i] = 0.5 + 2*r.Float32()
			case strings.HasSuffix(name, "mean"), strings.HasSuffix(name, "bias"):
				v[i] = float32(r.NormFloat64()) / 4
			}
		}
		if err := p.Set(tensor.ArrayOf(v, p.Shape()...)); err != nil {
			panic(err)
		}
	}
	return m
}

// inputs draws values for a graph: reals from 0 to 1, tokens with padding at the end of rows, rows of padding alone too.
func inputs(r *rand.Rand, g Graph, n, vocab int) map[string]tensor.Array {
	in := map[string]tensor.Array{}
	time := 1 + r.IntN(9)
	for _, i := range g.Inputs {
		shape := slices.Clone(i.Shape)
		for d := range shape {
			switch shape[d] {
			case Batch:
				shape[d] = n
			case Time:
				shape[d] = time
			}
		}
		a := blank(i.Type, shape)
		switch v := a.Any().(type) {
		case []float32:
			for k := range v {
				v[k] = r.Float32()
				if i.Name == "has" {
					v[k] = float32(r.IntN(2))
				}
			}
		case []uint8:
			for k := range v {
				v[k] = uint8(r.IntN(256))
			}
		case []int32:
			width := shape[1]
			for row := range n {
				for k := range r.IntN(width + 1) {
					v[row*width+k] = int32(1 + r.IntN(vocab-1))
				}
			}
		}
		in[i.Name] = a
	}
	return in
}

// compute is g's outputs, by braid.
func compute(t *testing.T, dev *tensor.Device, g Graph, in map[string]tensor.Array) (out []tensor.Array) {
	t.Helper()
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		var x []*tensor.Tensor
		for _, i := range g.Inputs {
			x = append(x, p.Input(in[i.Name]))
		}
		for _, y := range g.Forward(p, x) {
			out = append(out, y.Array())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
