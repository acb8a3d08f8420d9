package gorgonia

import (
	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

var (
	_ g.Neger     = Engine{}
	_ g.Inver     = Engine{}
	_ g.Squarer   = Engine{}
	_ g.Cuber     = Engine{}
	_ g.Exper     = Engine{}
	_ g.Loger     = Engine{}
	_ g.Tanher    = Engine{}
	_ g.Sqrter    = Engine{}
	_ g.InvSqrter = Engine{}
	_ g.Abser     = Engine{}
	_ g.Signer    = Engine{}
	_ g.Clamper   = Engine{}
)

// Neg is -a.
func (e Engine) Neg(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Neg, e.StdEng.Neg, a, opts)
}

// Inv is 1 / a.
func (e Engine) Inv(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Reciprocal, e.StdEng.Inv, a, opts)
}

// Square is a².
func (e Engine) Square(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Square, e.StdEng.Square, a, opts)
}

// Cube is a³.
func (e Engine) Cube(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	cube := func(x *tensor.Tensor) *tensor.Tensor { return x.Square().Mul(x) }
	return e.unary(light, cube, e.StdEng.Cube, a, opts)
}

// Exp is e to the power of a.
func (e Engine) Exp(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(heavy, (*tensor.Tensor).Exp, e.StdEng.Exp, a, opts)
}

// Log is the natural logarithm of a.
func (e Engine) Log(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(heavy, (*tensor.Tensor).Log, e.StdEng.Log, a, opts)
}

// Tanh is the hyperbolic tangent of a.
func (e Engine) Tanh(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(heavy, (*tensor.Tensor).Tanh, e.StdEng.Tanh, a, opts)
}

// Sqrt is the square root of a.
func (e Engine) Sqrt(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Sqrt, e.StdEng.Sqrt, a, opts)
}

// InvSqrt is 1 / √a.
func (e Engine) InvSqrt(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	inv := func(x *tensor.Tensor) *tensor.Tensor { return x.Sqrt().Reciprocal() }
	return e.unary(light, inv, e.StdEng.InvSqrt, a, opts)
}

// Abs is |a|.
func (e Engine) Abs(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Abs, e.StdEng.Abs, a, opts)
}

// Sign is -1, 0 or 1.
func (e Engine) Sign(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	return e.unary(light, (*tensor.Tensor).Sign, e.StdEng.Sign, a, opts)
}

// Clamp is a limited to [low, high]. NaN stays NaN.
func (e Engine) Clamp(a g.Tensor, low, high any, opts ...g.FuncOpt) (g.Tensor, error) {
	x, in, ok := taken(a)
	lo, from := one(low)
	hi, to := one(high)
	if e.FasterOnly || !ok || !from || !to || lo.DType() != in.DType() || hi.DType() != in.DType() || x.IsScalar() {
		return e.StdEng.Clamp(a, low, high, opts...)
	}
	clamp := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Maximum(x[1]).Minimum(x[2]) }
	out, done, err := e.into(x, clamp, opts, in, lo, hi)
	if !done && err == nil {
		return e.StdEng.Clamp(a, low, high, opts...)
	}
	return out, err
}
