package layers

import "github.com/braidml/braid/tensor"

// BatchNorm normalises each channel (the last dimension) by the batch in training, by the running mean and variance
// otherwise: (x - mean)/sqrt(var + Eps)·Weight + Bias. torch.nn.BatchNorm1d and 2d (Ioffe and Szegedy 2015).
type BatchNorm struct {
	Weight, Bias *tensor.Tensor // [c]
	Mean         *tensor.Tensor `param:"mean,state"` // [c], frozen: moved by training passes, not by optimizers
	Var          *tensor.Tensor `param:"var,state"`  // [c], frozen
	Momentum     float32        // how far a batch moves Mean and Var, 0.1 (Keras counts the other way: 0.99)
	Eps          float32        // 1e-5
}

// NewBatchNorm is the identity at first, with PyTorch's Momentum and Eps.
func NewBatchNorm(channels int) *BatchNorm {
	expect(channels >= 1, "NewBatchNorm", "channels is %d: at least 1 is expected", channels)
	return &BatchNorm{
		Weight: ones(channels), Bias: zeros(channels),
		Mean: zeros(channels).Freeze(), Var: ones(channels).Freeze(),
		Momentum: 0.1, Eps: 1e-5,
	}
}

// Forward normalises x.
func (b *BatchNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(b, tensor.BatchNorm(x, b.Weight, b.Bias, b.Mean, b.Var, b.Momentum, b.Eps))
}

// LayerNorm normalises the last dimension of each sample. torch.nn.LayerNorm (Ba et al. 2016).
type LayerNorm struct {
	Weight, Bias *tensor.Tensor // [dim]
	Eps          float32        // 1e-5
}

// NewLayerNorm is a plain normalisation at first.
func NewLayerNorm(dim int) *LayerNorm {
	expect(dim >= 1, "NewLayerNorm", "dim is %d: at least 1 is expected", dim)
	return &LayerNorm{Weight: ones(dim), Bias: zeros(dim), Eps: 1e-5}
}

// Forward normalises x.
func (l *LayerNorm) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(l, tensor.LayerNorm(x, l.Weight, l.Bias, l.Eps))
}
