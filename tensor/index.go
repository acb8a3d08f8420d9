package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// lookup takes rows of a table by id.
type lookup struct{ pad int }

func (lookup) name() string { return "rows" }
func (o lookup) infer(_ *Pass, in []*entry) (shape, string) {
	switch {
	case len(in[0].shape) != 2:
		return shape{}, "the table must be [rows dim]"
	case in[1].dtype != engine.I32:
		return shape{}, fmt.Sprintf("the ids are %v, want int32", in[1].dtype)
	}
	return shape{append(slices.Clone(in[1].shape), in[0].shape[1]), in[0].dtype}, ""
}
func (o lookup) call(n *node) engine.Gather {
	return engine.Gather{Rows: n.in[0].shape[0], Dim: n.in[0].shape[1], N: size(n.in[1].shape), Pad: o.pad}
}
func (o lookup) forward(b *builder, n *node) {
	c := o.call(n)
	c.Table, c.Ids, c.Y = b.value(n.in[0]), b.value(n.in[1]), b.result(n)
	b.add("rows", func(s engine.Stream) error { return s.Gather(c) })
}
func (o lookup) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dst engine.Buffer) {
		c := o.call(n)
		c.Table, c.Ids, c.Y = dst, b.value(n.in[1]), dy
		b.add("rows", func(s engine.Stream) error { return s.ScatterAdd(c) })
	})
}

// Rows takes rows of t [rows, dim] by ids […] Int32, and gives […, dim].
func (t *Tensor) Rows(ids *Tensor) *Tensor {
	return record(t.pass("rows", ids), lookup{pad: -1}, t, ids)
}

// Embedding is Rows where id 0 is padding: it reads as zeros and gets no gradient.
// torch.nn.functional.embedding(padding_idx=0).
func (t *Tensor) Embedding(ids *Tensor) *Tensor {
	return record(t.pass("embedding", ids), lookup{pad: 0}, t, ids)
}

// take picks elements along a dimension.
type take struct{ dim int }

func (take) name() string { return "gather" }
func (o take) infer(_ *Pass, in []*entry) (shape, string) {
	x, ids := in[0].shape, in[1].shape
	switch {
	case in[1].dtype != engine.I32:
		return shape{}, fmt.Sprintf("the ids are %v, want int32", in[1].dtype)
	case !in[0].dtype.Real():
		return shape{}, fmt.Sprintf("the elements are %v: use Float", in[0].dtype)
	case len(x) != len(ids):
		return shape{}, "the ids have another number of dimensions"
	}
	for i := range x {
		if i != o.dim && x[i] != ids[i] {
			return shape{}, fmt.Sprintf("sizes %d and %d of dimension %d differ", x[i], ids[i], i)
		}
	}
	return shape{ids, in[0].dtype}, ""
}
func (o take) call(n *node) engine.TakeAlong {
	x, ids := n.in[0].shape, n.in[1].shape
	return engine.TakeAlong{Outer: size(x[:o.dim]), N: x[o.dim], M: ids[o.dim], Inner: size(x[o.dim+1:])}
}
func (o take) forward(b *builder, n *node) {
	c := o.call(n)
	c.X, c.Ids, c.Y = b.value(n.in[0]), b.value(n.in[1]), b.result(n)
	b.add("gather", func(s engine.Stream) error { return s.TakeAlong(c) })
}
func (o take) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dst engine.Buffer) {
		c := o.call(n)
		c.X, c.Ids, c.Y = dst, b.value(n.in[1]), dy
		b.add("gather", func(s engine.Stream) error { return s.PutAlong(c) })
	})
}

// Gather takes element ids[i…] along dim at each place: ids (Int32) has t's shape except along dim. torch.gather.
func (t *Tensor) Gather(dim int, ids *Tensor) *Tensor {
	return record(t.pass("gather", ids), take{axis("gather", dim, t.Shape())}, t, ids)
}

// OneHot turns ids […] Int32 into […, n] with a 1 at each id and 0 elsewhere; an id outside gives zeros.
func (t *Tensor) OneHot(n int) *Tensor {
	p := t.pass("onehot")
	if t.DType() != Int32 || n < 0 {
		fail("onehot", fmt.Sprintf("want int32 ids and n >= 0, not %v and %d", t.DType(), n), t.Shape())
	}
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(i)
	}
	return t.Unsqueeze(-1).Equal(From(p, ids, n))
}
