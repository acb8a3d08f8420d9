package gorgonia

import (
	"errors"
	"fmt"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// Array is d as an array: d's own elements where they lie row-major and without gaps, and a copy where d is
// transposed, sliced, column-major or a scalar. Elements are float32, float64, int32 or uint8; other types, masked
// arrays and arrays in memory that Go cannot read are errors.
func Array(d *g.Dense) (tensor.Array, error) {
	switch {
	case d == nil:
		return tensor.Array{}, errors.New("gorgonia: Array: no array (nil)")
	case len(d.Mask()) > 0:
		return tensor.Array{}, fmt.Errorf("gorgonia: Array: %v: the array is masked, and braid has no masks: fill or drop the masked elements", d.Shape())
	case !d.IsNativelyAccessible():
		return tensor.Array{}, fmt.Errorf("gorgonia: Array: %v: the elements are not in memory that Go can read", d.Shape())
	}
	switch d.Dtype() {
	case g.Float32:
		return gather(d, d.Float32s())
	case g.Float64:
		return gather(d, d.Float64s())
	case g.Int32:
		return gather(d, d.Int32s())
	case g.Uint8:
		return gather(d, d.Uint8s())
	}
	return tensor.Array{}, fmt.Errorf("gorgonia: Array: %v of %v: want float32, float64, int32 or uint8", d.Shape(), d.Dtype())
}

func gather[T tensor.Elem](d *g.Dense, data []T) (tensor.Array, error) {
	l, err := layoutOf(d, len(data))
	if err != nil {
		return tensor.Array{}, fmt.Errorf("gorgonia: Array: %w", err)
	}
	if l.dense() {
		return tensor.ArrayOf(data[:l.size()], l.shape...), nil
	}
	packed := make([]T, l.size())
	l.each(func(i, at int) { packed[i] = data[at] })
	return tensor.ArrayOf(packed, l.shape...), nil
}

// Dense is a as a *g.Dense that shares a's elements; of the absent Array it is nil. An array of shape [] becomes
// Gorgonia's scalar, a copy.
func Dense(a tensor.Array) *g.Dense {
	if a.Absent() {
		return nil
	}
	return g.New(g.WithShape(a.Shape()...), g.WithBacking(a.Any()))
}
