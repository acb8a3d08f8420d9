package onnx

import "slices"

// stridesOf are those of a row-major value.
func stridesOf(dims []int) []int {
	s := make([]int, len(dims))
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		s[i] = step
		step *= dims[i]
	}
	return s
}

// view gathers src's elements off + Σ at·stride for all places at of dims, in row-major order.
func view[T any](src []T, dims []int, off int, stride []int) []T {
	n := 1
	for _, d := range dims {
		n *= d
	}
	dst := make([]T, 0, n)
	at := make([]int, len(dims))
	for len(dst) < n {
		dst = append(dst, src[off])
		for d := len(dims) - 1; d >= 0; d-- {
			at[d]++
			off += stride[d]
			if at[d] < dims[d] {
				break
			}
			off -= at[d] * stride[d]
			at[d] = 0
		}
	}
	return dst
}

// viewed is a view of a value on the host.
func viewed(v *val, dims []int, off int, stride []int) *val {
	if v.reals != nil {
		return ofReals(v.elem, view(v.reals, dims, off, stride), dims...)
	}
	return ofInts(v.elem, view(v.ints, dims, off, stride), dims...)
}

// reshape gives v another shape of as many elements.
func (c *call) reshape(v *val, dims []int) *val {
	if c.room(dims) != v.len() {
		failf("%v cannot have the shape %v", v.dims, dims)
	}
	if v.onHost() && v.held == nil {
		return &val{elem: v.elem, dims: slices.Clone(dims), ints: v.ints, reals: v.reals}
	}
	return ofTensor(v.elem, c.plain(v).Reshape(dims...))
}

// expand repeats v to a shape that it can be broadcast to.
func (c *call) expand(v *val, dims []int) *val {
	if slices.Equal(v.dims, dims) {
		return v
	}
	c.room(dims)
	if !v.onHost() {
		return ofTensor(v.elem, c.plain(v).Expand(dims...))
	}
	stride := make([]int, len(dims))
	own := stridesOf(v.dims)
	for i, n := range v.dims {
		if n != 1 {
			stride[len(dims)-len(own)+i] = own[i]
		}
	}
	return viewed(v, dims, 0, stride)
}

// transpose reorders dimensions. An image that is already as wanted is not moved.
func (c *call) transpose(v *val, order []int) *val {
	dims := make([]int, len(order))
	for i, d := range order {
		dims[i] = v.dims[d]
	}
	switch {
	case v.ints != nil:
		own, stride := stridesOf(v.dims), make([]int, len(order))
		for i, d := range order {
			stride[i] = own[d]
		}
		return viewed(v, dims, 0, stride)
	case slices.Equal(order, []int{0, 2, 3, 1}):
		return ofTensor(v.elem, c.image(v))
	case slices.Equal(order, []int{0, 3, 1, 2}):
		return &val{elem: v.elem, dims: dims, last: c.plain(v)}
	}
	return ofTensor(v.elem, c.arranged(v, order...))
}

// slice is count elements from the first on along dimension d, each step apart.
func (c *call) slice(v *val, d, from, step, count int) *val {
	dims := slices.Clone(v.dims)
	dims[d] = count
	if from == 0 && step == 1 && count == v.dims[d] {
		return v
	}
	if v.ints != nil {
		own := stridesOf(v.dims)
		stride := slices.Clone(own)
		stride[d] *= step
		return viewed(v, dims, from*own[d], stride)
	}
	t, images := c.plain, false
	if v.last != nil && v.t == nil {
		t, images, d = c.image, true, phys4(d)
	}
	x := t(v)
	if step < 0 && count > 0 {
		x, from, step = x.Flip(d), x.Dim(d)-1-from, -step
	}
	return c.result(v.elem, strided(x, d, from, step, count), images)
}

// phys4 is where a dimension of ONNX's [n, c, h, w] lies in [n, h, w, c].
func phys4(d int) int { return [4]int{0, 3, 1, 2}[d] }
