package data

import "github.com/braidml/braid/tensor"

// gather sets dst to the given rows of src (through via, where there is one), in dst's memory if it is large enough.
func gather(dst *tensor.Array, src tensor.Array, rows []int, via []int32) {
	if src.Absent() {
		*dst = tensor.Array{}
		return
	}
	switch s := src.Any().(type) {
	case []uint8:
		gatherInto(dst, s, src.Shape(), rows, via)
	case []int32:
		gatherInto(dst, s, src.Shape(), rows, via)
	case []float32:
		gatherInto(dst, s, src.Shape(), rows, via)
	case []float64:
		gatherInto(dst, s, src.Shape(), rows, via)
	}
}

func gatherInto[T tensor.Elem](dst *tensor.Array, src []T, shape, rows []int, via []int32) {
	size := 1
	for _, d := range shape[1:] {
		size *= d
	}
	out := room[T](dst, len(rows), shape[1:])
	for i, r := range rows {
		if via != nil {
			r = int(via[r])
		}
		copy(out[i*size:(i+1)*size], src[r*size:(r+1)*size])
	}
}

// room makes dst an array [n, row...] and returns its elements, whose values are left over. An array that has the shape
// already stays as it is: then nothing is allocated.
func room[T tensor.Elem](dst *tensor.Array, n int, row []int) []T {
	old, ok := dst.Any().([]T)
	if ok && hasShape(dst.Shape(), n, row) {
		return old
	}
	size := n
	for _, d := range row {
		size *= d
	}
	if cap(old) < size {
		old = make([]T, size)
	}
	shape := append(make([]int, 0, len(row)+1), n)
	*dst = tensor.ArrayOf(old[:size], append(shape, row...)...)
	return old[:size]
}

func hasShape(shape []int, n int, row []int) bool {
	if len(shape) != len(row)+1 || shape[0] != n {
		return false
	}
	for i, d := range row {
		if shape[i+1] != d {
			return false
		}
	}
	return true
}

// FirstNonFinite is the first row of a that has a NaN or an infinity, or -1. Integers are always finite.
func FirstNonFinite(a tensor.Array) int {
	i := -1
	switch v := a.Any().(type) {
	case []float32:
		i = firstNonFinite(v)
	case []float64:
		i = firstNonFinite(v)
	}
	if i <= 0 {
		return i
	}
	return i / (a.Len() / a.Shape()[0])
}

func firstNonFinite[T float32 | float64](v []T) int {
	for i, x := range v {
		if x-x != 0 { // both NaN-NaN and Inf-Inf are NaN, which differs from 0
			return i
		}
	}
	return -1
}
