package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// reduction folds some dimensions; bit i of over is dimension i.
type reduction struct {
	op   engine.ReduceOp
	over uint8
}

var reduceNames = [engine.ReduceOps]string{"sum", "mean", "argmax", "argmin", "sumsquares"}

func (o reduction) name() string { return reduceNames[o.op] }

func (o reduction) dims(rank int) []bool {
	over := make([]bool, rank)
	for i := range over {
		over[i] = o.over>>i&1 == 1
	}
	return over
}

func (o reduction) infer(_ *Pass, in []*entry) (s shape, rule string) {
	if !in[0].dtype.Real() {
		return s, fmt.Sprintf("the elements are %v: use Float", in[0].dtype)
	}
	s.dims, s.dtype = []int{}, in[0].dtype
	for i, folded := range o.dims(len(in[0].shape)) {
		n := in[0].shape[i]
		if !folded {
			s.dims = append(s.dims, n)
		} else if n == 0 && (o.op == engine.ArgMax || o.op == engine.ArgMin) {
			return s, fmt.Sprintf("dimension %d has no elements", i)
		}
	}
	if o.op == engine.ArgMax || o.op == engine.ArgMin {
		s.dtype = engine.I32
	}
	return s, ""
}

func (o reduction) forward(b *builder, n *node) {
	x := b.value(n.in[0])
	b.reduce(o.op, b.result(n), x, n.in[0].shape, o.dims(len(n.in[0].shape)))
}

// reduce adds y = op over the marked dimensions of x: neighbouring ones in one call, the last ones first.
func (b *builder) reduce(op engine.ReduceOp, y, x engine.Buffer, shape []int, over []bool) {
	shape, over = slices.Clone(shape), slices.Clone(over)
	name := reduceNames[op]
	for owned := false; ; owned = true {
		to := len(shape)
		for to > 0 && !over[to-1] {
			to--
		}
		if to == 0 {
			if !owned { // nothing to fold
				if op == engine.SumSquares {
					b.unary(name, engine.Unary{Op: engine.Square, Y: y, X: x})
				} else {
					b.add(name, func(s engine.Stream) error { return s.Copy(engine.Copy{Y: y, X: x}) })
				}
			}
			return
		}
		from := to
		for from > 0 && over[from-1] {
			from--
		}
		c := engine.Reduction{Op: op, X: x, Y: y, Outer: size(shape[:from]), N: size(shape[from:to]), Inner: size(shape[to:])}
		shape, over = slices.Delete(shape, from, to), slices.Delete(over, from, to)
		last := !slices.Contains(over, true)
		if !last {
			c.Y = b.temp(c.Outer*c.Inner, x.DType)
		}
		b.add(name, func(s engine.Stream) error { return s.Reduce(c) })
		if owned {
			b.done(x)
		}
		if last {
			return
		}
		x = c.Y
		if op == engine.SumSquares {
			op = engine.Sum
		}
	}
}

func (o reduction) blocks(int) bool { return o.op == engine.ArgMax || o.op == engine.ArgMin }

func (o reduction) backward(b *builder, n *node, dy engine.Buffer) {
	x := n.in[0]
	over := o.dims(len(x.shape))
	kept := slices.Clone(x.shape) // dy's shape, with the folded dimensions as 1
	for i := range kept {
		if over[i] {
			kept[i] = 1
		}
	}
	b.grad(x, func(dst engine.Buffer) {
		part := dy
		if o.op == engine.Mean || o.op == engine.SumSquares {
			a := 2.0
			if o.op == engine.Mean {
				a = float64(size(kept)) / float64(size(x.shape))
			}
			part = b.temp(dy.Len, dy.DType)
			b.unary("scale", engine.Unary{Op: engine.Scale, Y: part, X: dy, A: a})
			defer b.done(part)
		}
		if o.op == engine.SumSquares {
			b.broadcast(o.name(), engine.Mul, dst, x.shape, part, kept, b.value(x), x.shape)
			return
		}
		b.expand(o.name(), dst, x.shape, part, kept)
	})
}

// expand adds dst = src, repeated from shape from to shape to.
func (b *builder) expand(name string, dst engine.Buffer, to []int, src engine.Buffer, from []int) {
	c := engine.Slab{Y: dst, X: src, Dims: box(to), StrideY: strides(to, to), StrideX: strides(from, to)}
	b.add(name, func(s engine.Stream) error { return s.Slab(c) })
}

func (t *Tensor) reduce(op engine.ReduceOp, dims []int) *Tensor {
	name := reduceNames[op]
	p := t.pass(name)
	o := reduction{op: op}
	for _, d := range dims {
		bit := uint8(1) << axis(name, d, t.Shape())
		if o.over&bit != 0 {
			fail(name, fmt.Sprintf("dimension %d is given twice", d), t.Shape())
		}
		o.over |= bit
	}
	if len(dims) == 0 {
		o.over = 1<<len(t.Shape()) - 1
	}
	return record(p, o, t)
}

// Sum adds over the given dimensions, or over all. They are dropped from the shape.
func (t *Tensor) Sum(dims ...int) *Tensor { return t.reduce(engine.Sum, dims) }

// Mean averages over the given dimensions, or over all.
func (t *Tensor) Mean(dims ...int) *Tensor { return t.reduce(engine.Mean, dims) }

// ArgMax is the position of the largest element along dim, Int32; the first one where several are equal.
func (t *Tensor) ArgMax(dim int) *Tensor { return t.reduce(engine.ArgMax, []int{dim}) }

// ArgMin is the position of the smallest element along dim, Int32.
func (t *Tensor) ArgMin(dim int) *Tensor { return t.reduce(engine.ArgMin, []int{dim}) }

// Max is the largest element along dim, which is dropped from the shape. Its gradient goes to the first of equal ones.
func (t *Tensor) Max(dim int) *Tensor { return t.extreme(dim, t.ArgMax(dim)) }

// Min is the smallest element along dim. Its gradient goes to the first of equal ones.
func (t *Tensor) Min(dim int) *Tensor { return t.extreme(dim, t.ArgMin(dim)) }

func (t *Tensor) extreme(dim int, at *Tensor) *Tensor {
	dim = axis("max", dim, t.Shape())
	return t.Gather(dim, at.Unsqueeze(dim)).Squeeze(dim)
}

// Prod multiplies along dim, by halves: in a logarithm of its size in steps, with a gradient that zeros do not spoil.
func (t *Tensor) Prod(dim int) *Tensor {
	dim = axis("prod", dim, t.Shape())
	n := t.Dim(dim)
	if n == 0 {
		p := t.pass("prod")
		return p.Full(1, slices.Delete(slices.Clone(t.Shape()), dim, dim+1)...)
	}
	for ; n > 1; n = (n + 1) / 2 {
		half := t.Slice(dim, 0, n/2).Mul(t.Slice(dim, n/2, n/2*2))
		if n%2 == 1 {
			half = Concat(dim, half, t.Slice(dim, n-1, n))
		}
		t = half
	}
	return t.Squeeze(dim)
}

// Var is the unbiased variance over the given dimensions, or over all. torch.var.
func (t *Tensor) Var(dims ...int) *Tensor {
	mean := t.Mean(dims...)
	kept := slices.Clone(t.Shape())
	if len(dims) == 0 {
		for i := range kept {
			kept[i] = 1
		}
	}
	for _, d := range dims {
		kept[axis("var", d, kept)] = 1
	}
	n := float64(t.Len()) / float64(mean.Len())
	return t.Sub(mean.Reshape(kept...)).Square().Sum(dims...).unary(engine.Scale, 1/(n-1), 0)
}

// softmax is over the last dimension.
type softmax struct{ log bool }

func (o softmax) name() string {
	if o.log {
		return "logsoftmax"
	}
	return "softmax"
}
func (softmax) infer(p *Pass, in []*entry) (shape, string) { return unary{}.infer(p, in) }
func (o softmax) rows(n *node) (rows, width int) {
	s := n.out.shape
	return size(s[:len(s)-1]), s[len(s)-1]
}
func (o softmax) forward(b *builder, n *node) {
	rows, width := o.rows(n)
	c := engine.Softmax{X: b.value(n.in[0]), Y: b.result(n), Rows: rows, N: width, Log: o.log}
	b.add(o.name(), func(s engine.Stream) error { return s.Softmax(c) })
}
func (o softmax) backward(b *builder, n *node, dy engine.Buffer) {
	rows, width := o.rows(n)
	b.grad(n.in[0], func(dx engine.Buffer) {
		c := engine.SoftmaxBwd{DX: dx, DY: dy, Y: n.y, Rows: rows, N: width, Log: o.log}
		b.add(o.name(), func(s engine.Stream) error { return s.SoftmaxBwd(c) })
	})
}

// Softmax is e^x along dim, divided by its sum.
func (t *Tensor) Softmax(dim int) *Tensor { return t.softmax(dim, softmax{}) }

// LogSoftmax is the logarithm of Softmax, exact where that underflows.
func (t *Tensor) LogSoftmax(dim int) *Tensor { return t.softmax(dim, softmax{log: true}) }

func (t *Tensor) softmax(dim int, o softmax) *Tensor {
	p, last := t.pass(o.name()), t.Rank()-1
	if dim = axis(o.name(), dim, t.Shape()); dim == last {
		return record(p, o, t)
	}
	swap := make([]int, t.Rank())
	for i := range swap {
		swap[i] = i
	}
	swap[dim], swap[last] = last, dim
	return record(p, o, t.Transpose(swap...)).Transpose(swap...)
}
