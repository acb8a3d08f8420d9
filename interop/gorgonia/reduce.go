package gorgonia

import (
	"slices"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

var (
	_ g.Sumer    = Engine{}
	_ g.Maxer    = Engine{}
	_ g.Miner    = Engine{}
	_ g.Argmaxer = Engine{}
	_ g.Argminer = Engine{}
)

// Sum adds along the given axes, which are dropped, or along all.
func (e Engine) Sum(a g.Tensor, along ...int) (g.Tensor, error) {
	sum := func(x *tensor.Tensor, axes []int) *tensor.Tensor { return x.Sum(axes...) }
	return e.reduce(sum, e.StdEng.Sum, a, along)
}

// Max is the largest element along the given axes, which are dropped, or along all.
func (e Engine) Max(a g.Tensor, along ...int) (g.Tensor, error) {
	return e.reduce(eachAxis((*tensor.Tensor).Max), e.StdEng.Max, a, along)
}

// Min is the smallest element along the given axes, which are dropped, or along all.
func (e Engine) Min(a g.Tensor, along ...int) (g.Tensor, error) {
	return e.reduce(eachAxis((*tensor.Tensor).Min), e.StdEng.Min, a, along)
}

// eachAxis folds one axis after the other, from the last, so that the numbers of those that follow stay.
func eachAxis(f func(x *tensor.Tensor, axis int) *tensor.Tensor) func(*tensor.Tensor, []int) *tensor.Tensor {
	return func(x *tensor.Tensor, axes []int) *tensor.Tensor {
		for _, axis := range slices.Backward(axes) {
			x = f(x, axis)
		}
		return x
	}
}

func (e Engine) reduce(f func(x *tensor.Tensor, axes []int) *tensor.Tensor, std func(a g.Tensor, along ...int) (g.Tensor, error), a g.Tensor, along []int) (g.Tensor, error) {
	x, in, ok := taken(a)
	if e.FasterOnly || !ok || x.IsScalar() {
		return std(a, along...)
	}
	axes := slices.Sorted(slices.Values(along))
	if len(axes) == 0 {
		for i := range x.Dims() {
			axes = append(axes, i)
		}
	}
	if axes[0] < 0 || axes[len(axes)-1] >= x.Dims() || len(slices.Compact(slices.Clone(axes))) < len(axes) {
		return std(a, along...)
	}
	out, done, err := e.run(func(x []*tensor.Tensor) *tensor.Tensor { return f(x[0], axes) }, in)
	if !done && err == nil {
		return std(a, along...)
	}
	if err != nil {
		return nil, err
	}
	return e.fresh(x, out, out.Shape()...), nil
}

// Argmax is the position of the largest element along axis, or in all, row by row, where axis is g.AllAxes; the first
// one where several are equal. Gorgonia's method (*Dense).Argmax asks its own engines by a private name and does not
// come here; its function Argmax does.
func (e Engine) Argmax(a g.Tensor, axis int) (g.Tensor, error) {
	return e.position((*tensor.Tensor).ArgMax, e.StdEng.Argmax, a, axis)
}

// Argmin is the position of the smallest element along axis. See Argmax.
func (e Engine) Argmin(a g.Tensor, axis int) (g.Tensor, error) {
	return e.position((*tensor.Tensor).ArgMin, e.StdEng.Argmin, a, axis)
}

func (e Engine) position(f func(x *tensor.Tensor, axis int) *tensor.Tensor, std func(a g.Tensor, axis int) (g.Tensor, error), a g.Tensor, axis int) (g.Tensor, error) {
	x, in, ok := taken(a)
	if !ok || x.IsScalar() || axis >= x.Dims() || axis < 0 && axis != g.AllAxes {
		return std(a, axis)
	}
	if axis == g.AllAxes {
		in, axis = in.Reshape(in.Len()), 0
	}
	out, done, err := e.run(func(x []*tensor.Tensor) *tensor.Tensor { return f(x[0], axis) }, in)
	if !done && err == nil {
		return std(a, axis)
	}
	if err != nil {
		return nil, err
	}
	at := make([]int, out.Len())
	for i, v := range tensor.Values[int32](out) {
		at[i] = int(v)
	}
	return g.New(g.WithShape(out.Shape()...), g.WithBacking(at), g.WithEngine(e)), nil
}
