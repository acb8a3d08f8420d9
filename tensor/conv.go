package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// Conv2DOptions are strides and zero padding; the zero value is stride 1 without padding ("valid").
type Conv2DOptions struct {
	Stride, Pad, Dilation [2]int // height, width; stride and dilation 0 mean 1
	OutPad                [2]int // transposed only: rows and columns added at the end of the output
}

func (o *Conv2DOptions) defaults() {
	for i := range 2 {
		o.Stride[i], o.Dilation[i] = max(o.Stride[i], 1), max(o.Dilation[i], 1)
	}
}

func (o Conv2DOptions) rule() string {
	for i := range 2 {
		if o.Stride[i] < 1 || o.Dilation[i] < 1 || o.Pad[i] < 0 || o.OutPad[i] < 0 {
			return fmt.Sprintf("impossible options: stride %v, pad %v, dilation %v, output padding %v", o.Stride, o.Pad, o.Dilation, o.OutPad)
		}
	}
	return ""
}

// conv2d is a convolution: in is x, w and perhaps a bias.
type conv2d struct {
	o Conv2DOptions
	epilogue
	pool int // side of the max-pooling windows, or 0
}

func (o conv2d) name() string {
	s := "conv2d" + o.suffix()
	if o.pool > 0 {
		s += fmt.Sprintf("+maxpool%d", o.pool)
	}
	return s
}

func convRule(in []*entry, channels int) string {
	x, w := in[0].shape, in[1].shape
	switch {
	case !in[0].dtype.Real() || !in[1].dtype.Real():
		return "the operands must be real: use Float"
	case len(x) != 4 || len(w) != 4:
		return "want an image [n h w c] and weights [out kh kw in]"
	case x[3] != w[channels]:
		return fmt.Sprintf("the image has %d channels, the weights want %d", x[3], w[channels])
	case w[1] < 1 || w[2] < 1:
		return "the kernel is empty"
	}
	return ""
}

func (o conv2d) infer(_ *Pass, in []*entry) (shape, string) {
	rule := o.o.rule()
	if rule == "" {
		rule = convRule(in, 3)
	}
	if rule != "" {
		return shape{}, rule
	}
	d := o.dims(in)
	switch {
	case d.OutH < 1 || d.OutW < 1:
		return shape{}, fmt.Sprintf("the %dx%d kernel does not fit into the padded image", d.R, d.S)
	case len(in) > 2 && !slices.Equal(in[2].shape, in[1].shape[:1]):
		return shape{}, fmt.Sprintf("the bias must be [%d]", d.K)
	}
	return shape{[]int{d.N, d.OutH, d.OutW, d.K}, in[0].dtype}, ""
}

func (o conv2d) dims(in []*entry) engine.ConvDims {
	x, w, p := in[0].shape, in[1].shape, o.o
	return engine.ConvDims{N: x[0], H: x[1], W: x[2], C: x[3], K: w[0], R: w[1], S: w[2],
		OutH:    (x[1]+2*p.Pad[0]-p.Dilation[0]*(w[1]-1)-1)/p.Stride[0] + 1,
		OutW:    (x[2]+2*p.Pad[1]-p.Dilation[1]*(w[2]-1)-1)/p.Stride[1] + 1,
		StrideH: p.Stride[0], StrideW: p.Stride[1], PadH: p.Pad[0], PadW: p.Pad[1], DilH: p.Dilation[0], DilW: p.Dilation[1]}
}

func (o conv2d) absorb(next op) (op, bool) {
	if p, ok := next.(maxPool); ok && o.pool == 0 && p.stride == p.size && p.pad == 0 && p.size <= 16 {
		o.pool = p.size
		return o, true
	}
	act, ok := o.absorbs(next)
	ok = ok && o.pool == 0
	o.act = act
	return o, ok
}

func (o conv2d) forward(b *builder, n *node) {
	c := engine.Conv2D{X: b.value(n.in[0]), W: b.value(n.in[1]), Y: b.result(n), ConvDims: o.dims(n.in), Act: o.act, Pool: o.pool}
	if len(n.in) > 2 {
		c.Bias = b.value(n.in[2])
	}
	if o.pool > 0 {
		c.Arg = b.alloc(c.Y.Len, engine.U8)
		n.aux = []engine.Buffer{c.Arg}
	}
	b.add(o.name(), func(s engine.Stream) error { return s.Conv2D(c) })
}

// epilogueMost is how many bytes the gradient before a convolution's pooling may have. It is four times as large as
// that behind it, and would be the largest value of many models: above this, images go back some at a time.
var epilogueMost = 64 << 20

func (o conv2d) backward(b *builder, n *node, dy engine.Buffer) {
	d := o.dims(n.in)
	images := d.N
	if o.pool > 0 {
		images = min(d.N, epilogueMost/max(1, d.OutH*d.OutW*d.K*dy.DType.Size()))
	}
	images = max(images, 1)
	back := func(dx engine.Buffer) {
		o.back(b, n, dy, dx, 0, min(images, d.N))
		for from := images; from < d.N; from += images {
			o.back(b, n, dy, dx, from, min(images, d.N-from))
		}
	}
	if b.wants(n, 0) {
		b.grad(n.in[0], back)
	} else {
		back(engine.Buffer{})
	}
}

// back is the backward pass of some images; dx, of all of them, is absent if nobody asks for it.
func (o conv2d) back(b *builder, n *node, dy, dx engine.Buffer, from, images int) {
	d := o.dims(n.in)
	all := max(1, d.N)
	part := func(x engine.Buffer) engine.Buffer { return x.Window(x.Len/all*from, x.Len/all*images) }
	dz := part(dy)
	d.N = images
	pixels := images * d.OutH * d.OutW
	bias := b.wants(n, 2)
	if act := b.remains(n, o.act); act != engine.ActNone || o.pool > 0 {
		c := engine.Conv2DEpilogue{DZ: dz, DY: dz, Y: part(n.y), ConvDims: d, Act: act, Pool: o.pool}
		if o.pool > 0 || !b.owns(n, dy) {
			c.DZ = b.temp(pixels*d.K, dy.DType)
			defer b.done(c.DZ)
		}
		dz = c.DZ
		if o.pool > 0 {
			c.Arg = part(n.aux[0])
		}
		undo := func() { b.add("epilogue", func(s engine.Stream) error { return s.Conv2DBwdEpilogue(c) }) }
		if bias {
			b.grad(n.in[2], func(db engine.Buffer) { c.DBias = db; undo() })
		} else {
			undo()
		}
	} else if bias {
		b.columnSums(n.in[2], dz, pixels)
	}
	if b.wants(n, 1) {
		b.grad(n.in[1], func(dw engine.Buffer) {
			c := engine.Conv2DBwd{DW: dw, DY: dz, X: part(b.value(n.in[0])), ConvDims: d}
			b.add("conv2d weights", func(s engine.Stream) error { return s.Conv2DBwdWeights(c) })
		})
	}
	if !dx.Absent() {
		c := engine.Conv2DBwd{DX: part(dx), DY: dz, W: b.value(n.in[1]), ConvDims: d}
		b.add("conv2d data", func(s engine.Stream) error { return s.Conv2DBwdData(c) })
	}
}

// Conv2D convolves x [n,h,w,c] with w [out,kh,kw,c], b [out] or nil, and gives [n,h',w',out] with
// h' = (h + 2·pad - dilation·(kh-1) - 1)/stride + 1. torch.nn.functional.conv2d.
func Conv2D(x, w, b *Tensor, o Conv2DOptions) *Tensor {
	o.defaults()
	p := x.pass("conv2d", w, b)
	if o.OutPad != [2]int{} {
		fail("conv2d", "output padding is for transposed convolutions", x.Shape(), w.Shape())
	}
	if b == nil {
		return record(p, conv2d{o: o}, x, w)
	}
	return record(p, conv2d{o: o}, x, w, b)
}

// convTranspose2d is the data gradient of a convolution from y [n,h',w',out] to x, used as a forward.
type convTranspose2d struct {
	o Conv2DOptions
	epilogue
}

func (o convTranspose2d) name() string { return "convtranspose2d" + o.suffix() }

func (o convTranspose2d) infer(_ *Pass, in []*entry) (shape, string) {
	rule := o.o.rule()
	if rule == "" {
		rule = convRule(in, 0)
	}
	if rule != "" {
		return shape{}, rule
	}
	d := o.dims(in)
	p := o.o
	switch {
	case d.H < 1 || d.W < 1:
		return shape{}, "the output is empty: less padding or a larger kernel"
	case p.OutPad[0] >= max(p.Stride[0], p.Dilation[0]) || p.OutPad[1] >= max(p.Stride[1], p.Dilation[1]):
		return shape{}, fmt.Sprintf("the output padding %v must be below the stride or the dilation", p.OutPad)
	case len(in) > 2 && !slices.Equal(in[2].shape, in[1].shape[3:]):
		return shape{}, fmt.Sprintf("the bias must be [%d]", d.C)
	}
	return shape{[]int{d.N, d.H, d.W, d.C}, in[0].dtype}, ""
}

// dims are those of the convolution whose data gradient this is.
func (o convTranspose2d) dims(in []*entry) engine.ConvDims {
	x, w, p := in[0].shape, in[1].shape, o.o
	return engine.ConvDims{N: x[0], OutH: x[1], OutW: x[2], K: w[0], R: w[1], S: w[2], C: w[3],
		H:       (x[1]-1)*p.Stride[0] - 2*p.Pad[0] + p.Dilation[0]*(w[1]-1) + 1 + p.OutPad[0],
		W:       (x[2]-1)*p.Stride[1] - 2*p.Pad[1] + p.Dilation[1]*(w[2]-1) + 1 + p.OutPad[1],
		StrideH: p.Stride[0], StrideW: p.Stride[1], PadH: p.Pad[0], PadW: p.Pad[1], DilH: p.Dilation[0], DilW: p.Dilation[1]}
}

func (o convTranspose2d) absorb(next op) (op, bool) {
	act, ok := o.absorbs(next)
	o.act = act
	return o, ok
}

func (o convTranspose2d) forward(b *builder, n *node) {
	c := engine.Conv2D{X: b.value(n.in[0]), W: b.value(n.in[1]), Y: b.result(n), ConvDims: o.dims(n.in), Act: o.act}
	if len(n.in) > 2 {
		c.Bias = b.value(n.in[2])
	}
	b.add(o.name(), func(s engine.Stream) error { return s.ConvTranspose2D(c) })
}

func (o convTranspose2d) backward(b *builder, n *node, dy engine.Buffer) {
	d := o.dims(n.in)
	dz, free := o.undo(b, n, dy)
	if b.wants(n, 2) {
		b.columnSums(n.in[2], dz, d.N*d.H*d.W)
	}
	if b.wants(n, 1) {
		b.grad(n.in[1], func(dw engine.Buffer) {
			c := engine.Conv2DBwd{DW: dw, DY: b.value(n.in[0]), X: dz, ConvDims: d}
			b.add("convtranspose2d weights", func(s engine.Stream) error { return s.Conv2DBwdWeights(c) })
		})
	}
	if b.wants(n, 0) {
		b.grad(n.in[0], func(dx engine.Buffer) {
			c := engine.Conv2D{Y: dx, X: dz, W: b.value(n.in[1]), ConvDims: d}
			b.add("convtranspose2d data", func(s engine.Stream) error { return s.Conv2D(c) })
		})
	}
	free()
}

// ConvTranspose2D enlarges x [n,h,w,in] with w [in,kh,kw,out], b [out] or nil, to [n,h',w',out] with
// h' = (h-1)·stride - 2·pad + dilation·(kh-1) + 1 + outpad. torch.nn.functional.conv_transpose2d.
func ConvTranspose2D(x, w, b *Tensor, o Conv2DOptions) *Tensor {
	o.defaults()
	p := x.pass("convtranspose2d", w, b)
	if b == nil {
		return record(p, convTranspose2d{o: o}, x, w)
	}
	return record(p, convTranspose2d{o: o}, x, w, b)
}
