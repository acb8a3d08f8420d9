package cpu

import "github.com/braidml/braid/internal/engine"

// convDirect computes row by row of Y.
func convDirect[T float](op engine.Conv2D) {
	d, pool := op.ConvDims, max(op.Pool, 1)
	y, x, w, bias, arg := view[T](op.Y), view[T](op.X), view[T](op.W), view[T](op.Bias), view[uint8](op.Arg)
	h, width := d.OutH/pool, d.OutW/pool
	value := func(n, i, j, k int) T {
		v := convAt(&d, x, w, n, i, j, k)
		if bias != nil {
			v += bias[k]
		}
		return activate(op.Act, v)
	}
	parallel(d.N*h, func(row int) {
		n, i := row/h, row%h
		for j := range width {
			for k := range d.K {
				at := (row*width+j)*d.K + k
				best, where := value(n, i*pool, j*pool, k), 0
				for p := 1; p < pool*pool; p++ {
					if v := value(n, i*pool+p/pool, j*pool+p%pool, k); beats(v, best) {
						best, where = v, p
					}
				}
				y[at] = best
				if arg != nil {
					arg[at] = uint8(where)
				}
			}
		}
	})
}

// convAt is y[n,i,j,k] of the convolution.
func convAt[T float](d *engine.ConvDims, x, w []T, n, i, j, k int) T {
	var sum T
	for r := range d.R {
		h := i*d.StrideH - d.PadH + r*d.DilH
		if h < 0 || h >= d.H {
			continue
		}
		for q := range d.S {
			v := j*d.StrideW - d.PadW + q*d.DilW
			if v < 0 || v >= d.W {
				continue
			}
			pixel := x[((n*d.H+h)*d.W+v)*d.C:][:d.C]
			filter := w[((k*d.R+r)*d.S+q)*d.C:][:d.C]
			for c, a := range pixel {
				sum += a * filter[c]
			}
		}
	}
	return sum
}

// convTransposeDirect gathers: each pixel of Y takes the sum over the pixels of X that read it in the convolution.
func convTransposeDirect[T float](op engine.Conv2D) {
	d := op.ConvDims
	y, x, w, bias := view[T](op.Y), view[T](op.X), view[T](op.W), view[T](op.Bias)
	parallel(d.N*d.H, func(row int) {
		n, h := row/d.H, row%d.H
		for v := range d.W {
			out := y[(row*d.W+v)*d.C:][:d.C]
			clear(out)
			for r := range d.R {
				i, ok := reader(h, r, d.StrideH, d.PadH, d.DilH, d.OutH)
				if !ok {
					continue
				}
				for q := range d.S {
					if j, ok := reader(v, q, d.StrideW, d.PadW, d.DilW, d.OutW); ok {
						pixel := x[((n*d.OutH+i)*d.OutW+j)*d.K:][:d.K]
						for k, a := range pixel {
							addScaled(out, a, w[((k*d.R+r)*d.S+q)*d.C:])
						}
					}
				}
			}
			for c := range out {
				if bias != nil {
					out[c] += bias[c]
				}
				out[c] = activate(op.Act, out[c])
			}
		}
	})
}

// reader is the output coordinate that reads input coordinate at through tap of the kernel, if there is one.
func reader(at, tap, stride, pad, dil, outputs int) (out int, ok bool) {
	out = at + pad - tap*dil
	return out / stride, out >= 0 && out%stride == 0 && out/stride < outputs
}

// addScaled is y += a·x over y's length.
func addScaled[T float](y []T, a T, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] += a * x[i]
	}
}

// convWeightsDirect computes filter by filter of DW, over all pixels in their order.
func convWeightsDirect[T float](op engine.Conv2DBwd) {
	d := op.ConvDims
	dw, dy, x := view[T](op.DW), view[T](op.DY), view[T](op.X)
	parallel(d.K*d.R, func(row int) {
		k, r := row/d.R, row%d.R
		out := dw[row*d.S*d.C:][:d.S*d.C]
		clear(out)
		for pixel := range d.N * d.OutH * d.OutW {
			n, i, j := pixel/(d.OutH*d.OutW), pixel/d.OutW%d.OutH, pixel%d.OutW
			h := i*d.StrideH - d.PadH + r*d.DilH
			if h < 0 || h >= d.H {
				continue
			}
			for q := range d.S {
				if v := j*d.StrideW - d.PadW + q*d.DilW; v >= 0 && v < d.W {
					addScaled(out[q*d.C:][:d.C], dy[pixel*d.K+k], x[((n*d.H+h)*d.W+v)*d.C:])
				}
			}
		}
	})
}
