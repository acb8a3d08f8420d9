package onnx

import (
	"math"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["ConstantOfShape"] = operator{run: constantOfShape, min: 1, max: 1, attrs: "value"}
	known["Range"] = operator{run: numbersFrom, min: 3, max: 3}
	known["EyeLike"] = operator{run: eyeLike, min: 1, max: 1, attrs: "dtype k"}
	known["OneHot"] = operator{run: oneHot, min: 3, max: 3, attrs: "axis"}
	known["Trilu"] = operator{run: trilu, min: 1, max: 2, attrs: "upper"}
}

func constantOfShape(c *call) []*val {
	dims, _ := c.listAt(0, "")
	n := c.room(dims)
	a := c.attr("value")
	if a == nil {
		return one(ofReals(elemFloat32, make([]float64, n), dims...))
	}
	if a.t == nil {
		failf("the value is no tensor")
	}
	v, err := a.t.value()
	if err != nil {
		failf("the value: %w", err)
	}
	if v.len() != 1 {
		failf("the value has %d elements", v.len())
	}
	return one(viewed(v, dims, 0, make([]int, len(dims))))
}

func numbersFrom(c *call) []*val {
	a, b, d := c.in[0], c.in[1], c.in[2]
	if a.len() != 1 || b.len() != 1 || d.len() != 1 || b.elem != a.elem || d.elem != a.elem {
		failf("start, limit and delta are %v, %v and %v", a.dims, b.dims, d.dims)
	}
	from, to, step := c.floats(a)[0], c.floats(b)[0], c.floats(d)[0]
	n := math.Max(0, math.Ceil((to-from)/step))
	if !(n <= float64(c.most)) {
		failf("from %v to %v by %v", from, to, step)
	}
	if a.elem.real() {
		y := make([]float64, int(n))
		for i := range y {
			y[i] = from + float64(i)*step
		}
		return one(ofReals(a.elem, y, len(y)))
	}
	y := make([]int64, int(n))
	for i := range y {
		y[i] = c.integers(a)[0] + int64(i)*c.integers(d)[0]
	}
	return one(ofInts(a.elem, y, len(y)))
}

func eyeLike(c *call) []*val {
	x := c.in[0]
	if len(x.dims) != 2 {
		failf("%v: a matrix is expected", x.dims)
	}
	v := make([]int64, c.room(x.dims))
	k := c.int("k", 0)
	for i := range x.dims[0] {
		if j := i + k; j >= 0 && j < x.dims[1] {
			v[i*x.dims[1]+j] = 1
		}
	}
	return one(c.cast(ofInts(elemInt64, v, x.dims...), elem(c.int("dtype", int(x.elem)))))
}

func oneHot(c *call) []*val {
	ids, depth, values := c.cast(c.in[0], elemInt64), c.in[1], c.in[2]
	if depth.len() != 1 || values.len() != 2 {
		failf("the depth is %v and the values %v: 1 and 2 elements are expected", depth.dims, values.dims)
	}
	n := int(c.integers(c.cast(depth, elemInt64))[0])
	d := axis(c.int("axis", -1), len(ids.dims)+1)
	dims := append(append(append([]int{}, ids.dims[:d]...), n), ids.dims[d:]...)
	c.room(dims)
	inner := count(ids.dims[d:], math.MaxInt)
	on := make([]int64, count(dims, math.MaxInt))
	for i, id := range ids.ints {
		if id < 0 {
			id += int64(n)
		}
		if id >= 0 && id < int64(n) {
			on[(i/inner*n+int(id))*inner+i%inner] = 1
		}
	}
	if !values.elem.real() {
		v := c.integers(values)
		return one(ofInts(values.elem, mapped(on, func(k int64) int64 { return v[k] }), dims...))
	}
	v := c.floats(values)
	return one(ofReals(values.elem, mapped(on, func(k int64) float64 { return v[k] }), dims...))
}

// trilu keeps what lies on one side of a diagonal of the last two dimensions.
func trilu(c *call) []*val {
	x := c.in[0]
	rank := len(x.dims)
	if rank < 2 {
		failf("%v: a matrix is expected", x.dims)
	}
	k := 0
	if v := c.at(1); v != nil {
		if v.len() != 1 {
			failf("k is %v", v.dims)
		}
		k = int(min(max(c.integers(v)[0], -1<<40), 1<<40))
	}
	rows, cols := x.dims[rank-2], x.dims[rank-1]
	keep := make([]int64, rows*cols)
	for i := range keep {
		row, col := i/max(1, cols), i%max(1, cols)
		keep[i] = boolean(col-row >= k)
		if c.int("upper", 1) == 0 {
			keep[i] = boolean(col-row <= k)
		}
	}
	mask := ofInts(elemBool, keep, rows, cols)
	if x.elem.real() {
		return one(ofTensor(x.elem, tensor.Where(c.plain(mask), c.plain(x), c.p.Full(0, 1))))
	}
	return one(c.wholes(func(v, m int64) int64 { return v * m }, x.elem, x, mask))
}
