package tensor

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// binary is an elementwise function of two operands, broadcast as in NumPy: shapes are aligned at their last dimensions,
// and a dimension of size 1 (or a missing one) repeats.
type binary struct{ op engine.BinaryOp }

var binaryNames = [engine.BinaryOps]string{
	"add", "sub", "mul", "div", "maximum", "minimum", "power", "equal", "notequal", "less", "lessequal", "greater", "greaterequal",
}

func (o binary) name() string { return binaryNames[o.op] }

func (o binary) compares() bool { return o.op >= engine.Eq }

func (o binary) blocks(int) bool { return o.compares() }

func (o binary) infer(p *Pass, in []*entry) (shape, string) {
	d, rule := broadcast(in[0].shape, in[1].shape)
	a, b := in[0].dtype, in[1].dtype
	switch {
	case rule != "":
		return shape{}, rule
	case a == engine.U8 || b == engine.U8:
		return shape{}, "the elements are uint8: use Float or Int"
	case a != b:
		return shape{}, fmt.Sprintf("the operands are %v and %v: use Float", a, b)
	case o.compares():
		return shape{d, p.real()}, ""
	}
	return shape{d, a}, ""
}

// broadcast is the common shape.
func broadcast(a, b []int) (d []int, rule string) {
	if len(a) < len(b) {
		a, b = b, a
	}
	d = append(d, a...)
	for i, n := range b {
		j := len(a) - len(b) + i
		switch {
		case a[j] == n || n == 1:
		case a[j] == 1:
			d[j] = n
		default:
			return nil, fmt.Sprintf("sizes %d and %d cannot be broadcast", a[j], n)
		}
	}
	return d, ""
}

// box is shape as the dims of a strided operation: right-aligned, unused dims 1.
func box(shape []int) (d [engine.Rank]int) {
	for i := range d {
		d[i] = 1
	}
	copy(d[engine.Rank-len(shape):], shape)
	return d
}

// strides are those of a row-major operand of shape from, read as if it had the larger shape to.
func strides(from, to []int) (s [engine.Rank]int) {
	step := 1
	for i := len(from) - 1; i >= 0; i-- {
		j := len(to) - len(from) + i
		if from[i] == to[j] {
			s[engine.Rank-len(to)+j] = step
		}
		step *= from[i]
	}
	return s
}

func (b *builder) binary(name string, op engine.BinaryOp, y, x, z engine.Buffer) {
	n := []int{y.Len}
	b.broadcast(name, op, y, n, x, n, z, n)
}

// broadcast adds y = x op z, of the given shapes.
func (b *builder) broadcast(name string, op engine.BinaryOp, y engine.Buffer, ys []int, x engine.Buffer, xs []int, z engine.Buffer, zs []int) {
	c := engine.Binary{Op: op, Y: y, A: x, B: z, Dims: box(ys), StrideA: strides(xs, ys), StrideB: strides(zs, ys)}
	b.add(name, func(s engine.Stream) error { return s.Binary(c) })
}

func (o binary) forward(b *builder, n *node) {
	x, z := b.value(n.in[0]), b.value(n.in[1])
	b.broadcast(o.name(), o.op, b.result(n), n.out.shape, x, n.in[0].shape, z, n.in[1].shape)
}

// sums adds the gradient of an operand of shape e that was broadcast to shape to: write fills a buffer of shape to.
func (b *builder) sums(e *entry, to []int, write func(dst engine.Buffer)) {
	if size(e.shape) == size(to) {
		b.grad(e, write)
		return
	}
	whole := b.temp(size(to), e.dtype)
	write(whole)
	b.grad(e, func(dst engine.Buffer) { b.fold(dst, e.shape, whole, to) })
	b.done(whole)
}

// fold adds dst = the sum of src, of shape from, over what shape to repeats.
func (b *builder) fold(dst engine.Buffer, to []int, src engine.Buffer, from []int) {
	over := make([]bool, len(from))
	for i := range from {
		j := i - (len(from) - len(to))
		over[i] = j < 0 || to[j] != from[i]
	}
	b.reduce(engine.Sum, dst, src, from, over)
}

func (o binary) backward(b *builder, n *node, dy engine.Buffer) {
	to := n.out.shape
	same := func(i int) {
		if e := n.in[i]; size(e.shape) == size(to) {
			b.share(e, dy)
		} else {
			b.grad(e, func(dst engine.Buffer) { b.fold(dst, e.shape, dy, to) })
		}
	}
	x, z := func() engine.Buffer { return b.value(n.in[0]) }, func() engine.Buffer { return b.value(n.in[1]) }
	xs, zs := n.in[0].shape, n.in[1].shape
	times := func(i int, op engine.BinaryOp, f engine.Buffer, fs []int) { // the gradient of operand i is dy op f
		b.sums(n.in[i], to, func(dst engine.Buffer) { b.broadcast(o.name(), op, dst, to, dy, to, f, fs) })
	}
	masked := func(i int, cmp engine.BinaryOp) { // where x cmp z
		b.sums(n.in[i], to, func(dst engine.Buffer) {
			b.broadcast(o.name(), cmp, dst, to, x(), xs, z(), zs)
			b.binary(o.name(), engine.Mul, dst, dst, dy)
		})
	}
	if b.wants(n, 0) {
		switch o.op {
		case engine.Add, engine.Sub:
			same(0)
		case engine.Mul:
			times(0, engine.Mul, z(), zs)
		case engine.Div:
			times(0, engine.Div, z(), zs)
		case engine.Max:
			masked(0, engine.Ge)
		case engine.Min:
			masked(0, engine.Le)
		case engine.Pow2: // z·x^(z-1)·dy
			b.sums(n.in[0], to, func(dst engine.Buffer) {
				less := b.temp(z().Len, z().DType)
				b.unary(o.name(), engine.Unary{Op: engine.Shift, Y: less, X: z(), A: -1})
				b.broadcast(o.name(), engine.Pow2, dst, to, x(), xs, less, zs)
				b.broadcast(o.name(), engine.Mul, dst, to, dst, to, z(), zs)
				b.binary(o.name(), engine.Mul, dst, dst, dy)
				b.done(less)
			})
		}
	}
	if b.wants(n, 1) {
		switch o.op {
		case engine.Add:
			same(1)
		case engine.Sub:
			b.sums(n.in[1], to, func(dst engine.Buffer) { b.unary("neg", engine.Unary{Op: engine.Neg, Y: dst, X: dy}) })
		case engine.Mul:
			times(1, engine.Mul, x(), xs)
		case engine.Div: // -dy·y/z
			b.sums(n.in[1], to, func(dst engine.Buffer) {
				b.binary(o.name(), engine.Mul, dst, dy, n.y)
				b.broadcast(o.name(), engine.Div, dst, to, dst, to, z(), zs)
				b.unary("neg", engine.Unary{Op: engine.Neg, Y: dst, X: dst})
			})
		case engine.Max:
			masked(1, engine.Lt)
		case engine.Min:
			masked(1, engine.Gt)
		case engine.Pow2: // y·log x·dy
			b.sums(n.in[1], to, func(dst engine.Buffer) {
				log := b.temp(x().Len, x().DType)
				b.unary("log", engine.Unary{Op: engine.Log, Y: log, X: x()})
				b.broadcast(o.name(), engine.Mul, dst, to, n.y, to, log, xs)
				b.binary(o.name(), engine.Mul, dst, dst, dy)
				b.done(log)
			})
		}
	}
}

func (t *Tensor) binary(op engine.BinaryOp, u *Tensor) *Tensor {
	return record(t.pass(binaryNames[op], u), binary{op}, t, u)
}

// Add is t + u.
func (t *Tensor) Add(u *Tensor) *Tensor { return t.binary(engine.Add, u) }

// Sub is t - u.
func (t *Tensor) Sub(u *Tensor) *Tensor { return t.binary(engine.Sub, u) }

// Mul is t·u, element by element.
func (t *Tensor) Mul(u *Tensor) *Tensor { return t.binary(engine.Mul, u) }

// Div is t/u.
func (t *Tensor) Div(u *Tensor) *Tensor { return t.binary(engine.Div, u) }

// Maximum is the larger of t and u; NaN wins. Where they are equal the gradient goes to t.
func (t *Tensor) Maximum(u *Tensor) *Tensor { return t.binary(engine.Max, u) }

// Minimum is the smaller of t and u; NaN wins. Where they are equal the gradient goes to t.
func (t *Tensor) Minimum(u *Tensor) *Tensor { return t.binary(engine.Min, u) }

// Power is t^u, for t > 0 where a gradient with respect to u is asked for.
func (t *Tensor) Power(u *Tensor) *Tensor { return t.binary(engine.Pow2, u) }

// Comparisons are 1 where they hold and 0 elsewhere, as reals; they have no gradient.

// Equal is t == u.
func (t *Tensor) Equal(u *Tensor) *Tensor { return t.binary(engine.Eq, u) }

// Less is t < u.
func (t *Tensor) Less(u *Tensor) *Tensor { return t.binary(engine.Lt, u) }

// LessEqual is t <= u.
func (t *Tensor) LessEqual(u *Tensor) *Tensor { return t.binary(engine.Le, u) }

// Greater is t > u.
func (t *Tensor) Greater(u *Tensor) *Tensor { return t.binary(engine.Gt, u) }

// GreaterEqual is t >= u.
func (t *Tensor) GreaterEqual(u *Tensor) *Tensor { return t.binary(engine.Ge, u) }

// NotEqual is t != v.
func (t *Tensor) NotEqual(v float32) *Tensor {
	t.pass("notequal")
	return t.binary(engine.Ne, t.constant(float64(v)))
}

// where is a choice by element.
type where struct{}

func (where) name() string { return "where" }
func (where) infer(_ *Pass, in []*entry) (shape, string) {
	d, rule := broadcast(in[1].shape, in[2].shape)
	if rule == "" {
		d, rule = broadcast(d, in[0].shape)
	}
	if rule == "" && in[1].dtype != in[2].dtype {
		rule = fmt.Sprintf("the choices are %v and %v", in[1].dtype, in[2].dtype)
	}
	return shape{d, in[1].dtype}, rule
}
func (where) blocks(i int) bool { return i == 0 }
func (where) call(b *builder, n *node, y, u, v engine.Buffer, us, vs []int) {
	to := n.out.shape
	c := engine.Where{Y: y, Cond: b.value(n.in[0]), A: u, B: v, Dims: box(to),
		StrideC: strides(n.in[0].shape, to), StrideA: strides(us, to), StrideB: strides(vs, to)}
	b.add("where", func(s engine.Stream) error { return s.Where(c) })
}
func (o where) forward(b *builder, n *node) {
	u, v := b.value(n.in[1]), b.value(n.in[2])
	o.call(b, n, b.result(n), u, v, n.in[1].shape, n.in[2].shape)
}
func (o where) backward(b *builder, n *node, dy engine.Buffer) {
	to := n.out.shape
	if b.wants(n, 1) {
		b.sums(n.in[1], to, func(dst engine.Buffer) { o.call(b, n, dst, dy, engine.Buffer{}, to, to) })
	}
	if b.wants(n, 2) {
		b.sums(n.in[2], to, func(dst engine.Buffer) { o.call(b, n, dst, engine.Buffer{}, dy, to, to) })
	}
}

// Where takes a where cond is not 0, and b elsewhere; all three are broadcast. torch.where.
func Where(cond, a, b *Tensor) *Tensor { return record(cond.pass("where", a, b), where{}, cond, a, b) }
