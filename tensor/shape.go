package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// reshape gives the same elements another shape.
type reshape struct{ to dims }

func (reshape) name() string { return "reshape" }
func (o reshape) infer(_ *Pass, in []*entry) (shape, string) {
	s := o.to.slice()
	if size(s) != size(in[0].shape) {
		return shape{}, fmt.Sprintf("%v holds %d elements, not %d", s, size(s), size(in[0].shape))
	}
	return shape{s, in[0].dtype}, ""
}
func (reshape) forward(b *builder, n *node)                    { n.y = b.alias(n.in[0]) }
func (reshape) backward(b *builder, n *node, dy engine.Buffer) { b.share(n.in[0], dy) }

// Reshape gives t another shape; one size of -1 is inferred.
func (t *Tensor) Reshape(shape ...int) *Tensor {
	s := slices.Clone(shape)
	if i := slices.Index(s, -1); i >= 0 {
		s[i] = 1
		n := size(s)
		if n == 0 || t.Len()%n != 0 || slices.Contains(s, -1) {
			fail("reshape", fmt.Sprintf("no size fits -1 in %v", shape), t.Shape())
		}
		s[i] = t.Len() / n
	}
	return record(t.pass("reshape"), reshape{dimsOf("reshape", s)}, t)
}

// Flatten is [n, …] -> [n, m].
func (t *Tensor) Flatten() *Tensor {
	if t.Rank() == 0 {
		fail("flatten", "a number has no batch dimension", t.Shape())
	}
	return t.Reshape(t.Dim(0), size(t.Shape()[1:]))
}

// Unsqueeze inserts a dimension of size 1 at dim; -1 appends it.
func (t *Tensor) Unsqueeze(dim int) *Tensor {
	s := t.Shape()
	return t.Reshape(slices.Insert(slices.Clone(s), axis("unsqueeze", dim, append(slices.Clone(s), 1)), 1)...)
}

// Squeeze removes dimension dim, whose size is 1.
func (t *Tensor) Squeeze(dim int) *Tensor {
	s := slices.Clone(t.Shape())
	i := axis("squeeze", dim, s)
	if s[i] != 1 {
		fail("squeeze", fmt.Sprintf("dimension %d has size %d, want 1", dim, s[i]), s)
	}
	return t.Reshape(slices.Delete(s, i, i+1)...)
}

// slab copies a box of the operand: element i of the result is operand element off + Σ i·stride.
type slab struct {
	what   string
	to     dims
	off    int
	stride [engine.Rank]int // of the operand, right-aligned
	repeat bool             // elements of the operand may appear several times
}

func (o slab) name() string { return o.what }
func (o slab) infer(_ *Pass, in []*entry) (shape, string) {
	return shape{o.to.slice(), in[0].dtype}, ""
}
func (o slab) forward(b *builder, n *node) {
	c := engine.Slab{X: b.value(n.in[0]), Y: b.result(n), Dims: box(n.out.shape), OffX: o.off,
		StrideX: o.stride, StrideY: strides(n.out.shape, n.out.shape)}
	b.add(o.what, func(s engine.Stream) error { return s.Slab(c) })
}
func (o slab) backward(b *builder, n *node, dy engine.Buffer) {
	x, to := n.in[0], n.out.shape
	b.grad(x, func(dst engine.Buffer) {
		if o.repeat { // the operand's elements lie in order, each repeated over the dimensions with stride 0
			over := make([]bool, len(to))
			for i := range over {
				over[i] = o.stride[engine.Rank-len(to)+i] == 0
			}
			b.reduce(engine.Sum, dst, dy, to, over)
			return
		}
		if size(to) != size(x.shape) {
			b.add(o.what, func(s engine.Stream) error { return s.Fill(engine.Fill{Y: dst}) })
		}
		c := engine.Slab{X: dy, Y: dst, Dims: box(to), OffY: o.off, StrideY: o.stride, StrideX: strides(to, to)}
		b.add(o.what, func(s engine.Stream) error { return s.Slab(c) })
	})
}

// Transpose reorders the dimensions; without arguments it reverses them. torch.permute.
func (t *Tensor) Transpose(order ...int) *Tensor {
	s := t.Shape()
	if len(order) == 0 {
		for i := range s {
			order = append(order, len(s)-1-i)
		}
	}
	if len(order) != len(s) {
		fail("transpose", fmt.Sprintf("%d dimensions given, want %d", len(order), len(s)), s)
	}
	own, to := strides(s, s), make([]int, len(s))
	o := slab{what: "transpose"}
	for i, d := range order {
		d = axis("transpose", d, s)
		if slices.Contains(order[:i], d) {
			fail("transpose", fmt.Sprintf("dimension %d is given twice", d), s)
		}
		to[i] = s[d]
		o.stride[engine.Rank-len(s)+i] = own[engine.Rank-len(s)+d]
	}
	o.to = dimsOf("transpose", to)
	return record(t.pass("transpose"), o, t)
}

// Slice is elements from to to-1 along dim; a negative end counts from the last.
func (t *Tensor) Slice(dim, from, to int) *Tensor {
	s := slices.Clone(t.Shape())
	d := axis("slice", dim, s)
	if to < 0 {
		to += s[d]
	}
	if from < 0 || to < from || to > s[d] {
		fail("slice", fmt.Sprintf("%d to %d is not within dimension %d", from, to, dim), s)
	}
	own := strides(s, s)
	s[d] = to - from
	return record(t.pass("slice"), slab{what: "slice", to: dimsOf("slice", s), off: from * own[engine.Rank-len(s)+d], stride: own}, t)
}

// Split cuts t along dim into parts of the given sizes, which add up to its size.
func (t *Tensor) Split(dim int, sizes ...int) []*Tensor {
	d, at := axis("split", dim, t.Shape()), 0
	var parts []*Tensor
	for _, n := range sizes {
		if n < 0 || at+n > t.Dim(d) {
			break
		}
		parts = append(parts, t.Slice(d, at, at+n))
		at += n
	}
	if len(parts) != len(sizes) || at != t.Dim(d) {
		fail("split", fmt.Sprintf("the sizes %v do not add up to dimension %d", sizes, dim), t.Shape())
	}
	return parts
}

// Flip reverses the order along the given dimensions.
func (t *Tensor) Flip(along ...int) *Tensor {
	s := t.Shape()
	o := slab{what: "flip", to: dimsOf("flip", s), stride: strides(s, s)}
	for i, dim := range along {
		d := axis("flip", dim, s)
		if j := slices.IndexFunc(along[:i], func(e int) bool { return axis("flip", e, s) == d }); j >= 0 {
			fail("flip", fmt.Sprintf("dimension %d is given twice", dim), s)
		}
		k := engine.Rank - len(s) + d
		o.off += max(0, s[d]-1) * o.stride[k]
		o.stride[k] = -o.stride[k]
	}
	return record(t.pass("flip"), o, t)
}

// Expand repeats dimensions of size 1, and adds leading ones, up to shape; -1 keeps a size. torch.expand.
func (t *Tensor) Expand(shape ...int) *Tensor {
	s, to := t.Shape(), slices.Clone(shape)
	lead := len(to) - len(s)
	for i := range to {
		j := i - lead
		if to[i] == -1 && j >= 0 {
			to[i] = s[j]
		}
		if lead < 0 || to[i] < 0 || j >= 0 && s[j] != to[i] && s[j] != 1 {
			fail("expand", "cannot be repeated to the second shape", s, shape)
		}
	}
	if lead < 0 {
		fail("expand", "the second shape has fewer dimensions", s, shape)
	}
	o := slab{what: "expand", to: dimsOf("expand", to), repeat: true}
	for i, st := range strides(s, to) {
		if j := i - (engine.Rank - len(s)); j >= 0 && s[j] != 1 {
			o.stride[i] = st
		}
	}
	return record(t.pass("expand"), o, t)
}

// Upsample2D repeats each pixel of [n, h, w, c] factor x factor times (nearest neighbour).
func (t *Tensor) Upsample2D(factor int) *Tensor {
	s := t.Shape()
	if len(s) != 4 || factor < 1 {
		fail("upsample", fmt.Sprintf("want [n h w c] and a factor of at least 1, not %d", factor), s)
	}
	n, h, w, c := s[0], s[1], s[2], s[3]
	return t.Reshape(n, h, 1, w, 1, c).Expand(n, h, factor, w, factor, c).Reshape(n, h*factor, w*factor, c)
}
