package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["Identity"] = operator{run: func(c *call) []*val { return c.in }, min: 1, max: 1}
	known["Dropout"] = operator{run: dropout, min: 1, max: 3, attrs: "ratio seed is_test"}
	known["Shape"] = operator{run: shapeOf, min: 1, max: 1, attrs: "start end"}
	known["Size"] = operator{run: func(c *call) []*val { return one(ofInts(elemInt64, []int64{int64(c.in[0].len())})) }, min: 1, max: 1}
	known["Reshape"] = operator{run: reshape, min: 1, max: 2, attrs: "allowzero shape"}
	known["Flatten"] = operator{run: flatten, min: 1, max: 1, attrs: "axis"}
	known["Squeeze"] = operator{run: squeeze, min: 1, max: 2, attrs: "axes"}
	known["Unsqueeze"] = operator{run: unsqueeze, min: 1, max: 2, attrs: "axes"}
	known["Transpose"] = operator{run: transpose, min: 1, max: 1, attrs: "perm"}
	known["Expand"] = operator{run: func(c *call) []*val {
		to, _ := c.listAt(1, "")
		return one(c.expand(c.in[0], c.broadcast(c.in[0].dims, to)))
	}, min: 2, max: 2}
	known["Concat"] = operator{run: concat, min: 1, max: -1, attrs: "axis"}
	known["Split"] = operator{run: split, min: 1, max: 2, attrs: "axis split num_outputs"}
	known["Slice"] = operator{run: slice, min: 1, max: 5, attrs: "axes starts ends"}
	known["Tile"] = operator{run: tile, min: 2, max: 2}
}

func dropout(c *call) []*val {
	if v := c.at(2); v != nil && slices.Contains(c.integers(v), 1) {
		ratio := 0.5
		if v := c.at(1); v != nil {
			ratio = c.floats(v)[0]
		}
		if ratio != 0 {
			failf("it is in training mode: only inference is supported")
		}
	}
	x := c.in[0]
	kept := slices.Repeat([]int64{1}, x.len())
	return []*val{x, ofInts(elemBool, kept, x.dims...)}
}

func shapeOf(c *call) []*val {
	n := len(c.in[0].dims)
	from, to := c.int("start", 0), c.int("end", n)
	for _, p := range []*int{&from, &to} {
		if *p < 0 {
			*p += n
		}
		*p = min(max(*p, 0), n)
	}
	dims := wide(c.in[0].dims[from:max(from, to)])
	return one(ofInts(elemInt64, dims, len(dims)))
}

func reshape(c *call) []*val {
	x := c.in[0]
	to, ok := c.listAt(1, "shape")
	if !ok {
		failf("the shape is missing")
	}
	inferred, rest := -1, 1
	for i, n := range to {
		if n == 0 && c.int("allowzero", 0) == 0 {
			if i >= len(x.dims) {
				failf("%v: the input %v has no dimension %d", to, x.dims, i)
			}
			to[i] = x.dims[i]
		}
		if n == -1 {
			if inferred >= 0 {
				failf("%v: two sizes are -1", to)
			}
			inferred, to[i] = i, 1
		}
	}
	rest = c.room(to)
	if inferred >= 0 {
		if rest == 0 || x.len()%rest != 0 {
			failf("%v: no size fits -1 for %v", to, x.dims)
		}
		to[inferred] = x.len() / rest
	}
	return one(c.reshape(x, to))
}

func flatten(c *call) []*val {
	x := c.in[0]
	d := c.int("axis", 1)
	if d != len(x.dims) {
		d = axis(d, len(x.dims))
	}
	return one(c.reshape(x, []int{count(x.dims[:d], math.MaxInt), count(x.dims[d:], math.MaxInt)}))
}

func squeeze(c *call) []*val {
	x := c.in[0]
	axes, given := c.listAt(1, "axes")
	axes = axesOf(axes, len(x.dims))
	to := []int{}
	for d, n := range x.dims {
		gone := slices.Contains(axes, d)
		if gone && n != 1 {
			failf("dimension %d of %v is not 1", d, x.dims)
		}
		if !gone && (given || n != 1) {
			to = append(to, n)
		}
	}
	return one(c.reshape(x, to))
}

func unsqueeze(c *call) []*val {
	x := c.in[0]
	axes, _ := c.listAt(1, "axes")
	axes = axesOf(axes, len(x.dims)+len(axes))
	to, next := []int{}, 0
	for d := range len(x.dims) + len(axes) {
		if slices.Contains(axes, d) {
			to = append(to, 1)
			continue
		}
		to = append(to, x.dims[next])
		next++
	}
	return one(c.reshape(x, to))
}

func transpose(c *call) []*val {
	x := c.in[0]
	order := c.list("perm")
	if order == nil {
		for d := range x.dims {
			order = append(order, len(x.dims)-1-d)
		}
	}
	if order = axesOf(order, len(x.dims)); len(order) != len(x.dims) {
		failf("perm %v of %v", order, x.dims)
	}
	return one(c.transpose(x, order))
}

// join is a concatenation along d.
func (c *call) join(d int, in []*val) *val {
	dims := slices.Clone(in[0].dims)
	dims[d] = 0
	local, images := true, false
	for _, v := range in {
		if v.elem != in[0].elem || len(v.dims) != len(dims) {
			failf("%v %v beside %v %v", v.elem, v.dims, in[0].elem, in[0].dims)
		}
		for k, n := range v.dims {
			if k != d && n != dims[k] {
				failf("%v beside %v along dimension %d", v.dims, in[0].dims, d)
			}
		}
		dims[d] += v.dims[d]
		local = local && v.ints != nil
		images = images || v.last != nil && v.t == nil
	}
	c.room(dims)
	if !local && !in[0].elem.real() {
		for _, v := range in {
			c.integers(v)
		}
		local = true
	}
	if local {
		outer := count(dims[:d], math.MaxInt)
		all := []int64{}
		for o := range outer {
			for _, v := range in {
				n := len(v.ints) / max(1, outer)
				all = append(all, v.ints[o*n:(o+1)*n]...)
			}
		}
		return ofInts(in[0].elem, all, dims...)
	}
	var ts []*tensor.Tensor
	for _, v := range in {
		if images {
			ts = append(ts, c.image(v))
		} else {
			ts = append(ts, c.plain(v))
		}
	}
	if images {
		return ofImage(in[0].elem, tensor.Concat(phys4(d), ts...))
	}
	return ofTensor(in[0].elem, tensor.Concat(d, ts...))
}

func concat(c *call) []*val {
	for i, v := range c.in {
		if v == nil {
			failf("input %d is left out", i)
		}
	}
	return one(c.join(axis(c.int("axis", 1), len(c.in[0].dims)), c.in))
}

func split(c *call) (parts []*val) {
	x := c.in[0]
	d := axis(c.int("axis", 0), len(x.dims))
	sizes, ok := c.listAt(1, "split")
	if !ok {
		n := c.int("num_outputs", len(c.n.out))
		if n < 1 {
			failf("%d parts", n)
		}
		each := (x.dims[d] + n - 1) / n
		for left := x.dims[d]; len(sizes) < n; left -= each {
			sizes = append(sizes, max(0, min(each, left)))
		}
	}
	from := 0
	for _, n := range sizes {
		if n < 0 || n > x.dims[d]-from {
			failf("parts %v of %v along %d", sizes, x.dims, d)
		}
		parts = append(parts, c.slice(x, d, from, 1, n))
		from += n
	}
	if from != x.dims[d] {
		failf("parts %v of %v along %d", sizes, x.dims, d)
	}
	return parts
}

func slice(c *call) []*val {
	x := c.in[0]
	starts, _ := c.listAt(1, "starts")
	ends, _ := c.listAt(2, "ends")
	axes, ok := c.listAt(3, "axes")
	steps, stepped := c.listAt(4, "")
	if !ok {
		for d := range starts {
			axes = append(axes, d)
		}
	}
	if !stepped {
		steps = slices.Repeat([]int{1}, len(starts))
	}
	if len(starts) != len(ends) || len(axes) != len(starts) || len(steps) != len(starts) {
		failf("%d starts, %d ends, %d axes, %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	axes = axesOf(axes, len(x.dims))
	for i, d := range axes {
		n, step := x.dims[d], steps[i]
		if step == 0 || step == math.MinInt {
			failf("a step of %d", step)
		}
		lo, hi := 0, n // where start and end are clamped to
		if step < 0 {
			lo, hi = -1, n-1
		}
		bound := func(v int) int {
			if v < 0 {
				v += n
			}
			return min(max(v, lo), hi)
		}
		from, to := bound(starts[i]), bound(ends[i])
		count := 0
		if step > 0 && from < to {
			count = (to-from-1)/step + 1
		} else if step < 0 && from > to {
			count = (from-to-1)/-step + 1
		}
		if count == 0 {
			from = 0
		}
		x = c.slice(x, d, from, step, count)
	}
	return one(x)
}

func tile(c *call) []*val {
	x := c.in[0]
	times, _ := c.listAt(1, "")
	if len(times) != len(x.dims) {
		failf("%v repeats of %v", times, x.dims)
	}
	dims := make([]int, len(times))
	for d, n := range times {
		if n < 0 || n > 0 && x.dims[d] > c.most/n {
			failf("%v repeats of %v", times, x.dims)
		}
		dims[d] = x.dims[d] * n
	}
	c.room(dims)
	for d, n := range times {
		if n == 1 {
			continue
		}
		lead := slices.Clone(x.dims[:d])
		narrow := append(slices.Clone(lead), 1, count(x.dims[d:], math.MaxInt))
		whole := append(slices.Clone(lead), n, narrow[d+1])
		to := slices.Clone(x.dims)
		to[d] *= n
		x = c.reshape(c.expand(c.reshape(x, narrow), whole), to)
	}
	return one(x)
}
