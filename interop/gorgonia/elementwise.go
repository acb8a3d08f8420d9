package gorgonia

import (
	"slices"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

type (
	unaryFunc  func(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error)
	binaryFunc func(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error)
	scalarFunc func(a g.Tensor, b any, leftTensor bool, opts ...g.FuncOpt) (g.Tensor, error)
)

// cost says whether computing an element takes longer than bringing it to the device and back.
type cost bool

const light, heavy cost = false, true

// unary computes f of a, or leaves it to std.
func (e Engine) unary(c cost, f func(x *tensor.Tensor) *tensor.Tensor, std unaryFunc, a g.Tensor, opts []g.FuncOpt) (g.Tensor, error) {
	x, left, ok := taken(a)
	if e.FasterOnly && c == light || !ok || x.IsScalar() {
		return std(a, opts...)
	}
	out, done, err := e.into(x, func(x []*tensor.Tensor) *tensor.Tensor { return f(x[0]) }, opts, left)
	if !done && err == nil {
		return std(a, opts...)
	}
	return out, err
}

// binary computes f of a and b, which have one shape and type, or leaves it to std.
func (e Engine) binary(f func(x, y *tensor.Tensor) *tensor.Tensor, std binaryFunc, a, b g.Tensor, opts []g.FuncOpt) (g.Tensor, error) {
	x, left, ok := taken(a)
	y, right, also := taken(b)
	if e.FasterOnly || !ok || !also || x.Dtype() != y.Dtype() || !slices.Equal(x.Shape(), y.Shape()) || x.IsScalar() {
		return std(a, b, opts...)
	}
	out, done, err := e.into(x, func(x []*tensor.Tensor) *tensor.Tensor { return f(x[0], x[1]) }, opts, left, right)
	if !done && err == nil {
		return std(a, b, opts...)
	}
	return out, err
}

// scalar computes f of a and the number b, or of b and a where leftTensor is false, or leaves it to std.
func (e Engine) scalar(f func(x, y *tensor.Tensor) *tensor.Tensor, std scalarFunc, a g.Tensor, b any, leftTensor bool, opts []g.FuncOpt) (g.Tensor, error) {
	x, left, ok := taken(a)
	number, also := one(b)
	if e.FasterOnly || !ok || !also || left.DType() != number.DType() || x.IsScalar() {
		return std(a, b, leftTensor, opts...)
	}
	out, done, err := e.into(x, func(x []*tensor.Tensor) *tensor.Tensor {
		if leftTensor {
			return f(x[0], x[1])
		}
		return f(x[1], x[0])
	}, opts, left, number)
	if !done && err == nil {
		return std(a, b, leftTensor, opts...)
	}
	return out, err
}

// one is a number, or Gorgonia's scalar, as an array of no dimensions, which goes with every shape.
func one(v any) (tensor.Array, bool) {
	if t, ok := v.(g.Tensor); ok {
		if !t.Shape().IsScalar() {
			return tensor.Array{}, false
		}
		v = t.ScalarValue()
	}
	switch v := v.(type) {
	case float32:
		return tensor.ArrayOf([]float32{v}), true
	case float64:
		return tensor.ArrayOf([]float64{v}), true
	}
	return tensor.Array{}, false
}

// into computes f and puts it where Gorgonia's options say: added to WithIncr's array, into WithReuse's, into a by
// UseUnsafe, else into a new one that lies in memory as a does. All operands are read before anything is written.
func (e Engine) into(a *g.Dense, f func([]*tensor.Tensor) *tensor.Tensor, opts []g.FuncOpt, in ...tensor.Array) (ret *g.Dense, done bool, err error) {
	o := g.ParseFuncOpts(opts...)
	dst, incr := o.IncrReuse()
	if dst != nil {
		to, was, ok := taken(dst)
		if !ok || to.Dtype() != a.Dtype() || !slices.Equal(to.Shape(), a.Shape()) || to.DataOrder().IsColMajor() != a.DataOrder().IsColMajor() {
			return nil, false, nil // the standard engine reshapes it, or says what is wrong
		}
		if ret = to; incr {
			sum := f
			f = func(x []*tensor.Tensor) *tensor.Tensor { return x[len(x)-1].Add(sum(x)) }
			in = append(in, was)
		}
	}
	out, done, err := e.run(f, in...)
	if !done || err != nil {
		return nil, false, err
	}
	switch {
	case ret != nil:
	case !o.Safe():
		ret = a
	case plainLayout(a):
		return g.New(g.WithShape(a.Shape().Clone()...), g.WithBacking(backing(a, out)), g.WithEngine(a.Engine())), true, nil
	default:
		ret = a.Clone().(*g.Dense)
	}
	return ret, true, scatter(ret, out)
}

// plainLayout reports whether a new array of a's shape lies in memory as a does.
func plainLayout(a *g.Dense) bool {
	return !a.IsView() && !a.RequiresIterator() && !a.DataOrder().IsColMajor() && slices.Equal(a.Strides(), rowMajor(a.Shape()))
}
