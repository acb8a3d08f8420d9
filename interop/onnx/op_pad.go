package onnx

import "slices"

func init() {
	known["Pad"] = operator{run: pad, min: 1, max: 4, attrs: "mode pads value paddings"}
	known["DepthToSpace"] = operator{run: depthToSpace, min: 1, max: 1, attrs: "blocksize mode"}
	known["SpaceToDepth"] = operator{run: spaceToDepth, min: 1, max: 1, attrs: "blocksize"}
}

func pad(c *call) []*val {
	x := c.in[0]
	pads, _ := c.listAt(1, "pads")
	axes, some := c.listAt(3, "")
	if !some {
		for d := range x.dims {
			axes = append(axes, d)
		}
	}
	axes = axesOf(axes, len(x.dims))
	if len(pads) != 2*len(axes) {
		failf("%d pads for %d dimensions", len(pads), len(axes))
	}
	value := c.float("value", 0)
	if v := c.at(2); v != nil && v.len() == 1 {
		value = c.floats(v)[0]
	}
	for i, d := range axes {
		before, after := pads[i], pads[len(axes)+i]
		for _, p := range []int{before, after} {
			if p > largestWindow || p < -x.dims[d] {
				failf("pads %v of %v", pads, x.dims)
			}
		}
		n := x.dims[d]
		switch mode := c.text("mode", "constant"); mode {
		case "constant":
			from, to := max(0, -before), n-max(0, -after)
			if from > to {
				failf("pads %v of %v", pads, x.dims)
			}
			x = c.slice(x, d, from, 1, to-from)
			x = c.surround(x, d, max(0, before), max(0, after), value)
		case "reflect", "edge", "wrap":
			at := make([]int, 0, max(0, n+before+after))
			for k := -before; k < n+after; k++ {
				at = append(at, mirrored(mode, k, n))
			}
			x = c.picked(x, d, at, []int{len(at)})
		default:
			failf("the mode %q is not supported", mode)
		}
	}
	return one(x)
}

// mirrored is the element that stands at k, within or beyond n.
func mirrored(mode string, k, n int) int {
	if n == 0 {
		failf("padding of nothing")
	}
	switch mode {
	case "edge":
		return min(max(k, 0), n-1)
	case "wrap":
		return ((k % n) + n) % n
	}
	if n == 1 {
		return 0
	}
	k = ((k % (2*n - 2)) + 2*n - 2) % (2*n - 2)
	return min(k, 2*n-2-k)
}

// surround adds elements of a value along d.
func (c *call) surround(x *val, d, before, after int, value float64) *val {
	if before+after == 0 {
		return x
	}
	dims := slices.Clone(x.dims)
	dims[d] += before + after
	c.room(dims)
	if x.elem.real() {
		if x.last != nil && x.t == nil {
			return ofImage(x.elem, x.last.Pad(phys4(d), before, after, float32(value)))
		}
		return ofTensor(x.elem, c.plain(x).Pad(d, before, after, float32(value)))
	}
	some := func(n int) *val {
		s := slices.Clone(x.dims)
		s[d] = n
		return ofInts(x.elem, slices.Repeat([]int64{int64(value)}, count(s, c.most)), s...)
	}
	c.integers(x)
	return c.join(d, []*val{some(before), x, some(after)})
}

// blocks checks the operands of DepthToSpace and SpaceToDepth: x [n, c, h, w] and the side of a block.
func (c *call) blocks() (x *val, b int) {
	x, b = c.real(0), c.int("blocksize", 0)
	if len(x.dims) != 4 || b < 1 || b > 1<<12 {
		failf("%v in blocks of %d", x.dims, b)
	}
	return x, b
}

func depthToSpace(c *call) []*val {
	x, b := c.blocks()
	n, ch, h, w := x.dims[0], x.dims[1], x.dims[2], x.dims[3]
	if ch%(b*b) != 0 {
		failf("%d channels in blocks of %d", ch, b)
	}
	t := c.plain(x)
	if c.text("mode", "DCR") == "DCR" {
		t = t.Reshape(n, b, b, ch/(b*b), h*w).Transpose(0, 3, 4, 1, 2)
	} else {
		t = t.Reshape(n, ch/(b*b), b, b, h*w).Transpose(0, 1, 4, 2, 3)
	}
	t = t.Reshape(n*(ch/(b*b)), h, w, b, b).Transpose(0, 1, 3, 2, 4)
	return one(ofTensor(x.elem, t.Reshape(n, ch/(b*b), h*b, w*b)))
}

func spaceToDepth(c *call) []*val {
	x, b := c.blocks()
	n, ch, h, w := x.dims[0], x.dims[1], x.dims[2], x.dims[3]
	if h%b != 0 || w%b != 0 {
		failf("%dx%d in blocks of %d", h, w, b)
	}
	t := c.plain(x).Reshape(n*ch, h/b, b, w/b, b).Transpose(0, 2, 4, 1, 3).Reshape(n, ch, b*b, h/b*(w/b))
	return one(ofTensor(x.elem, t.Transpose(0, 2, 1, 3).Reshape(n, ch*b*b, h/b, w/b)))
}
