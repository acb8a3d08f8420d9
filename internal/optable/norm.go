package optable

import "github.com/braidml/braid/tensor"

// running makes a running mean and variance for three channels.
func running() []*tensor.Tensor {
	return []*tensor.Tensor{
		tensor.NewParam([]float32{0.5, -0.25, 1}, 3).Freeze(),
		tensor.NewParam([]float32{1.5, 0.5, 2}, 3).Freeze(),
	}
}

// batchNorm is a row of a batch normalisation of x, whose last dimension is three channels.
func batchNorm(name string, k func(n int) int, minBatch int, shape ...int) Row {
	return Row{Name: name, Args: []Arg{in(reals, shape...), in(positive, 3), in(reals, 3)}, State: running,
		Terms: k, Roundings: 8, MinBatch: minBatch,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return tensor.BatchNorm(xs[0], xs[1], xs[2], xs[3], xs[4], 0.1, 1e-3)
		}}
}

func layerNorm(_ *tensor.Pass, xs xs) *tensor.Tensor {
	return tensor.LayerNorm(xs[0], xs[1], xs[2], 1e-5)
}

var norms = []Row{
	// A batch of one value has no variance, so the running one would become NaN: two rows are the least.
	batchNorm("BatchNorm", termsPerRow(1), 2, N, 3),
	batchNorm("BatchNorm/maps", termsPerRow(6), 1, N, 2, 3, 3),
	batchNorm("BatchNorm/sequence", termsPerRow(4), 1, N, 4, 3),
	func() Row {
		r := batchNorm("BatchNorm/inference", terms(1), 0, N, 2, 2, 3)
		r.Inference = true
		return r
	}(),
	{Name: "LayerNorm", Args: []Arg{in(reals, N, 5), in(positive, 5), in(reals, 5)}, Terms: terms(5), Roundings: 8, Forward: layerNorm},
	{Name: "LayerNorm/sequence", Args: []Arg{in(reals, N, 3, 7), in(positive, 7), in(reals, 7)}, Terms: terms(7), Roundings: 8,
		Forward: layerNorm},
	{Name: "LayerNorm/long", Args: []Arg{in(reals, N, 130), in(positive, 130), in(reals, 130)}, Terms: terms(130), Roundings: 8,
		Forward: layerNorm},
}
