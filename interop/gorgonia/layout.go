package gorgonia

import (
	"fmt"
	"slices"

	g "gorgonia.org/tensor"
)

// layout says where an array's elements are: element (i, j, …) at i·stride[0] + j·stride[1] + …. Going by the strides
// serves transposed, sliced and column-major arrays alike; Gorgonia's Materialize knows some combinations only.
type layout struct{ shape, stride []int }

// layoutOf reads d's, whose elements lie in a slice of length n, and checks that they do.
func layoutOf(d *g.Dense, n int) (layout, error) {
	l := layout{slices.Clone(d.Shape()), slices.Clone(d.Strides())}
	if len(l.stride) != len(l.shape) { // Gorgonia gives column-major vectors [n 1] and [1 n] one stride, and [1 1] none
		l.stride = rowMajor(l.shape)
	}
	last := 0
	for i, size := range l.shape {
		last += (size - 1) * l.stride[i]
	}
	backwards := slices.ContainsFunc(l.stride, func(s int) bool { return s < 0 })
	if l.size() > 0 && (last >= n || backwards) {
		return layout{}, fmt.Errorf("%v with strides %v does not lie in its %d elements", d.Shape(), d.Strides(), n)
	}
	return l, nil
}

func rowMajor(shape []int) []int {
	stride, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		stride[i] = n
		n *= shape[i]
	}
	return stride
}

func (l layout) size() int {
	n := 1
	for _, d := range l.shape {
		n *= d
	}
	return n
}

// dense reports whether the elements lie row-major without gaps; the stride of a dimension of one does not count.
func (l layout) dense() bool {
	for i, want := range rowMajor(l.shape) {
		if l.shape[i] != 1 && l.stride[i] != want && l.size() > 0 {
			return false
		}
	}
	return true
}

// each calls f with the number of each element in row-major order and the place where it lies.
func (l layout) each(f func(i, at int)) {
	place, at := make([]int, len(l.shape)), 0
	for i := range l.size() {
		f(i, at)
		for d := len(place) - 1; d >= 0; d-- {
			place[d]++
			at += l.stride[d]
			if place[d] < l.shape[d] {
				break
			}
			at -= place[d] * l.stride[d]
			place[d] = 0
		}
	}
}
