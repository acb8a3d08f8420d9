//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// convArgs is the parameters of all convolution kernels; kernels/conv_kernel.cuh says what A, B and Y are in each.
type convArgs = kernels.Conv2dFwdF32

func convBy[K interface {
	kernels.Kernel
	~struct {
		Y, Arg, A, B, Bias                                                     uint64
		Images, Height, Width, Channels, Filters, KernelH, KernelW, OutH, OutW int32
		StrideH, StrideW, PadH, PadW, StepH, StepW, HopH, HopW                 int32
		Pool, Parts, Part, Act, Mode                                           uint32
	}
}](s *Stream, a convArgs, c tiling) error {
	return launchTiles(s, K(a), c)
}

// convKernels is the kernels of one product, indexed by tensor cores and by large tiles.
type convKernels [2][2]func(*Stream, convArgs, tiling) error

var (
	convForward = convKernels{
		{convBy[kernels.Conv2dFwdF32], convBy[kernels.Conv2dFwdLargeF32]},
		{convBy[kernels.Conv2dFwdTc], convBy[kernels.Conv2dFwdLargeTc]},
	}
	convTransposed = convKernels{
		{convBy[kernels.Conv2dBwdDataF32], convBy[kernels.Conv2dBwdDataLargeF32]},
		{convBy[kernels.Conv2dBwdDataTc], convBy[kernels.Conv2dBwdDataLargeTc]},
	}
	convWeights = convKernels{
		{convBy[kernels.Conv2dBwdWeightsF32], convBy[kernels.Conv2dBwdWeightsLargeF32]},
		{convBy[kernels.Conv2dBwdWeightsTc], convBy[kernels.Conv2dBwdWeightsLargeTc]},
	}
)

// convProduct is a convolution as a product: batch products [m, n] with sums of k steps, from operands a and b.
type convProduct struct {
	kernels        *convKernels
	batch, m, n, k int
	y, a, b, arg   engine.Buffer
	lineA, lineB   int // elements of a and b that are neighbours
	pool           int
	finish         finish
}

// convolve checks the sizes and chooses a tiling.
func (s *Stream) convolve(d engine.ConvDims, p convProduct) error {
	if !fits(d.N*d.OutH*d.OutW, d.N*d.H*d.W, d.R*d.S*d.C, d.R*d.S*d.K, (d.R*d.DilH+d.S*d.DilW+1)*max(d.W*d.C, d.OutW*d.K)) {
		return engine.ErrUnsupported
	}
	return s.convolveBy(d, p, chooseTiling(p.batch, p.m, p.n, p.k, false, s.cores()))
}

func (s *Stream) convolveBy(d engine.ConvDims, p convProduct, c tiling) error {
	mode := c.cores.mode | bit(wide(p.a, p.lineA), wideA) | bit(wide(p.b, p.lineB), wideB)
	if p.pool > 0 {
		c = c.pooled(p.m, p.n, p.pool)
	}
	a := convArgs{A: addr(p.a), B: addr(p.b), Arg: addr(p.arg), Images: int32(d.N), Height: int32(d.H), Width: int32(d.W),
		Channels: int32(d.C), Filters: int32(d.K), KernelH: int32(d.R), KernelW: int32(d.S), OutH: int32(d.OutH), OutW: int32(d.OutW),
		StrideH: int32(d.StrideH), StrideW: int32(d.StrideW), PadH: int32(d.PadH), PadW: int32(d.PadW),
		StepH: int32(d.DilH), StepW: int32(d.DilW), HopH: 1, HopW: 1,
		Pool: uint32(p.pool), Parts: uint32(c.parts), Part: uint32(c.part), Mode: mode}
	if p.kernels == &convTransposed {
		a.HopH, a.StepH = hop(d.StrideH, d.DilH)
		a.HopW, a.StepW = hop(d.StrideW, d.DilW)
	}
	return s.inParts(c, p.y, p.finish, func(y uint64, f finish) error {
		a.Y, a.Bias, a.Act = y, addr(f.bias), uint32(f.act)
		return p.kernels[c.cores.index()][c.index()](s, a, c)
	})
}

// pooled is c for m windows of side x side pixels as rows. A band of 64 rows takes whole windows.
func (c tiling) pooled(m, n, side int) tiling {
	windows := c.side / 64 * (64 / (side * side))
	c.tiles, c.parts = (m+windows-1)/windows*((n+c.side-1)/c.side), 1
	return c
}

// hop is how many taps lie from one that reaches a pixel to the next, and how many pixels of the other map that is.
func hop(stride, dilation int) (taps, pixels int32) {
	g, rest := stride, dilation
	for rest != 0 {
		g, rest = rest, g%rest
	}
	return int32(stride / g), int32(-dilation / g)
}

// pointwise reports whether the convolution is a plain product of pixels.
func pointwise(d *engine.ConvDims) bool {
	return d.R == 1 && d.S == 1 && d.StrideH == 1 && d.StrideW == 1 && d.PadH == 0 && d.PadW == 0
}

// maxPooling is the largest window that the forward kernels pool: a band of 64 rows holds it.
const maxPooling = 8

// Conv2D is Y = pool(act(conv(X, W) + Bias)).
func (s *Stream) Conv2D(o engine.Conv2D) error {
	d := o.ConvDims
	if !onlyF32(o.Y, o.X, o.W, o.Bias) || !allOf(engine.U8, o.Arg) || o.Pool > maxPooling {
		return engine.ErrUnsupported
	}
	side := max(o.Pool, 1)
	rows := d.N * (d.OutH / side) * (d.OutW / side)
	if rows*d.K == 0 {
		return nil
	}
	if pointwise(&d) && o.Pool == 0 {
		return s.MatMul(engine.MatMul{C: o.Y, A: o.X, B: o.W, Bias: o.Bias, Batch: 1, M: rows, N: d.K, K: d.C, Act: o.Act})
	}
	return s.convolve(d, forwardProduct(o, rows))
}

func forwardProduct(o engine.Conv2D, rows int) convProduct {
	d := &o.ConvDims
	return convProduct{kernels: &convForward, batch: 1, m: rows, n: d.K, k: d.R * d.S * d.C,
		y: o.Y, a: o.X, b: o.W, arg: o.Arg, lineA: d.C, lineB: d.R * d.S * d.C, pool: o.Pool,
		finish: finish{bias: o.Bias, columns: d.K, act: o.Act, elements: rows * d.K}}
}

// Conv2DBwdData is DX, the gradient of the map.
func (s *Stream) Conv2DBwdData(o engine.Conv2DBwd) error {
	return s.ConvTranspose2D(engine.Conv2D{Y: o.DX, X: o.DY, W: o.W, ConvDims: o.ConvDims})
}

// ConvTranspose2D is Y = act(convᵀ(X, W) + Bias).
func (s *Stream) ConvTranspose2D(o engine.Conv2D) error {
	d := o.ConvDims
	if !onlyF32(o.Y, o.X, o.W, o.Bias) || o.Pool > 0 {
		return engine.ErrUnsupported
	}
	rows := d.N * d.H * d.W
	if rows*d.C == 0 {
		return nil
	}
	if pointwise(&d) {
		return s.MatMul(engine.MatMul{C: o.Y, A: o.X, B: o.W, Bias: o.Bias, Batch: 1, M: rows, N: d.C, K: d.K, TransB: true, Act: o.Act})
	}
	return s.convolve(d, transposedProduct(o))
}

// transposedProduct has a product of the batch for each pair of rests that coordinates leave when divided by the strides:
// pixels with the same rests are read by the same taps.
func transposedProduct(o engine.Conv2D) convProduct {
	d := &o.ConvDims
	hopH, _ := hop(d.StrideH, d.DilH)
	hopW, _ := hop(d.StrideW, d.DilW)
	taps := (d.R + int(hopH) - 1) / int(hopH) * ((d.S + int(hopW) - 1) / int(hopW))
	return convProduct{kernels: &convTransposed, batch: min(d.StrideH, d.H) * min(d.StrideW, d.W),
		m: d.N * ((d.H + d.StrideH - 1) / d.StrideH) * ((d.W + d.StrideW - 1) / d.StrideW), n: d.C, k: taps * d.K,
		y: o.Y, a: o.X, b: o.W, lineA: d.K, lineB: d.C,
		finish: finish{bias: o.Bias, columns: d.C, act: o.Act, elements: d.N * d.H * d.W * d.C}}
}

// Conv2DBwdWeights is DW, the gradient of the weights: a sum over all pixels, in parts where the weights are few.
func (s *Stream) Conv2DBwdWeights(o engine.Conv2DBwd) error {
	d := o.ConvDims
	if !onlyF32(o.DW, o.DY, o.X) {
		return engine.ErrUnsupported
	}
	pixels, taps := d.N*d.OutH*d.OutW, d.R*d.S*d.C
	if d.K*taps == 0 {
		return nil
	}
	if pointwise(&d) {
		return s.MatMul(engine.MatMul{C: o.DW, A: o.DY, B: o.X, Batch: 1, M: d.K, N: d.C, K: pixels, TransA: true, TransB: true})
	}
	return s.convolve(d, weightsProduct(o, taps, pixels))
}

func weightsProduct(o engine.Conv2DBwd, taps, pixels int) convProduct {
	return convProduct{kernels: &convWeights, batch: 1, m: o.K, n: taps, k: pixels,
		y: o.DW, a: o.DY, b: o.X, lineA: o.K, lineB: o.C, finish: finish{elements: o.K * taps}}
}
