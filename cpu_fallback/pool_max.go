package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// place is the type of a winner's place in its window.
type place interface{ uint8 | int32 }

// beats reports whether v replaces the best value so far: the first maximum wins, and the first NaN wins over all.
func beats[T float](v, best T) bool { return v > best || (v != v && best == best) }

func maxPool[T float](op engine.Pool2D) {
	if op.Arg.DType == engine.I32 {
		maxPoolPlaces[T, int32](op)
	} else {
		maxPoolPlaces[T, uint8](op)
	}
}

func maxPoolPlaces[T float, P place](op engine.Pool2D) {
	d := op.ConvDims
	y, x, arg := view[T](op.Y), view[T](op.X), view[P](op.Arg)
	forRows(d.N*d.OutH, d.R*d.W*d.C, func(row int) {
		n, i := row/d.OutH, row%d.OutH
		h := i*d.StrideH - d.PadH
		r0, r1 := window(h, d.R, d.DilH, d.H)
		for j := range d.OutW {
			v := j*d.StrideW - d.PadW
			q0, q1 := window(v, d.S, d.DilW, d.W)
			at := (row*d.OutW + j) * d.C
			out := y[at:][:d.C]
			var won []P
			if arg != nil {
				won = arg[at:][:d.C]
			}
			if r0 == r1 || q0 == q1 { // nothing but padding
				setAll(out, negInf[T]())
				setAll(won, 0)
			}
			for r := r0; r < r1; r++ {
				for q := q0; q < q1; q++ {
					in := x[((n*d.H+h+r*d.DilH)*d.W+v+q*d.DilW)*d.C:][:d.C]
					if r == r0 && q == q0 {
						copy(out, in)
						setAll(won, P(r*d.S+q))
					} else {
						takeMax(out, won, in, P(r*d.S+q))
					}
				}
			}
		}
	})
}

// takeMax lets the values of one tap compete with the best so far. won is empty where nobody asks who won.
func takeMax[T float, P place](best []T, won []P, in []T, tap P) {
	best = best[:len(in)]
	if won == nil {
		for c, v := range in {
			if beats(v, best[c]) {
				best[c] = v
			}
		}
		return
	}
	won = won[:len(in)]
	for c, v := range in {
		if beats(v, best[c]) {
			best[c], won[c] = v, tap
		}
	}
}

func setAll[T number](x []T, v T) {
	for i := range x {
		x[i] = v
	}
}

func negInf[T float]() T { return T(math.Inf(-1)) }

func maxPoolBwd[T float](op engine.Pool2D) {
	if op.Arg.DType == engine.I32 {
		maxPoolBwdPlaces[T, int32](op)
	} else {
		maxPoolBwdPlaces[T, uint8](op)
	}
}

// maxPoolBwdPlaces gathers: each pixel of X sums, in their order, the gradients of the windows that chose it.
func maxPoolBwdPlaces[T float, P place](op engine.Pool2D) {
	d := op.ConvDims
	dy, dx, arg := view[T](op.Y), view[T](op.X), view[P](op.Arg)
	forRows(d.N*d.H, d.W*d.C, func(row int) {
		n, h := row/d.H, row%d.H
		i0, i1 := readers(h, d.R, d.StrideH, d.PadH, d.DilH, d.OutH)
		for v := range d.W {
			out := dx[(row*d.W+v)*d.C:][:d.C]
			clear(out)
			j0, j1 := readers(v, d.S, d.StrideW, d.PadW, d.DilW, d.OutW)
			for i := i0; i < i1; i++ {
				r, ok := tapOf(h, i, d.StrideH, d.PadH, d.DilH)
				if !ok {
					continue
				}
				for j := j0; j < j1; j++ {
					if q, ok := tapOf(v, j, d.StrideW, d.PadW, d.DilW); ok {
						at := ((n*d.OutH+i)*d.OutW + j) * d.C
						addChosen(out, dy[at:], arg[at:], P(r*d.S+q))
					}
				}
			}
		}
	})
}

// addChosen adds the gradients of the windows that chose this tap.
func addChosen[T float, P place](out, dy []T, arg []P, tap P) {
	dy, arg = dy[:len(out)], arg[:len(out)]
	for c := range out {
		if arg[c] == tap {
			out[c] += dy[c]
		}
	}
}
