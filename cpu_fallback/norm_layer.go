package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// LayerNorm normalises rows.
func (s *Stream) LayerNorm(op engine.Norm) error {
	t, ok := realType(op.Y, op.X, op.Gamma, op.Beta, op.Mean, op.InvStd)
	switch {
	case !ok:
		return engine.ErrUnsupported
	case t == engine.F32:
		layerNorm[float32](s, op)
	default:
		layerNorm[float64](s, op)
	}
	return nil
}

func layerNorm[T float](s *Stream, op engine.Norm) {
	c := op.C
	x, y, mean, invstd := view[T](op.X), view[T](op.Y), view[T](op.Mean), view[T](op.InvStd)
	work := grow[T](s, 2*c+1)
	gamma := orConstant(view[T](op.Gamma), work[:c], 1)
	beta := orConstant(view[T](op.Beta), work[c:2*c], 0)
	grain := max(1, normGrain/max(1, c))
	parallelRuns(pieces(op.Rows, grain), func(i int) {
		from, to := piece(i, op.Rows, grain)
		for r := from; r < to; r++ {
			row, out := x[r*c:(r+1)*c], y[r*c:(r+1)*c]
			m, v := normMeanVar(row)
			scale := 1 / math.Sqrt(v+op.Eps)
			if mean != nil {
				mean[r] = T(m)
			}
			if invstd != nil {
				invstd[r] = T(scale)
			}
			rest := T((float64(T(m)) - m) * scale) // as in BatchNorm: what T drops from the mean
			normRow(out, row, gamma, beta, T(m), T(scale), rest)
			activateRow(op.Act, out)
		}
	})
}

// normMeanVar is the mean and the biased variance of x, NaN of nothing.
func normMeanVar[T float](x []T) (mean, variance float64) {
	n := float64(len(x))
	var s0, s1, s2, s3 float64
	rest := x
	for ; len(rest) >= 4; rest = rest[4:] {
		s0 += float64(rest[0])
		s1 += float64(rest[1])
		s2 += float64(rest[2])
		s3 += float64(rest[3])
	}
	for _, v := range rest {
		s0 += float64(v)
	}
	mean = ((s0 + s1) + (s2 + s3)) / n
	s0, s1, s2, s3 = 0, 0, 0, 0
	for rest = x; len(rest) >= 4; rest = rest[4:] {
		d0, d1, d2, d3 := float64(rest[0])-mean, float64(rest[1])-mean, float64(rest[2])-mean, float64(rest[3])-mean
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for _, v := range rest {
		s0 += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, ((s0 + s1) + (s2 + s3)) / n
}

// normRow is y = ((x - mean)·scale + rest)·gamma + beta.
func normRow[T float](y, x, gamma, beta []T, mean, scale, rest T) {
	y, gamma, beta = y[:len(x)], gamma[:len(x)], beta[:len(x)]
	for c, v := range x {
		y[c] = ((v-mean)*scale+rest)*gamma[c] + beta[c]
	}
}
