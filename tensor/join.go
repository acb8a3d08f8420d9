package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// concat joins operands along a dimension.
type concat struct{ dim int }

func (concat) name() string { return "concat" }
func (o concat) infer(_ *Pass, in []*entry) (shape, string) {
	s := slices.Clone(in[0].shape)
	for _, e := range in[1:] {
		if e.dtype != in[0].dtype {
			return shape{}, fmt.Sprintf("the operands are %v and %v", in[0].dtype, e.dtype)
		}
		if len(e.shape) != len(s) {
			return shape{}, "the operands have different numbers of dimensions"
		}
		for i, n := range e.shape {
			if i != o.dim && n != s[i] {
				return shape{}, fmt.Sprintf("sizes %d and %d of dimension %d differ", s[i], n, i)
			}
		}
		s[o.dim] += e.shape[o.dim]
	}
	return shape{s, in[0].dtype}, ""
}

// parts adds a copy between the whole and each operand's part of it.
func (o concat) parts(n *node, each func(i int, c engine.Slab)) {
	own := strides(n.out.shape, n.out.shape)
	at := 0
	for i, e := range n.in {
		each(i, engine.Slab{Dims: box(e.shape), OffY: at * own[engine.Rank-len(e.shape)+o.dim],
			StrideY: own, StrideX: strides(e.shape, e.shape)})
		at += e.shape[o.dim]
	}
}
func (o concat) forward(b *builder, n *node) {
	y := b.result(n)
	o.parts(n, func(i int, c engine.Slab) {
		c.Y, c.X = y, b.value(n.in[i])
		b.add("concat", func(s engine.Stream) error { return s.Slab(c) })
	})
}
func (o concat) backward(b *builder, n *node, dy engine.Buffer) {
	o.parts(n, func(i int, c engine.Slab) {
		if !b.wants(n, i) {
			return
		}
		b.grad(n.in[i], func(dst engine.Buffer) {
			c := engine.Slab{Y: dst, X: dy, Dims: c.Dims, OffX: c.OffY, StrideX: c.StrideY, StrideY: c.StrideX}
			b.add("concat", func(s engine.Stream) error { return s.Slab(c) })
		})
	})
}

// Concat joins ts along dim; their other sizes agree. torch.cat.
func Concat(dim int, ts ...*Tensor) *Tensor {
	if len(ts) == 0 {
		fail("concat", "no operands")
	}
	p := ts[0].pass("concat", ts[1:]...)
	return record(p, concat{axis("concat", dim, ts[0].Shape())}, ts...)
}

// Stack joins ts, of one shape, along a new dimension.
func Stack(dim int, ts ...*Tensor) *Tensor {
	us := make([]*Tensor, len(ts))
	for i, t := range ts {
		if t == nil {
			fail("stack", "an operand is nil")
		}
		if !slices.Equal(t.Shape(), ts[0].Shape()) {
			fail("stack", "the shapes differ", ts[0].Shape(), t.Shape())
		}
		if t.p == nil {
			t = ts[0].pass("stack", ts...).Use(t)
		}
		us[i] = t.Unsqueeze(dim)
	}
	if dim < 0 && len(us) > 0 {
		dim += us[0].Rank()
	}
	return Concat(dim, us...)
}

// pad surrounds its operand with a number.
type pad struct {
	dim, before, after int
	value              number
}

func (pad) name() string { return "pad" }
func (o pad) infer(_ *Pass, in []*entry) (shape, string) {
	s := slices.Clone(in[0].shape)
	s[o.dim] += o.before + o.after
	return shape{s, in[0].dtype}, ""
}
func (o pad) inside(n *node) engine.Slab {
	own := strides(n.out.shape, n.out.shape)
	s := n.in[0].shape
	return engine.Slab{Dims: box(s), OffY: o.before * own[engine.Rank-len(s)+o.dim], StrideY: own, StrideX: strides(s, s)}
}
func (o pad) forward(b *builder, n *node) {
	c := o.inside(n)
	c.X, c.Y = b.value(n.in[0]), b.result(n)
	b.add("pad", func(s engine.Stream) error { return s.Fill(engine.Fill{Y: c.Y, Value: o.value.float()}) })
	b.add("pad", func(s engine.Stream) error { return s.Slab(c) })
}
func (o pad) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dst engine.Buffer) {
		c := o.inside(n)
		c = engine.Slab{Y: dst, X: dy, Dims: c.Dims, OffX: c.OffY, StrideX: c.StrideY, StrideY: c.StrideX}
		b.add("pad", func(s engine.Stream) error { return s.Slab(c) })
	})
}

// Pad adds before and after elements of value v along dim.
func (t *Tensor) Pad(dim, before, after int, v float32) *Tensor {
	if before < 0 || after < 0 {
		fail("pad", fmt.Sprintf("negative padding %d, %d: use Slice", before, after), t.Shape())
	}
	return record(t.pass("pad"), pad{axis("pad", dim, t.Shape()), before, after, numberOf(float64(v))}, t)
}
