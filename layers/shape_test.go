package layers

import (
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// own is a user's layer that OutShape knows nothing about.
type own struct{ D *Dense }

func (o own) Forward(x *tensor.Tensor) *tensor.Tensor { return o.D.Forward(x.Mean(1, 2)).Unsqueeze(1) }

func TestOutShape(t *testing.T) {
	rng := newRand()
	conv := func(c Conv2DConfig) Layer { c.In, c.Out = 3, 8; return NewConv2D(rng, c) }
	transposed := func(c Conv2DConfig) Layer { c.In, c.Out = 3, 8; return NewConvTranspose2D(rng, c) }
	for _, c := range []struct {
		name     string
		l        Layer
		in, want []int
	}{
		{"dense", NewDense(rng, 5, 7), []int{5}, []int{7}},
		{"dense of a sequence", NewDense(rng, 5, 7), []int{4, 5}, []int{4, 7}},
		{"conv valid", conv(Conv2DConfig{Kernel: 3}), []int{9, 7, 3}, []int{7, 5, 8}},
		{"conv same", conv(Conv2DConfig{Kernel: 3, Pad: Same}), []int{9, 7, 3}, []int{9, 7, 8}},
		{"conv same, stride 2", conv(Conv2DConfig{Kernel: 3, Pad: Same, Stride: 2}), []int{9, 8, 3}, []int{5, 4, 8}},
		{"conv dilated", conv(Conv2DConfig{Kernel: 3, Dilation: 2, Pad: Same}), []int{9, 7, 3}, []int{9, 7, 8}},
		{"transposed 2x2 by 2", transposed(Conv2DConfig{Kernel: 2, Stride: 2}), []int{4, 5, 3}, []int{8, 10, 8}},
		{"transposed 4x4 by 2, pad 1", transposed(Conv2DConfig{Kernel: 4, Stride: 2, Pad: 1}), []int{4, 5, 3}, []int{8, 10, 8}},
		{"transposed 3x3 by 2, PyTorch's odd size", transposed(Conv2DConfig{Kernel: 3, Stride: 2, Pad: 1}), []int{4, 5, 3}, []int{7, 9, 8}},
		{"transposed 3x3 by 2, same", transposed(Conv2DConfig{Kernel: 3, Stride: 2, Pad: Same}), []int{4, 5, 3}, []int{8, 10, 8}},
		{"transposed 5x5 by 3, same", transposed(Conv2DConfig{Kernel: 5, Stride: 3, Pad: Same}), []int{4, 5, 3}, []int{12, 15, 8}},
		{"transposed 1x1 by 2, same", transposed(Conv2DConfig{Kernel: 1, Stride: 2, Pad: Same}), []int{4, 5, 3}, []int{8, 10, 8}},
		{"max-pool", MaxPool2D{Size: 2}, []int{9, 8, 3}, []int{4, 4, 3}},
		{"max-pool 3 by 2", MaxPool2D{Size: 3, Stride: 2, Pad: 1}, []int{9, 8, 3}, []int{5, 4, 3}},
		{"avg-pool", AvgPool2D{Size: 2}, []int{9, 8, 3}, []int{4, 4, 3}},
		{"global", GlobalAvgPool2D{}, []int{9, 8, 3}, []int{3}},
		{"upsample", Upsample2D{Factor: 3}, []int{4, 5, 2}, []int{12, 15, 2}},
		{"rnn", NewRNN(rng, 4, 6), []int{7, 4}, []int{7, 6}},
		{"embedding", NewEmbedding(rng, 10, 4), []int{7}, []int{7, 4}},
		{"batch norm", NewBatchNorm(3), []int{4, 4, 3}, []int{4, 4, 3}},
		{"layer norm", NewLayerNorm(3), []int{4, 3}, []int{4, 3}},
		{"dropout", Dropout{Rate: 0.5}, []int{4}, []int{4}},
		{"flatten", Flatten, []int{4, 4, 3}, []int{48}},
		{"reshape", Reshape{[]int{2, -1}}, []int{4, 3}, []int{2, 6}},
		{"residual", Residual{Body: MaxPool2D{Size: 2}, Shortcut: AvgPool2D{Size: 2}}, []int{4, 4, 3}, []int{2, 2, 3}},
		{"sequential", Sequential{conv(Conv2DConfig{Kernel: 3}), ReLU, MaxPool2D{Size: 2}, Flatten}, []int{10, 10, 3}, []int{128}},
		{"tokens", Sequential{NewEmbedding(rng, 10, 4), NewRNN(rng, 4, 6)}, []int{7}, []int{7, 6}},
		{"a user's", own{NewDense(rng, 3, 2)}, []int{4, 4, 3}, []int{1, 2}},
		{"activations", Sequential{ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, GELU, SiLU}, []int{4}, []int{4}},
	} {
		if got := OutShape(c.l, c.in...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v of %v, want %v", c.name, got, c.in, c.want)
		}
	}
	wantMistake(t, "[4]", func() { OutShape(NewDense(rng, 5, 7), 4) })
}
