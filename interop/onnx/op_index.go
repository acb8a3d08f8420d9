package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["Gather"] = operator{run: gather, min: 2, max: 2, attrs: "axis"}
	known["GatherElements"] = operator{run: gatherElements, min: 2, max: 2, attrs: "axis"}
	known["GatherND"] = operator{run: gatherND, min: 2, max: 2, attrs: "batch_dims"}
	known["Compress"] = operator{run: compress, min: 2, max: 2, attrs: "axis"}
	known["NonZero"] = operator{run: nonZero, min: 1, max: 1}
	for _, name := range []string{"ScatterElements", "Scatter"} {
		known[name] = operator{run: scatterElements, min: 3, max: 3, attrs: "axis reduction"}
	}
	known["ScatterND"] = operator{run: scatterND, min: 3, max: 3, attrs: "reduction"}
}

// places checks ids against a dimension's size, and counts negative ones from the front.
func (c *call) places(v *val, n int) []int {
	if v.elem.real() {
		failf("the indices are %v", v.elem)
	}
	return mapped(c.integers(v), func(id int64) int {
		if id < -int64(n) || id >= int64(n) {
			failf("index %d of %d", id, n)
		}
		if id < 0 {
			id += int64(n)
		}
		return int(id)
	})
}

// picked is slices of x along dimension d, at the given places.
func (c *call) picked(x *val, d int, at []int, shape []int) *val {
	dims := slices.Concat(x.dims[:d], shape, x.dims[d+1:])
	n := c.room(dims)
	inner := count(x.dims[d+1:], math.MaxInt)
	outer := count(x.dims[:d], math.MaxInt)
	if x.elem.real() && !(x.reals != nil && x.held == nil && len(x.reals) <= 64) {
		if n == 0 {
			return ofReals(x.elem, nil, dims...)
		}
		rows := c.plain(x)
		if d > 0 || len(x.dims) != 2 {
			rows = rows.Reshape(outer*x.dims[d], inner)
		}
		ids := make([]int32, 0, outer*len(at))
		for o := range outer {
			for _, i := range at {
				ids = append(ids, int32(o*x.dims[d]+i))
			}
		}
		return ofTensor(x.elem, rows.Rows(tensor.From(c.p, ids, len(ids))).Reshape(dims...))
	}
	if x.reals != nil {
		return ofReals(x.elem, pickedOf(x.reals, outer, x.dims[d], inner, at), dims...)
	}
	return ofInts(x.elem, pickedOf(c.integers(x), outer, x.dims[d], inner, at), dims...)
}

func pickedOf[T any](x []T, outer, n, inner int, at []int) (y []T) {
	for o := range outer {
		for _, i := range at {
			y = append(y, x[(o*n+i)*inner:(o*n+i+1)*inner]...)
		}
	}
	return y
}

func gather(c *call) []*val {
	x, ids := c.in[0], c.in[1]
	d := axis(c.int("axis", 0), len(x.dims))
	return one(c.picked(x, d, c.places(ids, x.dims[d]), ids.dims))
}

func gatherElements(c *call) []*val {
	x, ids := c.in[0], c.in[1]
	d := axis(c.int("axis", 0), len(x.dims))
	if len(ids.dims) != len(x.dims) {
		failf("indices %v of %v", ids.dims, x.dims)
	}
	for k, n := range ids.dims {
		if k != d && n > x.dims[k] {
			failf("indices %v of %v", ids.dims, x.dims)
		}
	}
	return one(c.elements(x, c.offsets(x, d, c.places(ids, x.dims[d]), ids.dims), ids.dims))
}

// offsets are where elements of x lie, whose place along d is at, and along others their own.
func (c *call) offsets(x *val, d int, at []int, dims []int) []int {
	own := stridesOf(x.dims)
	base := make([]int, c.room(x.dims))
	for i := range base {
		base[i] = i
	}
	stride := slices.Clone(own)
	stride[d] = 0
	if len(at) == 0 {
		return nil
	}
	off := view(base, dims, 0, stride)
	for i := range off {
		off[i] += at[i] * own[d]
	}
	return off
}

// elements are single elements of x.
func (c *call) elements(x *val, off []int, dims []int) *val {
	return c.reshape(c.picked(c.reshape(x, []int{x.len()}), 0, off, []int{len(off)}), dims)
}

func gatherND(c *call) []*val {
	x, ids := c.in[0], c.in[1]
	batch := c.int("batch_dims", 0)
	rank := len(ids.dims)
	if batch < 0 || rank <= batch || len(x.dims) < batch || !slices.Equal(x.dims[:batch], ids.dims[:batch]) || ids.dims[rank-1] > len(x.dims)-batch {
		failf("indices %v of %v", ids.dims, x.dims)
	}
	k := ids.dims[rank-1]
	groups := count(x.dims[:batch], math.MaxInt)
	outer := count(x.dims[:batch+k], math.MaxInt)
	rows := c.reshape(x, []int{outer, count(x.dims[batch+k:], math.MaxInt)})
	return one(c.reshape(c.picked(rows, 0, c.tuples(x, ids, batch, groups), []int{count(ids.dims[:rank-1], math.MaxInt)}),
		slices.Concat(ids.dims[:rank-1], x.dims[batch+k:])))
}

// tuples are the rows of x that indices of several dimensions mean.
func (c *call) tuples(x, ids *val, batch, groups int) (at []int) {
	k := ids.dims[len(ids.dims)-1]
	n := count(ids.dims[:len(ids.dims)-1], math.MaxInt)
	list := c.integers(ids)
	for i := range n {
		row := i / max(1, n/max(1, groups))
		for j := range k {
			size := x.dims[batch+j]
			row = row*size + c.places(ofInts(elemInt64, list[i*k+j:i*k+j+1], 1), size)[0]
		}
		at = append(at, row)
	}
	return at
}

func compress(c *call) []*val {
	x, cond := c.in[0], c.in[1]
	d := 0
	if c.attr("axis") == nil {
		x = c.reshape(x, []int{x.len()})
	} else {
		d = axis(c.int("axis", 0), len(x.dims))
	}
	var at []int
	for i, v := range c.integers(cond) {
		if v != 0 && i < x.dims[d] {
			at = append(at, i)
		}
	}
	return one(c.picked(x, d, at, []int{len(at)}))
}

func nonZero(c *call) []*val {
	x := c.in[0]
	var at []int
	for i, v := range c.floats(x) {
		if v != 0 {
			at = append(at, i)
		}
	}
	own := stridesOf(x.dims)
	y := make([]int64, 0, len(own)*len(at))
	for d, s := range own {
		for _, i := range at {
			y = append(y, int64(i/s%x.dims[d]))
		}
	}
	return one(ofInts(elemInt64, y, len(own), len(at)))
}

func scatterElements(c *call) []*val {
	x, ids, updates := c.in[0], c.in[1], c.in[2]
	d := axis(c.int("axis", 0), len(x.dims))
	if len(ids.dims) != len(x.dims) || !slices.Equal(ids.dims, updates.dims) || updates.elem != x.elem {
		failf("indices %v and updates %v %v of %v %v", ids.dims, updates.elem, updates.dims, x.elem, x.dims)
	}
	for k, n := range ids.dims {
		if k != d && n > x.dims[k] {
			failf("indices %v of %v", ids.dims, x.dims)
		}
	}
	return one(c.scattered(x, updates, c.offsets(x, d, c.places(ids, x.dims[d]), ids.dims), 1))
}

func scatterND(c *call) []*val {
	x, ids, updates := c.in[0], c.in[1], c.in[2]
	rank := len(ids.dims)
	if rank < 1 || ids.dims[rank-1] > len(x.dims) || updates.elem != x.elem ||
		!slices.Equal(updates.dims, slices.Concat(ids.dims[:rank-1], x.dims[min(len(x.dims), ids.dims[rank-1]):])) {
		failf("indices %v and updates %v %v of %v %v", ids.dims, updates.elem, updates.dims, x.elem, x.dims)
	}
	inner := count(x.dims[ids.dims[rank-1]:], math.MaxInt)
	return one(c.scattered(x, updates, c.tuples(x, ids, 0, 1), inner))
}

// scattered is x with updates written over, or added to, rows of the given width.
func (c *call) scattered(x, updates *val, at []int, width int) *val {
	reduction := c.text("reduction", "none")
	if x.elem.real() {
		y := slices.Clone(c.floats(x))
		write(y, c.floats(updates), at, width, reduction)
		return ofReals(x.elem, y, x.dims...)
	}
	y := slices.Clone(c.integers(x))
	write(y, c.integers(updates), at, width, reduction)
	return ofInts(x.elem, mapped(y, x.elem.wrap), x.dims...)
}

func write[T int64 | float64](y, updates []T, at []int, width int, reduction string) {
	for i, row := range at {
		for k := range width {
			p, v := &y[row*width+k], updates[i*width+k]
			switch reduction {
			case "none":
				*p = v
			case "add":
				*p += v
			case "mul":
				*p *= v
			case "max":
				*p = max(*p, v)
			case "min":
				*p = min(*p, v)
			default:
				failf("the reduction %q is not supported", reduction)
			}
		}
	}
}
