package layers

import (
	"testing"

	"github.com/braidml/braid/tensor"
)

// Impossible literals panic with what was expected.
func TestLiterals(t *testing.T) {
	rng := newRand()
	conv := func(c Conv2DConfig) func() { return func() { NewConv2D(rng, c) } }
	transposed := func(c Conv2DConfig) func() { return func() { NewConvTranspose2D(rng, c) } }
	forward := func(l Layer) func() { return func() { OutShape(l, 8, 8, 2) } }
	for _, c := range []struct {
		want string
		f    func()
	}{
		{"layers.NewDense: in is 0 and out is 3: at least 1 is expected", func() { NewDense(rng, 0, 3) }},
		{"layers.NewRNN: in is 3 and hidden is -1", func() { NewRNN(rng, 3, -1) }},
		{"layers.NewEmbedding: vocab is 0", func() { NewEmbedding(rng, 0, 3) }},
		{"layers.EmbeddingOf: 5 values are given: 2 x 3 are expected", func() { EmbeddingOf(make([]float32, 5), 2, 3) }},
		{"layers.NewBatchNorm: channels is 0", func() { NewBatchNorm(0) }},
		{"layers.NewLayerNorm: dim is 0", func() { NewLayerNorm(0) }},
		{"layers.NewBilinear: out is 2 and rank is 0", func() { NewBilinear(rng, 1, 1, 2, 0) }},
		{"layers.NewConv2D: In is 0 and Out is 1", conv(Conv2DConfig{Out: 1, Kernel: 3})},
		{"layers.NewConv2D: Kernel is 0: at least 1 is expected", conv(Conv2DConfig{In: 1, Out: 1})},
		{"layers.NewConv2D: Stride is -1", conv(Conv2DConfig{In: 1, Out: 1, Kernel: 1, Stride: -1})},
		{"layers.NewConv2D: Pad is -2: Same or at least 0", conv(Conv2DConfig{In: 1, Out: 1, Kernel: 1, Pad: -2})},
		{"layers.NewConv2D: Pad is Same with kernel 4: an odd kernel", conv(Conv2DConfig{In: 1, Out: 1, Kernel: 4, Pad: Same})},
		{"layers.NewConv2D: OutPad is 1: only a transposed", conv(Conv2DConfig{In: 1, Out: 1, Kernel: 1, OutPad: 1})},
		{"layers.NewConvTranspose2D: OutPad is 2: less than stride 2", transposed(Conv2DConfig{In: 1, Out: 1, Kernel: 3, Stride: 2, OutPad: 2})},
		{"layers.MaxPool2D: Size is 0", forward(MaxPool2D{})},
		{"layers.MaxPool2D: Pad is 2: 0 to half of Size 2", forward(MaxPool2D{Size: 2, Pad: 2})},
		{"layers.AvgPool2D: Size is 2 and Stride -1", forward(AvgPool2D{Size: 2, Stride: -1})},
		{"layers.Upsample2D: Factor is 0", forward(Upsample2D{})},
		{"layers.Dropout: the rate is 1: at least 0 and below 1 is expected", forward(Dropout{Rate: 1})},
		{"layers.Sequential: layer 1 of 2 is nil", forward(Sequential{ReLU, nil})},
		{"layers.Residual: Body is nil", forward(Residual{})},
		{"layers.Residual: the body's output is [1 4 4 2], what it is added to is [1 8 8 2]", forward(Residual{Body: MaxPool2D{Size: 2}})},
	} {
		wantMistake(t, c.want, c.f)
	}
}

// Merges look at their inputs.
func TestMergeLiterals(t *testing.T) {
	merge := func(m Merge, shapes ...[]int) error {
		return tensor.Shapes(tensor.Inference, func(p *tensor.Pass) error {
			var xs []*tensor.Tensor
			for _, s := range shapes {
				xs = append(xs, p.Full(0, s...))
			}
			m.Forward(xs...)
			return nil
		})
	}
	for _, c := range []struct {
		want   string
		merge  Merge
		shapes [][]int
	}{
		{"layers.Multiply: [4 8] and [4 1]: features of one width", Multiply{}, [][]int{{4, 8}, {4, 1}}},
		{"layers.Add: no input", Add{}, nil},
		{"layers.Concat: no input", Concat{}, nil},
		{"layers.Gated: 1 inputs: 2 are expected", NewGated(newRand(), 8, 8, 8), [][]int{{4, 8}}},
		{"layers.Bilinear: 3 inputs: 2 are expected", NewBilinear(newRand(), 8, 8, 8, 2), [][]int{{4, 8}, {4, 8}, {4, 8}}},
	} {
		wantMistake(t, c.want, func() {
			if err := merge(c.merge, c.shapes...); err != nil {
				panic(err)
			}
		})
	}
}
