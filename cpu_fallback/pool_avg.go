package cpu

import "github.com/braidml/braid/internal/engine"

func avgPool[T float](op engine.Pool2D) {
	d := op.ConvDims
	y, x := view[T](op.Y), view[T](op.X)
	size := T(d.R * d.S)
	forRows(d.N*d.OutH, d.R*d.W*d.C, func(row int) {
		n, i := row/d.OutH, row%d.OutH
		h := i*d.StrideH - d.PadH
		r0, r1 := window(h, d.R, d.DilH, d.H)
		for j := range d.OutW {
			v := j*d.StrideW - d.PadW
			q0, q1 := window(v, d.S, d.DilW, d.W)
			out := y[(row*d.OutW+j)*d.C:][:d.C]
			clear(out)
			for r := r0; r < r1; r++ {
				for q := q0; q < q1; q++ {
					in := x[((n*d.H+h+r*d.DilH)*d.W+v+q*d.DilW)*d.C:][:d.C]
					for c, a := range in {
						out[c] += a
					}
				}
			}
			for c := range out {
				out[c] /= size
			}
		}
	})
}

// avgPoolBwd gathers: each pixel of X sums, in their order, the gradients of the windows it is in.
func avgPoolBwd[T float](op engine.Pool2D) {
	d := op.ConvDims
	dy, dx := view[T](op.Y), view[T](op.X)
	size := T(d.R * d.S)
	forRows(d.N*d.H, d.W*d.C, func(row int) {
		n, h := row/d.H, row%d.H
		i0, i1 := readers(h, d.R, d.StrideH, d.PadH, d.DilH, d.OutH)
		for v := range d.W {
			out := dx[(row*d.W+v)*d.C:][:d.C]
			clear(out)
			j0, j1 := readers(v, d.S, d.StrideW, d.PadW, d.DilW, d.OutW)
			for i := i0; i < i1; i++ {
				if _, ok := tapOf(h, i, d.StrideH, d.PadH, d.DilH); !ok {
					continue
				}
				for j := j0; j < j1; j++ {
					if _, ok := tapOf(v, j, d.StrideW, d.PadW, d.DilW); ok {
						addScaled(out, 1, dy[((n*d.OutH+i)*d.OutW+j)*d.C:])
					}
				}
			}
			for c := range out {
				out[c] /= size
			}
		}
	})
}
