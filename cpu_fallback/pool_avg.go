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
					addRow(out, x[((n*d.H+h+r*d.DilH)*d.W+v+q*d.DilW)*d.C:])
				}
			}
		}
		divideRow(y[row*d.OutW*d.C:][:d.OutW*d.C], size)
	})
}

// addRow is y += x.
func addRow[T float](y, x []T) {
	x = x[:len(y)]
	if fastBinary(engine.Add, y, y, x) {
		return
	}
	for i, v := range x {
		y[i] += v
	}
}

// divideRow is y /= by.
func divideRow[T float](y []T, by T) {
	var space [256]T
	all := space[:min(len(y), len(space))]
	setAll(all, by)
	for ; len(y) > 0; y = y[len(all):] {
		all = all[:min(len(y), len(all))]
		if !fastBinary(engine.Div, y[:len(all)], y, all) {
			for i := range all {
				y[i] /= by
			}
		}
	}
}

// avgPoolBwd has a row of X at a time: each of its pixels sums, in their order, the gradients of the windows it is in.
func avgPoolBwd[T float](op engine.Pool2D) {
	d := op.ConvDims
	dy, dx := view[T](op.Y), view[T](op.X)
	size := T(d.R * d.S)
	forRows(d.N*d.H, d.W*d.C, func(row int) {
		n, h := row/d.H, row%d.H
		i0, i1 := readers(h, d.R, d.StrideH, d.PadH, d.DilH, d.OutH)
		out := dx[row*d.W*d.C:][:d.W*d.C]
		clear(out)
		for i := i0; i < i1; i++ {
			if _, ok := tapOf(h, i, d.StrideH, d.PadH, d.DilH); !ok {
				continue
			}
			for j := range d.OutW {
				v := j*d.StrideW - d.PadW
				q0, q1 := window(v, d.S, d.DilW, d.W)
				for q := q0; q < q1; q++ {
					addRow(out[(v+q*d.DilW)*d.C:][:d.C], dy[((n*d.OutH+i)*d.OutW+j)*d.C:])
				}
			}
		}
		divideRow(out, size)
	})
}
