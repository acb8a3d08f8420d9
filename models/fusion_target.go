package models

import "github.com/braidml/braid/tensor"

// scaled is the head's outputs in units of the targets.
func (f *Fusion) scaled(y *tensor.Tensor) *tensor.Tensor {
	c := f.Config
	if c.Scale == nil {
		return y
	}
	p := y.Pass()
	return y.Mul(p.Input(tensor.ArrayOf(c.Scale, len(c.Scale)))).Add(p.Input(tensor.ArrayOf(c.Shift, len(c.Shift))))
}

// Loss is l of outputs and targets divided by Config.Scale, where there is one: targets of any unit, and several of
// different units, then train at the same rate.
func (f *Fusion) Loss(l func(output, target *tensor.Tensor) *tensor.Tensor) func(output, target *tensor.Tensor) *tensor.Tensor {
	if f.Config.Scale == nil {
		return l
	}
	inverse := make([]float32, len(f.Config.Scale))
	for i, s := range f.Config.Scale {
		inverse[i] = 1 / s
	}
	a := tensor.ArrayOf(inverse, len(inverse))
	return func(output, target *tensor.Tensor) *tensor.Tensor {
		by := output.Pass().Input(a)
		return l(output.Mul(by), target.Mul(by))
	}
}
