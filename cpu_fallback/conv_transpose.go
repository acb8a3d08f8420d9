package cpu

import "github.com/braidml/braid/internal/engine"

// convTranspose is ConvTranspose2D in float32. Pixels of Y whose coordinates leave the same rest when divided by the
// strides are read by the same taps, and what they gather is a correlation of stride 1: one for each pair of rests. So
// no zero is ever multiplied, whatever the stride.
func convTranspose(op engine.Conv2D) {
	d := op.ConvDims
	y, x, w, bias := view[float32](op.Y), view[float32](op.X), view[float32](op.W), view[float32](op.Bias)
	if d.N*d.H*d.W*d.C == 0 {
		return
	}
	if pointwise(&d) && d.K > 0 {
		gemm(product[float32]{c: y, ldc: d.C, m: d.N * d.H * d.W, n: d.C, k: d.K, a: x, lda: d.K,
			b: w, ldb: d.C, bias: bias, act: op.Act})
		return
	}
	if folds(&d) {
		convFold(op, w)
		return
	}
	for h := range min(d.StrideH, d.H) {
		rows := tapsOf(h, d.R, d.StrideH, d.PadH, d.DilH)
		for v := range min(d.StrideW, d.W) {
			cols := tapsOf(v, d.S, d.StrideW, d.PadW, d.DilW)
			part := engine.ConvDims{N: d.N, H: d.OutH, W: d.OutW, C: d.K, K: d.C, R: rows.n, S: cols.n,
				OutH: pieces(d.H-h, d.StrideH), OutW: pieces(d.W-v, d.StrideW), StrideH: 1, StrideW: 1,
				PadH: rows.pad, PadW: cols.pad, DilH: rows.dil, DilW: cols.dil}
			c := correlation{strips: newStrips(part, x, false), y: y[(h*d.W+v)*d.C:], pixel: d.StrideW * d.C,
				row: d.StrideH * d.W * d.C, image: d.H * d.W * d.C, bias: bias, act: op.Act}
			c.compute(func(dst []float32, s, j0, j1 int) {
				for r := range rows.n {
					tap := (rows.last-r*rows.step)*d.S + cols.last - s*cols.step
					for k := range d.K {
						from := (k*d.R*d.S + tap) * d.C
						copy(dst[(r*d.K+k)*nr():], w[from+j0:from+j1])
					}
				}
			}, func(dst []float32, to, j0, j1 int) {
				for at := range rows.n * cols.n * d.K {
					r, s, k := at/d.K/cols.n, at/d.K%cols.n, at%d.K
					tap := (rows.last-r*rows.step)*d.S + cols.last - s*cols.step
					from := (k*d.R*d.S + tap) * d.C
					copy(dst[at*to:], w[from+j0:from+j1])
				}
			})
		}
	}
}

// taps is those of one dimension of a kernel that reach coordinates of one rest, from the last to the first, which is
// in the order of the inputs that they read.
type taps struct {
	n          int
	last, step int // taps of the whole kernel: last, last - step, …
	pad, dil   int // of the correlation
}

// tapsOf are the taps t with rest + pad - t·dil divisible by stride.
func tapsOf(rest, size, stride, pad, dil int) taps {
	var t taps
	for i := range size {
		if (rest+pad-i*dil)%stride == 0 {
			t.n++
			t.step = i - t.last // of the last two; one tap needs no step
			t.last = i
		}
	}
	if t.n > 0 {
		t.pad = (t.last*dil - rest - pad) / stride
	}
	t.dil = max(1, t.step*dil/stride)
	return t
}
