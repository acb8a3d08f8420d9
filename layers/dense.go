package layers

import (
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Dense is a fully connected layer, x·Weightᵀ + Bias, over the last dimension: [n, in] -> [n, out]. torch.nn.Linear.
type Dense struct {
	Weight *tensor.Tensor // [out, in]
	Bias   *tensor.Tensor // [out], or nil
}

// NewDense draws weights by GlorotUniform and sets the bias to zero, as Keras does.
func NewDense(rng *rand.Rand, in, out int) *Dense {
	return NewDenseInit(rng, in, out, GlorotUniform)
}

// NewDenseInit is NewDense with another initialiser.
func NewDenseInit(rng *rand.Rand, in, out int, init Init) *Dense {
	expect(in >= 1 && out >= 1, "NewDense", "in is %d and out is %d: at least 1 is expected", in, out)
	return &Dense{Weight: newParam(rng, init, in, out, out, in), Bias: zeros(out)}
}

// Forward maps the last dimension of x.
func (d *Dense) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(d, x.Linear(d.Weight, d.Bias))
}
