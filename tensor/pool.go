package tensor

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// window is a square pooling window.
type window struct{ size, stride, pad int }

func (o window) infer(in []*entry) (shape, string) {
	x := in[0].shape
	switch {
	case !in[0].dtype.Real():
		return shape{}, fmt.Sprintf("the elements are %v: use Float", in[0].dtype)
	case len(x) != 4:
		return shape{}, "want an image [n h w c]"
	case o.size < 1 || o.stride < 1 || o.pad < 0 || 2*o.pad > o.size:
		return shape{}, fmt.Sprintf("impossible window: size %d, stride %d, pad %d (at most half the size)", o.size, o.stride, o.pad)
	}
	d := o.dims(in)
	if x[1]+2*o.pad < o.size || x[2]+2*o.pad < o.size {
		return shape{}, fmt.Sprintf("the %dx%d window does not fit into the padded image", o.size, o.size)
	}
	return shape{[]int{d.N, d.OutH, d.OutW, d.C}, in[0].dtype}, ""
}

func (o window) dims(in []*entry) engine.ConvDims {
	x := in[0].shape
	return engine.ConvDims{N: x[0], H: x[1], W: x[2], C: x[3], K: x[3], R: o.size, S: o.size,
		OutH: (x[1]+2*o.pad-o.size)/o.stride + 1, OutW: (x[2]+2*o.pad-o.size)/o.stride + 1,
		StrideH: o.stride, StrideW: o.stride, PadH: o.pad, PadW: o.pad, DilH: 1, DilW: 1}
}

type maxPool struct{ window }

func (o maxPool) name() string                               { return fmt.Sprintf("maxpool%d", o.size) }
func (o maxPool) infer(_ *Pass, in []*entry) (shape, string) { return o.window.infer(in) }
func (o maxPool) forward(b *builder, n *node) {
	c := engine.Pool2D{X: b.value(n.in[0]), Y: b.result(n), ConvDims: o.dims(n.in)}
	t := engine.U8
	if o.size*o.size > 256 {
		t = engine.I32
	}
	c.Arg = b.alloc(c.Y.Len, t)
	n.aux = []engine.Buffer{c.Arg}
	b.add(o.name(), func(s engine.Stream) error { return s.MaxPool2D(c) })
}
func (o maxPool) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dx engine.Buffer) {
		c := engine.Pool2D{X: dx, Y: dy, Arg: n.aux[0], ConvDims: o.dims(n.in)}
		b.add(o.name(), func(s engine.Stream) error { return s.MaxPool2DBwd(c) })
	})
}

type avgPool struct{ window }

func (o avgPool) name() string                               { return fmt.Sprintf("avgpool%d", o.size) }
func (o avgPool) infer(_ *Pass, in []*entry) (shape, string) { return o.window.infer(in) }
func (o avgPool) forward(b *builder, n *node) {
	c := engine.Pool2D{X: b.value(n.in[0]), Y: b.result(n), ConvDims: o.dims(n.in)}
	b.add(o.name(), func(s engine.Stream) error { return s.AvgPool2D(c) })
}
func (o avgPool) backward(b *builder, n *node, dy engine.Buffer) {
	b.grad(n.in[0], func(dx engine.Buffer) {
		c := engine.Pool2D{X: dx, Y: dy, ConvDims: o.dims(n.in)}
		b.add(o.name(), func(s engine.Stream) error { return s.AvgPool2DBwd(c) })
	})
}

// MaxPool2D is the maximum of each window of [n, h, w, c]; stride 0 is size. Its gradient goes to the first maximum.
// torch.nn.functional.max_pool2d.
func (t *Tensor) MaxPool2D(size, stride, pad int) *Tensor {
	return record(t.pass("maxpool"), maxPool{newWindow(size, stride, pad)}, t)
}

// AvgPool2D is the mean of each window; padding counts as zeros. torch.nn.functional.avg_pool2d.
func (t *Tensor) AvgPool2D(size, stride, pad int) *Tensor {
	return record(t.pass("avgpool"), avgPool{newWindow(size, stride, pad)}, t)
}

func newWindow(size, stride, pad int) window {
	if stride == 0 {
		stride = size
	}
	return window{size, stride, pad}
}
