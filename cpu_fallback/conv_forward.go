package cpu

import "github.com/braidml/braid/internal/engine"

// pointwise reports whether every output pixel reads just the input pixel at its own place.
func pointwise(d *engine.ConvDims) bool {
	return d.R == 1 && d.S == 1 && d.StrideH == 1 && d.StrideW == 1 && d.PadH == 0 && d.PadW == 0
}

// convForward is Conv2D in float32.
func convForward(op engine.Conv2D) {
	d := op.ConvDims
	x, w, bias := view[float32](op.X), view[float32](op.W), view[float32](op.Bias)
	deep := d.R * d.S * d.C
	switch {
	case deep == 0 || d.N*d.OutH*d.OutW*d.K == 0:
		convDirect[float32](op)
	case pointwise(&d) && op.Pool == 0:
		gemm(product[float32]{c: view[float32](op.Y), ldc: d.K, m: d.N * d.H * d.W, n: d.K, k: d.C, a: x, lda: d.C,
			packB: packTall(w, d.C), bias: bias, act: op.Act})
	case foldsForward(&op):
		convFoldForward(op)
	default:
		c := correlation{strips: newStrips(d, x, false), y: view[float32](op.Y), pixel: d.K, row: d.OutW * d.K,
			image: d.OutH * d.OutW * d.K, bias: bias, act: op.Act, pool: op.Pool, arg: view[uint8](op.Arg)}
		c.compute(func(dst []float32, s, j0, j1 int) {
			for r := range d.R {
				turn(dst[r*d.C*nr():], nr(), w[j0*deep+(r*d.S+s)*d.C:], deep, j1-j0, d.C)
			}
		}, func(dst []float32, to, j0, j1 int) { turn(dst, to, w[j0*deep:], deep, j1-j0, deep) })
	}
}
