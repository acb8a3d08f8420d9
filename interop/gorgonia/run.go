package gorgonia

import (
	"fmt"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// run computes f of arrays on the device. done is false, and nothing computed, where the arrays are float64 and the
// device's numbers are not.
func (e Engine) run(f func(x []*tensor.Tensor) *tensor.Tensor, in ...tensor.Array) (out tensor.Array, done bool, err error) {
	dev := e.Device
	if dev == nil {
		dev = tensor.CPU()
	}
	err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		if in[0].DType() == tensor.Float64 && p.Full(0).DType() != tensor.Float64 {
			return nil
		}
		x := make([]*tensor.Tensor, len(in))
		for i, a := range in {
			x[i] = p.Input(a)
		}
		out, done = f(x).Array(), true
		return nil
	})
	return out, done && err == nil, err
}

// taken is t's elements if they can go to a device: float32 or float64, at least one, no mask, in memory that Go can
// read. What it refuses is the standard engine's, and so are the errors about it.
func taken(t g.Tensor) (*g.Dense, tensor.Array, bool) {
	d, ok := t.(*g.Dense)
	if !ok || d == nil || d.Dtype() != g.Float32 && d.Dtype() != g.Float64 {
		return nil, tensor.Array{}, false
	}
	a, err := Array(d)
	return d, a, err == nil && a.Len() > 0
}

// fresh is a as an array of Gorgonia's with d's type, whose operations run on e.
func (e Engine) fresh(d *g.Dense, a tensor.Array, shape ...int) *g.Dense {
	return g.New(g.WithShape(shape...), g.WithBacking(backing(d, a)), g.WithEngine(e))
}

// backing is a's elements in d's type, which a device in float64 does not keep.
func backing(d *g.Dense, a tensor.Array) any {
	if d.Dtype() == g.Float64 {
		return a.Float64s()
	}
	return a.Floats()
}

// scatter copies a into d, which has as many elements.
func scatter(d *g.Dense, a tensor.Array) error {
	if d.Dtype() == g.Float64 {
		return place(d, d.Float64s(), a.Float64s())
	}
	return place(d, d.Float32s(), a.Floats())
}

func place[T tensor.Elem](d *g.Dense, to, from []T) error {
	l, err := layoutOf(d, len(to))
	if err != nil {
		return fmt.Errorf("gorgonia: result: %w", err)
	}
	if l.dense() {
		copy(to, from)
		return nil
	}
	l.each(func(i, at int) { to[at] = from[i] })
	return nil
}
