package golden

import (
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

func both(n int) [2]int { return [2]int{n, n} }

// single is a network of one layer.
func single(l layers.Layer, terms, depth int) network {
	return network{model: l, terms: terms, depth: depth,
		forward: func(_ *tensor.Pass, x in) *tensor.Tensor { return l.Forward(x["x"]) }}
}

func conv(o tensor.Conv2DOptions) func(tensorcheck.Case) network {
	return func(c tensorcheck.Case) network {
		l := &layers.Conv2D{Weight: param(c, "weight"), Bias: param(c, "bias"), Options: o}
		return single(l, l.Weight.Len()/l.Weight.Dim(0), 2)
	}
}

func transposed(o tensor.Conv2DOptions) func(tensorcheck.Case) network {
	return func(c tensorcheck.Case) network {
		l := &layers.ConvTranspose2D{Weight: param(c, "weight"), Bias: param(c, "bias"), Options: o}
		return single(l, l.Weight.Len()/l.Weight.Dim(3), 2)
	}
}

func TestConvolutions(t *testing.T) {
	all(t, "conv", map[string]func(tensorcheck.Case) network{
		"plain":       conv(tensor.Conv2DOptions{}),
		"same":        conv(tensor.Conv2DOptions{Pad: both(1)}),
		"one_pixel":   conv(tensor.Conv2DOptions{}),
		"stride":      conv(tensor.Conv2DOptions{Stride: both(2), Pad: both(1)}),
		"stride_rest": conv(tensor.Conv2DOptions{Stride: both(3)}),
		"dilation":    conv(tensor.Conv2DOptions{Dilation: both(2), Pad: both(2)}),
		"directions":  conv(tensor.Conv2DOptions{Stride: [2]int{1, 2}, Pad: [2]int{1, 0}, Dilation: [2]int{2, 1}}),
		"wide":        conv(tensor.Conv2DOptions{Stride: both(2), Pad: both(2)}),

		"transposed":          transposed(tensor.Conv2DOptions{}),
		"transposed_doubles":  transposed(tensor.Conv2DOptions{Stride: both(2), Pad: both(1)}),
		"transposed_out_pad":  transposed(tensor.Conv2DOptions{Stride: both(2), Pad: both(1), OutPad: both(1)}),
		"transposed_gaps":     transposed(tensor.Conv2DOptions{Stride: both(3)}),
		"transposed_dilation": transposed(tensor.Conv2DOptions{Dilation: both(2), Pad: both(1)}),
		"transposed_directions": transposed(tensor.Conv2DOptions{
			Stride: [2]int{2, 1}, Pad: [2]int{0, 1}, OutPad: [2]int{1, 0}}),
	})
}

func TestPools(t *testing.T) {
	after := func(pool layers.Layer) func(tensorcheck.Case) network {
		return func(c tensorcheck.Case) network {
			l := &layers.Conv2D{Weight: param(c, "weight"), Bias: param(c, "bias")}
			net := single(l, 12, 3)
			net.forward = func(_ *tensor.Pass, x in) *tensor.Tensor { return pool.Forward(l.Forward(x["x"])) }
			return net
		}
	}
	global := layers.Func(func(x *tensor.Tensor) *tensor.Tensor {
		return layers.GlobalAvgPool2D{}.Forward(x).Unsqueeze(1).Unsqueeze(1)
	})
	all(t, "pool", map[string]func(tensorcheck.Case) network{
		"max":             after(layers.MaxPool2D{Size: 2}),
		"max_overlap":     after(layers.MaxPool2D{Size: 3, Stride: 2, Pad: 1}),
		"average":         after(layers.AvgPool2D{Size: 2}),
		"average_overlap": after(layers.AvgPool2D{Size: 3, Stride: 2, Pad: 1}),
		"global":          after(global),
		"upsample":        after(layers.Upsample2D{Factor: 2}),
	})
}

func TestActivations(t *testing.T) {
	after := func(act func(x *tensor.Tensor) *tensor.Tensor) func(tensorcheck.Case) network {
		return func(c tensorcheck.Case) network {
			l := &layers.Dense{Weight: param(c, "weight"), Bias: param(c, "bias")}
			net := single(l, 5, 4)
			net.forward = func(_ *tensor.Pass, x in) *tensor.Tensor { return act(l.Forward(x["x"])) }
			return net
		}
	}
	all(t, "activation", map[string]func(tensorcheck.Case) network{
		"relu":        after((*tensor.Tensor).ReLU),
		"leaky_relu":  after((*tensor.Tensor).LeakyReLU),
		"tanh":        after((*tensor.Tensor).Tanh),
		"sigmoid":     after((*tensor.Tensor).Sigmoid),
		"softplus":    after((*tensor.Tensor).Softplus),
		"gelu":        after((*tensor.Tensor).GELU),
		"silu":        after((*tensor.Tensor).SiLU),
		"elu":         after(func(x *tensor.Tensor) *tensor.Tensor { return x.ELU(0.7) }),
		"softmax":     after(func(x *tensor.Tensor) *tensor.Tensor { return x.Softmax(-1) }),
		"log_softmax": after(func(x *tensor.Tensor) *tensor.Tensor { return x.LogSoftmax(1) }),
		"var": after(func(x *tensor.Tensor) *tensor.Tensor {
			return x.Var(1).Unsqueeze(1).Expand(x.Shape()...)
		}),
	})
}

func TestRecurrences(t *testing.T) {
	build := func(c tensorcheck.Case) network {
		l := &layers.RNN{Wih: param(c, "weight_ih"), Whh: param(c, "weight_hh"), Bias: param(c, "bias")}
		return network{model: l, terms: 6 * 8, depth: 6, forward: func(_ *tensor.Pass, x in) *tensor.Tensor {
			states, last := l.Run(x["x"], x["h0"], x["lengths"])
			if x["mask"] != nil { // PyTorch's states end in zeros, ours repeat the last one
				states = states.Mul(x["mask"])
			}
			return tensor.Concat(1, states, last.Unsqueeze(1))
		}}
	}
	all(t, "rnn", map[string]func(tensorcheck.Case) network{
		"plain": build, "start": build, "lengths": build, "start_lengths": build,
	})
}

func TestNorms(t *testing.T) {
	batch := func(c tensorcheck.Case) network {
		l := layers.NewBatchNorm(4)
		return single(l, c.In["x"].Len()/4, 4)
	}
	layer := func(tensorcheck.Case) network { return single(layers.NewLayerNorm(7), 7, 4) }
	all(t, "norm", map[string]func(tensorcheck.Case) network{
		"batch": batch, "batch_maps": batch, "batch_sequence": batch, "layer": layer, "layer_sequence": layer,
	})
}
