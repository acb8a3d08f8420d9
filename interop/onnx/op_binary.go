package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// pairOp is an operator of two operands: for reals, and for integers if it has them.
type pairOp struct {
	real  func(a, b *tensor.Tensor) *tensor.Tensor
	whole func(a, b int64) int64
}

var pairs = map[string]pairOp{
	"Add": {(*tensor.Tensor).Add, func(a, b int64) int64 { return a + b }},
	"Sub": {(*tensor.Tensor).Sub, func(a, b int64) int64 { return a - b }},
	"Mul": {(*tensor.Tensor).Mul, func(a, b int64) int64 { return a * b }},
	"Div": {(*tensor.Tensor).Div, func(a, b int64) int64 { return divided(a, b) }},
	"Pow": {(*tensor.Tensor).Power, func(a, b int64) int64 { return int64(math.Pow(float64(a), float64(b))) }},
	"Max": {(*tensor.Tensor).Maximum, func(a, b int64) int64 { return max(a, b) }},
	"Min": {(*tensor.Tensor).Minimum, func(a, b int64) int64 { return min(a, b) }},
	"Sum": {(*tensor.Tensor).Add, nil}, "Mean": {(*tensor.Tensor).Add, nil},
	"PRelu": {func(x, slope *tensor.Tensor) *tensor.Tensor { return x.ReLU().Sub(x.Neg().ReLU().Mul(slope)) },
		func(x, slope int64) int64 {
			if x < 0 {
				return x * slope
			}
			return x
		}},
}

// relations give bool.
var relations = map[string]pairOp{
	"Equal":          {(*tensor.Tensor).Equal, func(a, b int64) int64 { return boolean(a == b) }},
	"Less":           {(*tensor.Tensor).Less, func(a, b int64) int64 { return boolean(a < b) }},
	"LessOrEqual":    {(*tensor.Tensor).LessEqual, func(a, b int64) int64 { return boolean(a <= b) }},
	"Greater":        {(*tensor.Tensor).Greater, func(a, b int64) int64 { return boolean(a > b) }},
	"GreaterOrEqual": {(*tensor.Tensor).GreaterEqual, func(a, b int64) int64 { return boolean(a >= b) }},
	"And":            {(*tensor.Tensor).Mul, func(a, b int64) int64 { return a & b }},
	"Or":             {(*tensor.Tensor).Maximum, func(a, b int64) int64 { return a | b }},
	"Xor": {func(a, b *tensor.Tensor) *tensor.Tensor { return a.Sub(b).Abs() },
		func(a, b int64) int64 { return a ^ b }},
}

func divided(a, b int64) int64 {
	if b == 0 {
		failf("an integer is divided by 0")
	}
	return a / b
}

func init() {
	for name, op := range pairs {
		most := 2
		if slices.Contains([]string{"Max", "Min", "Sum", "Mean"}, name) {
			most = -1
		}
		known[name] = operator{run: func(c *call) []*val {
			y := c.in[0]
			for i := 1; i < len(c.in); i++ {
				y = c.pair(op, y, c.in[i], y.elem)
			}
			if name == "Mean" {
				y = ofTensor(y.elem, c.plain(y).Scale(1/float32(len(c.in))))
			}
			return one(y)
		}, min: min(2, max(1, most)), max: most, attrs: "axis broadcast"}
		if most < 0 {
			op := known[name]
			op.min = 1
			known[name] = op
		}
	}
	for name, op := range relations {
		known[name] = operator{run: func(c *call) []*val { return one(c.pair(op, c.in[0], c.in[1], elemBool)) }, min: 2, max: 2, attrs: "axis broadcast"}
	}
	known["Mod"] = operator{run: mod, min: 2, max: 2, attrs: "fmod"}
	known["BitShift"] = operator{run: func(c *call) []*val {
		left := c.text("direction", "") == "LEFT"
		return one(c.pair(pairOp{whole: func(a, b int64) int64 {
			if b < 0 || b > 63 {
				return 0
			}
			if left {
				return a << b
			}
			return a >> b
		}}, c.in[0], c.in[1], c.in[0].elem))
	}, min: 2, max: 2, attrs: "direction"}
	known["Where"] = operator{run: where, min: 3, max: 3}
	known["Clip"] = operator{run: clip, min: 1, max: 3, attrs: "min max"}
}

// pair is an operator on a and b, broadcast.
func (c *call) pair(op pairOp, a, b *val, to elem) *val {
	if a.elem != b.elem && c.n.op == "Pow" {
		b = c.cast(b, a.elem)
	}
	if a.elem != b.elem {
		failf("the operands are %v and %v", a.elem, b.elem)
	}
	switch {
	case c.attr("axis") != nil:
		b = c.aligned(a, b, c.int("axis", 0))
	case c.n.op == "PRelu" && c.opset < 7 && len(b.dims) == 1 && len(a.dims) > 1 && b.len() > 1:
		b = c.aligned(a, b, 1)
	}
	if !a.elem.real() && (a.elem != elemBool || a.onHost() || b.onHost()) {
		if op.whole == nil {
			failf("operands of %v are not supported", a.elem)
		}
		return c.wholes(op.whole, to, a, b)
	}
	x, y, images := c.alike(a, b)
	return c.result(to, op.real(x, y), images)
}

// aligned is b with its dimensions from d on, where old files say that they are.
func (c *call) aligned(a, b *val, d int) *val {
	d = axis(d, len(a.dims))
	if d+len(b.dims) > len(a.dims) {
		failf("%v at dimension %d of %v", b.dims, d, a.dims)
	}
	return c.reshape(b, append(slices.Clone(b.dims), slices.Repeat([]int{1}, len(a.dims)-d-len(b.dims))...))
}

// alike are operands in one layout: that of images if a or b is such, and the other can be.
func (c *call) alike(a, b *val) (x, y *tensor.Tensor, images bool) {
	native := func(v *val) bool { return v.last != nil && v.t == nil }
	fits := func(v *val) bool { return len(v.dims) == 4 || len(v.dims) < 4 && v.len() == 1 }
	if (native(a) || native(b)) && fits(a) && fits(b) {
		return c.imageOr(a), c.imageOr(b), true
	}
	return c.plain(a), c.plain(b), false
}

// imageOr is v as an image, or as it is if it has fewer dimensions.
func (c *call) imageOr(v *val) *tensor.Tensor {
	if len(v.dims) == 4 {
		return c.image(v)
	}
	return c.plain(v)
}

func (c *call) result(e elem, t *tensor.Tensor, images bool) *val {
	if images && t.Rank() == 4 {
		return ofImage(e, t)
	}
	return ofTensor(e, t)
}

// broadcast is the common shape.
func (c *call) broadcast(shapes ...[]int) []int {
	var to []int
	for _, s := range shapes {
		if len(s) > len(to) {
			to = append(slices.Repeat([]int{1}, len(s)-len(to)), to...)
		}
		for i, n := range s {
			j := len(to) - len(s) + i
			if to[j] != n && to[j] != 1 && n != 1 {
				failf("the shapes %v cannot be broadcast", shapes)
			}
			if to[j] == 1 {
				to[j] = n
			}
		}
	}
	c.room(to)
	return to
}

// wholes is an operator on integers, broadcast.
func (c *call) wholes(f func(a, b int64) int64, to elem, a, b *val) *val {
	dims := c.broadcast(a.dims, b.dims)
	x, y := c.integers(c.expand(a, dims)), c.integers(c.expand(b, dims))
	z := make([]int64, len(x))
	for i := range x {
		z[i] = to.wrap(f(x[i], y[i]))
	}
	return ofInts(to, z, dims...)
}

func mod(c *call) []*val {
	a, b := c.in[0], c.in[1]
	if a.elem != b.elem {
		failf("the operands are %v and %v", a.elem, b.elem)
	}
	trunc := c.int("fmod", 0) != 0
	if !a.elem.real() {
		return one(c.wholes(func(x, y int64) int64 {
			divided(x, y)
			r := x % y
			if !trunc && r != 0 && (r < 0) != (y < 0) {
				r += y
			}
			return r
		}, a.elem, a, b))
	}
	dims := c.broadcast(a.dims, b.dims)
	x, y := c.floats(c.expand(a, dims)), c.floats(c.expand(b, dims))
	z := make([]float64, len(x))
	for i := range x {
		z[i] = math.Mod(x[i], y[i])
		if !trunc && z[i] != 0 && (z[i] < 0) != (y[i] < 0) {
			z[i] += y[i]
		}
	}
	return one(ofReals(a.elem, z, dims...))
}

func where(c *call) []*val {
	cond, a, b := c.in[0], c.in[1], c.in[2]
	if cond.elem != elemBool || a.elem != b.elem {
		failf("the condition is %v, the choices %v and %v", cond.elem, a.elem, b.elem)
	}
	dims := c.broadcast(cond.dims, a.dims, b.dims)
	if a.elem.real() {
		return one(ofTensor(a.elem, tensor.Where(c.plain(cond), c.plain(a), c.plain(b))))
	}
	which, x, y := c.integers(c.expand(cond, dims)), c.integers(c.expand(a, dims)), c.integers(c.expand(b, dims))
	z := slices.Clone(y)
	for i := range z {
		if which[i] != 0 {
			z[i] = x[i]
		}
	}
	return one(ofInts(a.elem, z, dims...))
}

func clip(c *call) []*val {
	x := c.in[0]
	bound := func(i int, name string, otherwise float64) float64 {
		v := c.at(i)
		if v == nil {
			return c.float(name, otherwise)
		}
		if v.len() != 1 || v.elem != x.elem {
			failf("the bound %s is %v %v: one %v is expected", name, v.elem, v.dims, x.elem)
		}
		if !x.elem.real() {
			return float64(c.integers(v)[0])
		}
		return c.floats(v)[0]
	}
	lo, hi := bound(1, "min", -math.MaxFloat32), bound(2, "max", math.MaxFloat32)
	if x.elem.real() {
		return one(c.each(func(t *tensor.Tensor) *tensor.Tensor {
			if lo > hi { // numpy's order
				return t.Scale(0).Shift(float32(hi))
			}
			return t.Clamp(float32(lo), float32(hi))
		}))
	}
	return one(c.whole(x, func(v int64) int64 {
		if float64(v) < lo {
			v = int64(lo)
		}
		if float64(v) > hi {
			v = int64(hi)
		}
		return v
	}))
}
