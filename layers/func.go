package layers

import "github.com/braidml/braid/tensor"

// Func is a Layer without parameters. Any method of a tensor that takes nothing is one: Func((*tensor.Tensor).Exp).
type Func func(*tensor.Tensor) *tensor.Tensor

// Forward calls f.
func (f Func) Forward(x *tensor.Tensor) *tensor.Tensor { return saw(f, f(x)) }

// Activations and changes of shape, as layers.
var (
	ReLU      Layer = Func((*tensor.Tensor).ReLU)
	LeakyReLU Layer = Func((*tensor.Tensor).LeakyReLU)
	Tanh      Layer = Func((*tensor.Tensor).Tanh)
	Sigmoid   Layer = Func((*tensor.Tensor).Sigmoid)
	Softplus  Layer = Func((*tensor.Tensor).Softplus)
	GELU      Layer = Func((*tensor.Tensor).GELU)
	SiLU      Layer = Func((*tensor.Tensor).SiLU)
	Flatten   Layer = Func((*tensor.Tensor).Flatten) // [n, …] -> [n, m]
	Pixels    Layer = Func((*tensor.Tensor).Float)   // bytes to [0, 1]
)

// Reshape gives every sample a shape, [n, …] -> [n, Shape…]. One -1 is inferred.
type Reshape struct{ Shape []int }

// Forward reshapes x.
func (r Reshape) Forward(x *tensor.Tensor) *tensor.Tensor {
	return saw(r, x.Reshape(append([]int{x.Dim(0)}, r.Shape...)...))
}

// Dropout zeroes a part of x in training passes and scales the rest up, so that the mean stays. torch.nn.Dropout.
type Dropout struct{ Rate float32 } // in [0, 1)

// Forward drops elements of x.
func (d Dropout) Forward(x *tensor.Tensor) *tensor.Tensor {
	expect(d.Rate >= 0 && d.Rate < 1, "Dropout", "the rate is %v: at least 0 and below 1 is expected", d.Rate)
	return saw(d, x.Dropout(d.Rate))
}
