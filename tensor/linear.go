package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// linear is act(x·wᵀ + b + r): in is x, w and perhaps b and r.
type linear struct {
	addends
	epilogue
}

func (o linear) name() string {
	if o.residual {
		return "linear+add" + o.suffix()
	}
	return "linear" + o.suffix()
}

func (linear) infer(_ *Pass, in []*entry) (shape, string) {
	x, w := in[0].shape, in[1].shape
	switch {
	case !in[0].dtype.Real() || !in[1].dtype.Real():
		return shape{}, "the operands must be real: use Float"
	case len(x) == 0 || len(w) != 2:
		return shape{}, "want [… in] and weights [out in]"
	case x[len(x)-1] != w[1]:
		return shape{}, fmt.Sprintf("the input has %d features, the weights want %d", x[len(x)-1], w[1])
	case len(in) > 2 && !slices.Equal(in[2].shape, w[:1]):
		return shape{}, fmt.Sprintf("the bias must be [%d]", w[0])
	}
	return shape{append(slices.Clone(x[:len(x)-1]), w[0]), in[0].dtype}, ""
}

func (o linear) sizes(n *node) (rows, out, in int) {
	w := n.in[1].shape
	return size(n.out.shape[:len(n.out.shape)-1]), w[0], w[1]
}

func (o linear) absorb(next op) (op, bool) {
	act, ok := o.absorbs(next)
	o.act = act
	return o, ok
}

func (o linear) plus(n *node, r *entry) (op, bool) {
	a, ok := o.addends.plus(n, r, n.in[1].shape[0])
	return linear{addends: a}, ok && o.act == engine.ActNone
}

func (o linear) forward(b *builder, n *node) {
	m, out, in := o.sizes(n)
	c := engine.MatMul{A: b.value(n.in[0]), B: b.value(n.in[1]), C: b.result(n), Batch: 1, M: m, N: out, K: in, Act: o.act}
	o.addends.forward(b, n, &c)
	b.matmul(o.name(), c)
}

func (b *builder) matmul(name string, c engine.MatMul) {
	b.add(name, func(s engine.Stream) error { return s.MatMul(c) })
}

func (o linear) backward(b *builder, n *node, dy engine.Buffer) {
	m, out, in := o.sizes(n)
	dz, free := o.undo(b, n, dy)
	if b.wants(n, 1) {
		b.product("linear", n, 1, engine.MatMul{A: dz, B: b.value(n.in[0]), Batch: 1, M: out, N: in, K: m, TransA: true, TransB: true})
	}
	o.addends.backward(b, n, dz)
	if b.wants(n, 0) {
		b.product("linear", n, 0, engine.MatMul{A: dz, B: b.value(n.in[1]), Batch: 1, M: m, N: in, K: out, TransB: true})
	}
	free()
}

// columnSums adds the gradient of a bias: the sum of dz's rows.
func (b *builder) columnSums(bias *entry, dz engine.Buffer, rows int) {
	b.grad(bias, func(db engine.Buffer) {
		c := engine.Reduction{Op: engine.Sum, X: dz, Y: db, Outer: 1, N: rows, Inner: size(bias.shape)}
		b.add("bias", func(s engine.Stream) error { return s.Reduce(c) })
	})
}

// Linear is t·wᵀ + b, with t […, in], w [out, in] and b [out] or nil. torch.nn.functional.linear.
func (t *Tensor) Linear(w, b *Tensor) *Tensor {
	p := t.pass("linear", w, b)
	if b == nil {
		return record(p, linear{}, t, w)
	}
	return record(p, linear{addends: addends{bias: true}}, t, w, b)
}

// matmul is act(x·u + b + r), batched, of [b m k] and [b k n]; a batch of one repeats. in is x, u and perhaps b and r.
type matmul struct {
	addends
	epilogue
}

func (o matmul) name() string {
	s := "matmul"
	if o.bias {
		s += "+bias"
	}
	if o.residual {
		s += "+add"
	}
	return s + o.suffix()
}

func (matmul) infer(_ *Pass, in []*entry) (shape, string) {
	x, u := in[0].shape, in[1].shape
	batch := x[0]
	if batch == 1 {
		batch = u[0]
	}
	return shape{[]int{batch, x[1], u[2]}, in[0].dtype}, ""
}

// absorb takes the reshape that every MatMul ends with, so that what follows it can be taken too.
func (o matmul) absorb(next op) (op, bool) {
	if _, ok := next.(reshape); ok && o == (matmul{}) {
		return o, true
	}
	act, ok := o.absorbs(next)
	o.act = act
	return o, ok
}

func (o matmul) plus(n *node, r *entry) (op, bool) {
	a, ok := o.addends.plus(n, r, n.in[1].shape[2])
	return matmul{addends: a}, ok && o.act == engine.ActNone
}

func (matmul) call(n *node) engine.MatMul {
	x, u := n.in[0].shape, n.in[1].shape
	c := engine.MatMul{Batch: x[0], M: x[1], N: u[2], K: x[2], StrideA: x[1] * x[2], StrideB: u[1] * u[2]}
	if x[0] == 1 {
		c.Batch, c.StrideA = u[0], 0
	}
	if u[0] == 1 {
		c.StrideB = 0
	}
	return c
}

func (o matmul) forward(b *builder, n *node) {
	c := o.call(n)
	c.A, c.B, c.C, c.TransB, c.Act = b.value(n.in[0]), b.value(n.in[1]), b.result(n), true, o.act
	o.addends.forward(b, n, &c)
	b.matmul(o.name(), c)
}

func (o matmul) backward(b *builder, n *node, dy engine.Buffer) {
	c := o.call(n)
	m, k, w := c.M, c.K, c.N
	dz, free := o.undo(b, n, dy)
	operand := func(i int, c engine.MatMul) {
		if to := []int{c.Batch, c.M, c.N}; size(to) != size(n.in[i].shape) {
			b.sums(n.in[i], to, func(dst engine.Buffer) {
				c.C = dst
				b.matmul("matmul", c)
			})
			return
		}
		b.product("matmul", n, i, c)
	}
	if b.wants(n, 1) { // xᵀ·dz
		operand(1, engine.MatMul{A: b.value(n.in[0]), B: dz, Batch: c.Batch, M: k, N: w, K: m,
			StrideA: c.StrideA, StrideB: m * w, TransA: true, TransB: true})
	}
	o.addends.backward(b, n, dz)
	if b.wants(n, 0) { // dz·uᵀ: u [k n] is what the engine calls [N,K]
		operand(0, engine.MatMul{A: dz, B: b.value(n.in[1]), Batch: c.Batch, M: m, N: k, K: w, StrideA: m * w, StrideB: c.StrideB})
	}
	free()
}

// MatMul is the matrix product of […, m, k] and […, k, n]; leading dimensions are batches and broadcast, and a vector
// is a row on the left, a column on the right. torch.matmul.
func (t *Tensor) MatMul(u *Tensor) *Tensor {
	p := t.pass("MatMul", u)
	p.check("MatMul", t)
	p.check("MatMul", u)
	x, y := t.Shape(), u.Shape()
	switch {
	case len(x) == 0 || len(y) == 0:
		fail("MatMul", "a number is no matrix: use Mul", x, y)
	case !t.DType().engine().Real() || !u.DType().engine().Real():
		fail("MatMul", "the operands must be real: use Float", x, y)
	}
	row, column := len(x) == 1, len(y) == 1
	if row {
		x = []int{1, x[0]}
	}
	if column {
		y = []int{y[0], 1}
	}
	m, k, n := x[len(x)-2], x[len(x)-1], y[len(y)-1]
	if k != y[len(y)-2] {
		fail("MatMul", fmt.Sprintf("inner dimensions differ (%d, %d)", k, y[len(y)-2]), t.Shape(), u.Shape())
	}
	bx, by := x[:len(x)-2], y[:len(y)-2]
	batch, rule := broadcast(bx, by)
	if rule != "" {
		fail("MatMul", "batches: "+rule, t.Shape(), u.Shape())
	}
	out := append(slices.Clone(batch), m, n)
	switch {
	case row && column:
		out = []int{}
	case row:
		out = slices.Delete(out, len(out)-2, len(out)-1)
	case column:
		out = out[:len(out)-1]
	}
	a, c := p.in(t), p.in(u)
	if size(by) == 1 { // one matrix on the right: all rows of the left at once
		a, c = a.Reshape(1, size(batch)*m, k), c.Reshape(1, k, n)
	} else {
		a, c = a.batched(bx, batch, m, k), c.batched(by, batch, k, n)
	}
	return record(p, matmul{}, a, c).Reshape(out...)
}

// batched is t as [b m k], with b the batch's size, or 1 where t is a single matrix.
func (t *Tensor) batched(own, batch []int, m, k int) *Tensor {
	if n := size(own); n == 1 || n == size(batch) {
		return t.Reshape(n, m, k)
	}
	return t.Reshape(append(slices.Clone(own), m, k)...).Expand(append(slices.Clone(batch), m, k)...).Reshape(size(batch), m, k)
}

// in is t as a tensor of the pass, be it a parameter or not.
func (p *Pass) in(t *Tensor) *Tensor {
	if t.param != nil {
		return p.Use(t)
	}
	return t
}
