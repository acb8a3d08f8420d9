package tensor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/engine"
)

// DType is the type of a tensor's elements.
type DType uint8

const (
	Float32 DType = iota
	Float64
	Int32
	Uint8
)

// String is the type's Go name.
func (d DType) String() string { return d.engine().String() }

func (d DType) engine() engine.DType { return engine.DType(d) }

// Elem are the element types that cross the host border.
type Elem interface {
	float32 | float64 | int32 | uint8
}

// Array is a row-major array in host memory: what data sets yield, what [Pass.Input] uploads and what
// [Tensor.Array] brings back. It is a small value; copies share the elements. The zero Array is absent.
type Array struct {
	shape []int
	data  any // []float32, []float64, []int32 or []uint8
}

// ArrayOf wraps data without copying it. It panics if the shape does not hold len(data) elements.
func ArrayOf[T Elem](data []T, shape ...int) Array {
	if n := size(shape); n != len(data) || slices.ContainsFunc(shape, func(d int) bool { return d < 0 }) {
		panic(&Error{Op: "ArrayOf", Shapes: [][]int{shape},
			Rule: fmt.Sprintf("the shape holds %d elements, the data has %d", n, len(data))})
	}
	return Array{slices.Clone(shape), data}
}

func convert[D, S Elem](s []S) []D {
	d := make([]D, len(s))
	for i, v := range s {
		d[i] = D(v)
	}
	return d
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Values returns a's elements without copying, and panics if their type is not T.
func Values[T Elem](a Array) []T {
	v, ok := a.data.([]T)
	if !ok {
		var want []T
		panic(&Error{Op: "Values", Shapes: [][]int{a.shape}, Rule: fmt.Sprintf("the elements are %v, not %T", a.DType(), want)})
	}
	return v
}

// Shape is a's dimensions; do not change it.
func (a Array) Shape() []int { return a.shape }

// DType is the type of the elements.
func (a Array) DType() DType {
	switch a.data.(type) {
	case []float64:
		return Float64
	case []int32:
		return Int32
	case []uint8:
		return Uint8
	}
	return Float32
}

// Len is the number of elements.
func (a Array) Len() int {
	if a.data == nil {
		return 0
	}
	return size(a.shape)
}

// Absent reports whether a is the zero Array.
func (a Array) Absent() bool { return a.data == nil }

// Any is the slice of elements.
func (a Array) Any() any { return a.data }

// Slice is rows i to j, sharing a's elements.
func (a Array) Slice(i, j int) Array {
	if len(a.shape) == 0 || i < 0 || j < i || j > a.shape[0] {
		panic(&Error{Op: "Slice", Shapes: [][]int{a.shape}, Rule: fmt.Sprintf("rows %d to %d are out of range", i, j)})
	}
	shape := slices.Clone(a.shape)
	shape[0] = j - i
	row := size(a.shape[1:])
	i, j = i*row, j*row
	switch d := a.data.(type) {
	case []float32:
		return Array{shape, d[i:j:j]}
	case []float64:
		return Array{shape, d[i:j:j]}
	case []int32:
		return Array{shape, d[i:j:j]}
	}
	return Array{shape, a.data.([]uint8)[i:j:j]}
}

// Reshape is a with another shape of as many elements, which are shared.
func (a Array) Reshape(shape ...int) Array {
	if size(shape) != a.Len() {
		panic(&Error{Op: "Reshape", Shapes: [][]int{a.shape, shape}, Rule: "the numbers of elements differ"})
	}
	return Array{slices.Clone(shape), a.data}
}

// Floats are a's elements as float32: a's own where they are that, else a copy. Float64s likewise.
func (a Array) Floats() []float32 { return to[float32](a) }

// Float64s are a's elements as float64: a's own where they are that, else a copy.
func (a Array) Float64s() []float64 { return to[float64](a) }

func to[D Elem](a Array) []D {
	switch d := a.data.(type) {
	case []D:
		return d
	case []float32:
		return convert[D](d)
	case []float64:
		return convert[D](d)
	case []int32:
		return convert[D](d)
	case []uint8:
		return convert[D](d)
	}
	return nil
}

// String is the shape and the values, shortened: "[2 3] 1 2 3 …".
func (a Array) String() string {
	if a.Absent() {
		return "absent"
	}
	var b strings.Builder
	fmt.Fprint(&b, a.shape)
	v := a.Float64s()
	for i, x := range v {
		if i == 8 && len(v) > 9 {
			fmt.Fprintf(&b, " … (%d more)", len(v)-i)
			break
		}
		fmt.Fprintf(&b, " %.5g", x)
	}
	return b.String()
}
