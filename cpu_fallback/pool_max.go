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
	inner, outer := inside(&d)
	forRows(d.N*d.OutH, d.R*d.W*d.C, func(row int) {
		n, i := row/d.OutH, row%d.OutH
		h := i*d.StrideH - d.PadH
		r0, r1 := window(h, d.R, d.DilH, d.H)
		for j := 0; j < d.OutW; j++ {
			if j == inner && fastMaxPool[T, P](&op, row, r0, r1, inner, outer) {
				if j = outer; j == d.OutW {
					break
				}
			}
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

// takeMax lets the values of one tap compete with the best so far. won is nil where nobody asks who won.
// Winners are as good as random, so no branch hangs on them: max and a conditional move are 6 times as fast.
func takeMax[T float, P place](best []T, won []P, in []T, tap P) {
	best = best[:len(in)]
	if won == nil {
		for c, v := range in {
			best[c] = max(best[c], v)
		}
		return
	}
	won = won[:len(in)]
	for c, v := range in {
		b, w := best[c], uint32(won[c])
		if v > b {
			w = uint32(tap)
		}
		m := max(b, v)
		if m != m && b == b { // the first NaN
			w = uint32(tap)
		}
		best[c], won[c] = m, P(w)
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

// inside is the outputs [from, to) of a row whose windows lie within the map's columns.
func inside(d *engine.ConvDims) (from, to int) {
	from = min(d.OutW, (d.PadW+d.StrideW-1)/d.StrideW)
	last := d.W - 1 - (d.S-1)*d.DilW + d.PadW // where the last of them may begin
	if last >= 0 {
		to = min(d.OutW, last/d.StrideW+1)
	}
	return from, max(from, to)
}

// tiles reports whether windows lie side by side, so that each pixel is in at most one.
func tiles(d *engine.ConvDims) bool {
	return d.PadH == 0 && d.PadW == 0 && d.DilH == 1 && d.DilW == 1 && d.StrideH == d.R && d.StrideW == d.S &&
		d.OutH*d.R <= d.H && d.OutW*d.S <= d.W
}

// maxPoolBwdPlaces gives each piece of work a band of rows of X. The piece goes over the windows that reach into the
// band in their order, and adds the gradient of each to the pixel it chose, where that lies in the band.
func maxPoolBwdPlaces[T float, P place](op engine.Pool2D) {
	d := op.ConvDims
	dx := view[T](op.X)
	taps := make([]tapPlace, d.R*d.S)
	for i := range taps {
		r, q := i/d.S*d.DilH, i%d.S*d.DilW
		taps[i] = tapPlace{row: r, offset: (r*d.W + q) * d.C}
	}
	grain := max(1, poolGrain/max(1, d.W*d.C))
	fill := tiles(&d) && poolsFast[T, P](&d)
	if fill {
		grain = (grain + d.R - 1) / d.R * d.R
	}
	bands := pieces(d.H, grain)
	parallelRuns(d.N*bands, func(p int) {
		n := p / bands
		from, to := piece(p%bands, d.H, grain)
		if band := dx[(n*d.H+from)*d.W*d.C : (n*d.H+to)*d.W*d.C]; fill {
			clearBetween(&d, band, d.OutH*d.R-from)
		} else {
			clear(band)
		}
		first, _ := readers(from, d.R, d.StrideH, d.PadH, d.DilH, d.OutH)
		_, end := readers(to-1, d.R, d.StrideH, d.PadH, d.DilH, d.OutH)
		for i := first; i < end; i++ {
			scatterChosen[T, P](&op, taps, n, i, from, to, !fill)
		}
	})
}

// tapPlace is where a tap lies: rows below, and elements after, its window's first.
type tapPlace struct{ row, offset int }

// chosenTap is a tap that may have won, and how many bytes of float32s its pixel lies after the first.
type chosenTap struct{ id, off int }

// clearBetween clears what no window holds of a band of rows, of which the windows reach into the first few.
func clearBetween[T float](d *engine.ConvDims, band []T, rows int) {
	row, used := d.W*d.C, d.OutW*d.S*d.C
	for at := 0; at < len(band); at += row {
		if at < rows*row {
			clear(band[at+used : at+row])
		} else {
			clear(band[at : at+row])
		}
	}
}

// scatterChosen adds row i of image n of DY to rows [from, to) of DX, or puts it there.
func scatterChosen[T float, P place](op *engine.Pool2D, taps []tapPlace, n, i, from, to int, add bool) {
	d := &op.ConvDims
	row := (n*d.OutH + i) * d.OutW * d.C
	dy, arg, dx := view[T](op.Y)[row:], view[P](op.Arg)[row:], view[T](op.X)
	h := i*d.StrideH - d.PadH
	r0, r1 := window(h, d.R, d.DilH, d.H)
	inner, outer := inside(d)
	for j := 0; j < d.OutW; j++ {
		if j == inner && fastMaxPoolBwd[T, P](op, taps, n, i, from, to, inner, outer, add) {
			if j = outer; j == d.OutW {
				break
			}
		}
		v := j*d.StrideW - d.PadW
		if q0, q1 := window(v, d.S, d.DilW, d.W); r0 == r1 || q0 == q1 {
			continue // nothing but padding: it chose nothing
		}
		corner := ((n*d.H+h)*d.W + v) * d.C
		g, a := dy[j*d.C:][:d.C], arg[j*d.C:][:d.C]
		for c, tap := range a {
			place := taps[tap]
			if uint(h+place.row-from) < uint(to-from) {
				dx[corner+place.offset+c] += g[c]
			}
		}
	}
}
