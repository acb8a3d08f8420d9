package gorgonia

import (
	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

var (
	_ g.Adder = Engine{}
	_ g.Suber = Engine{}
	_ g.Muler = Engine{}
	_ g.Diver = Engine{}
	_ g.Power = Engine{}
	_ g.FMAer = Engine{}
)

// Add is a + b.
func (e Engine) Add(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.binary((*tensor.Tensor).Add, e.StdEng.Add, a, b, opts)
}

// Sub is a - b.
func (e Engine) Sub(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.binary((*tensor.Tensor).Sub, e.StdEng.Sub, a, b, opts)
}

// Mul is a·b, element by element.
func (e Engine) Mul(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.binary((*tensor.Tensor).Mul, e.StdEng.Mul, a, b, opts)
}

// Div is a / b.
func (e Engine) Div(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.binary((*tensor.Tensor).Div, e.StdEng.Div, a, b, opts)
}

// Pow is a to the power of b.
func (e Engine) Pow(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.binary((*tensor.Tensor).Power, e.StdEng.Pow, a, b, opts)
}

// AddScalar is a + b.
func (e Engine) AddScalar(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.scalar((*tensor.Tensor).Add, e.StdEng.AddScalar, a, b, leftTensor, opts)
}

// SubScalar is a - b, or b - a where leftTensor is false.
func (e Engine) SubScalar(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.scalar((*tensor.Tensor).Sub, e.StdEng.SubScalar, a, b, leftTensor, opts)
}

// MulScalar is a·b.
func (e Engine) MulScalar(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.scalar((*tensor.Tensor).Mul, e.StdEng.MulScalar, a, b, leftTensor, opts)
}

// DivScalar is a / b, or b / a where leftTensor is false.
func (e Engine) DivScalar(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.scalar((*tensor.Tensor).Div, e.StdEng.DivScalar, a, b, leftTensor, opts)
}

// PowScalar is a to the power of b, or b to the power of a where leftTensor is false.
func (e Engine) PowScalar(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.scalar((*tensor.Tensor).Power, e.StdEng.PowScalar, a, b, leftTensor, opts)
}

// FMA adds a·x to y.
func (e Engine) FMA(a, x, y g.Tensor) (g.Tensor, error) { return e.Mul(a, x, g.WithIncr(y)) }

// FMAScalar adds a·x to y.
func (e Engine) FMAScalar(a g.Tensor, x any, y g.Tensor) (g.Tensor, error) {
	return e.MulScalar(a, x, true, g.WithIncr(y))
}
