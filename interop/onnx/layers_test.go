package onnx

import (
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// layerZoo is every layer, and operations that layers of users may have.
func layerZoo() (all []exported) {
	r := newRand(20)
	image := []int{8, 6, 4}
	add := func(name string, l layers.Layer, shape ...int) {
		all = append(all, exported{name, trained(l), Options{Shape: shape}, 0})
	}
	fn := func(name string, shape []int, f func(x *tensor.Tensor) *tensor.Tensor) {
		add(name, layers.Func(f), shape...)
	}
	add("convolutions", layers.Sequential{
		layers.NewConv2D(r, layers.Conv2DConfig{In: 4, Out: 5, Kernel: 3, Stride: 2, Pad: 2, Dilation: 2}), layers.LeakyReLU,
		layers.NewConvTranspose2D(r, layers.Conv2DConfig{In: 5, Out: 3, Kernel: 3, Stride: 2, OutPad: 1, Pad: 1}),
	}, image...)
	add("pools", layers.Sequential{layers.MaxPool2D{Size: 3, Stride: 1, Pad: 1}, layers.AvgPool2D{Size: 3, Stride: 2, Pad: 1}, layers.Upsample2D{Factor: 3}}, image...)
	add("activations", layers.Sequential{layers.NewDense(r, 6, 9), layers.GELU, layers.SiLU, layers.Softplus, layers.Tanh, layers.Sigmoid,
		layers.Dropout{Rate: 0.5}, layers.NewLayerNorm(9)}, 6)
	add("residual", layers.Sequential{layers.Residual{
		Body:     layers.Sequential{layers.NewConv2D(r, layers.Conv2DConfig{In: 4, Out: 7, Kernel: 3, Pad: 1}), layers.NewBatchNorm(7), layers.ReLU},
		Shortcut: layers.NewConv2D(r, layers.Conv2DConfig{In: 4, Out: 7, Kernel: 1}),
	}, layers.GlobalAvgPool2D{}, layers.NewBatchNorm(7)}, image...)
	add("spectral", layers.Sequential{layers.NewSpectral(r, layers.NewConv2D(r, layers.Conv2DConfig{In: 4, Out: 5, Kernel: 3})), layers.Flatten,
		layers.NewSpectral(r, layers.NewDense(r, 120, 4))}, image...)
	add("rnn and norms over time", layers.Sequential{layers.NewRNN(r, 5, 6), layers.NewBatchNorm(6), layers.NewDense(r, 6, 3), layers.NewLayerNorm(3)}, 7, 5)
	scale := tensor.NewParam([]float32{1, 2, 3, 4}, 4)
	fn("image arithmetic", image, func(x *tensor.Tensor) *tensor.Tensor {
		y := tensor.Conv2D(x, tensor.NewParam(numbers(5*4), 5, 1, 1, 4), nil, tensor.Conv2DOptions{})
		z := y.Slice(3, 1, 5).Mul(scale).Add(x).Maximum(x.Scale(2)).Shift(-0.3).Flip(1, 3)
		return tensor.Concat(3, z, y.Abs().Sqrt(), x).Pad(2, 1, 2, 0.5).Transpose(0, 2, 3, 1)
	})
	fn("image to numbers", image, func(x *tensor.Tensor) *tensor.Tensor {
		y := x.MaxPool2D(2, 2, 0)
		return tensor.Concat(1, y.Mean(1, 2), y.Sum(3).Flatten(), y.Mean(1).Flatten(), y.Square().Sum(1, 2), y.Flatten().Flip(1), y.Softmax(-1).Flatten(),
			y.LogSoftmax(1).Reshape(-1, 48), y.Max(3).Flatten(), y.ArgMin(1).Float().Flatten())
	})
	fn("functions", []int{5}, func(x *tensor.Tensor) *tensor.Tensor {
		y := x.Shift(0.1)
		return tensor.Concat(1, y.Exp(), y.Log(), y.Neg(), y.Sign(), y.Reciprocal(), y.Pow(1.5), y.Clamp(0.3, 0.6), y.Sin(), y.Cos(), y.ELU(0.7),
			y.Scale(7).Floor(), y.Scale(7).Ceil(), y.Scale(7).Round(), y.Power(x), y.Div(x.Shift(1)), y.Minimum(x.Sub(y)), y.Scale(9).Int().Float())
	})
	fn("comparisons", []int{6}, func(x *tensor.Tensor) *tensor.Tensor {
		half := x.Pass().Full(0.5, 6)
		ids := x.Scale(5).Int()
		all := tensor.Concat(1, x.Less(half), x.LessEqual(half), x.Greater(half), x.GreaterEqual(half), x.Equal(x), tensor.Where(x.Less(half), x, half),
			ids.NotEqual(2), x.Gather(1, ids))
		return tensor.Concat(1, all, ids.OneHot(5).Flatten(), tensor.NewParam(numbers(15), 5, 3).Rows(ids).Flatten(), tensor.NewParam(numbers(10), 5, 2).Embedding(ids).Flatten())
	})
	fn("products", []int{3, 4}, func(x *tensor.Tensor) *tensor.Tensor {
		scores := x.MatMul(x.Transpose(0, 2, 1)).Softmax(-1)
		return tensor.Stack(1, scores.MatMul(x), x.Expand(x.Shape()...)).Var(1).Sum(2)
	})
	fn("padded sequences", []int{5, 3}, func(x *tensor.Tensor) *tensor.Tensor {
		p := x.Pass()
		lengths := x.Scale(2.5).Sum(1).Slice(1, 0, 1).Flatten().Clamp(0, 5).Int().Reshape(-1)
		h0 := x.Mean(1).Expand(x.Dim(0), 3)
		states, last := tensor.RNN(x.Scale(3), p.Use(tensor.NewParam(numbers(9), 3, 3)).Scale(2), tensor.NewParam(numbers(9), 3, 3), nil, h0, lengths)
		z := x.Tanh().Linear(tensor.NewParam(numbers(9), 3, 3), tensor.NewParam(numbers(3), 3))
		return tensor.Concat(1, states.Flatten(), last, z.Slice(1, 1, -1).Flatten(), states.Sub(z).Flatten())
	})
	return all
}

func numbers(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i%7)/7 - 0.4
	}
	return v
}
