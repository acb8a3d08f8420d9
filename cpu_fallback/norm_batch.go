package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// BatchNorm normalises columns.
func (s *Stream) BatchNorm(op engine.Norm) error {
	t, ok := realType(op.Y, op.X, op.Gamma, op.Beta, op.Mean, op.InvStd, op.RunMean, op.RunVar)
	switch {
	case !ok:
		return engine.ErrUnsupported
	case t == engine.F32:
		batchNorm[float32](s, op)
	default:
		batchNorm[float64](s, op)
	}
	return nil
}

// columns is the views of a batch normalisation, and the numbers that each of its columns has.
type columns[T float] struct {
	rows, c            int
	act                engine.Act
	x, y, dy, dx       []T
	sum, sq            []float64 // [pieces, c], of x less its pivot; backward of dz and of dz·xhat
	mean, variance     []float64 // [c]
	center, gain, bias []T       // [c]: y = (x - center)·gain + bias
}

func batchNorm[T float](s *Stream, op engine.Norm) {
	c := op.C
	if c == 0 {
		return
	}
	rows := normRows(c)
	n := pieces(op.Rows, rows)
	sums, work := normWork[T](s, 2*(n+1)*c, 3*c)
	b := &columns[T]{rows: op.Rows, c: c, act: op.Act, x: view[T](op.X), y: view[T](op.Y), mean: sums[:c], variance: sums[c : 2*c],
		sum: sums[2*c : (n+2)*c], sq: sums[(n+2)*c:], center: work[:c], gain: work[c : 2*c], bias: work[2*c:]}
	if op.Training {
		parallelRuns(n, b.moments)
		b.statistics()
	}
	b.settle(&op)
	parallelRunsBack(n, func(i int) {
		from, to := piece(i, op.Rows, rows)
		normStrips(from, to, c, b.act != engine.ActNone, func(at, column, width, n int) {
			y := b.y[at : at+n]
			normApply(y, b.x[at:at+n], b.center[column:column+width], b.gain[column:], b.bias[column:])
			activateRow(b.act, y)
		})
	})
}

// moments are the sum and the sum of squares of each column of piece i, less the column's pivot. The pivot is the first
// row of the piece: being one of the values, it lies so near to their mean, in standard deviations, that one pass in
// float64 loses no more digits than a piece has rows, however far from 0 the values are.
func (b *columns[T]) moments(i int) {
	from, to := piece(i, b.rows, normRows(b.c))
	sum, sq := b.sum[i*b.c:(i+1)*b.c], b.sq[i*b.c:(i+1)*b.c]
	clear(sum)
	clear(sq)
	pivot := b.x[from*b.c:][:b.c]
	normStrips(from, to, b.c, false, func(at, column, width, n int) {
		normMoments(sum[column:column+width], sq[column:], pivot[column:], b.x[at:at+n])
	})
}

// normMoments adds the rows of x, less pivot, to sum and their squares to sq.
func normMoments[T float](sum, sq []float64, pivot, x []T) {
	if fastMoments(sum, sq, pivot, x) {
		return
	}
	w := len(sum)
	sq, pivot = sq[:w], pivot[:w]
	for ; len(x) >= 4*w; x = x[4*w:] {
		x0, x1, x2, x3 := x[:w], x[w:][:w], x[2*w:][:w], x[3*w:][:w]
		for c := range w {
			p := float64(pivot[c])
			d0, d1, d2, d3 := float64(x0[c])-p, float64(x1[c])-p, float64(x2[c])-p, float64(x3[c])-p
			sum[c] += (d0 + d1) + (d2 + d3)
			sq[c] += (d0*d0 + d1*d1) + (d2*d2 + d3*d3)
		}
	}
	for ; len(x) >= w; x = x[w:] {
		for c := range w {
			d := float64(x[c]) - float64(pivot[c])
			sum[c] += d
			sq[c] += d * d
		}
	}
}

// statistics are mean and biased variance of each column over all pieces, in their order: about another center, d away,
// k values have the squares sq - 2d·sum + k·d².
func (b *columns[T]) statistics() {
	mean, variance, rows := b.mean, b.variance, normRows(b.c)
	clear(mean)
	clear(variance)
	for i := 0; i*rows < b.rows; i++ {
		from, to := piece(i, b.rows, rows)
		sum, k := b.sum[i*b.c:], float64(to-from)
		for c, p := range b.x[from*b.c:][:b.c] {
			mean[c] += sum[c] + float64(p)*k
		}
	}
	for c := range mean {
		mean[c] /= float64(b.rows)
	}
	for i := 0; i*rows < b.rows; i++ {
		from, to := piece(i, b.rows, rows)
		sum, sq, k := b.sum[i*b.c:], b.sq[i*b.c:], float64(to-from)
		for c, p := range b.x[from*b.c:][:b.c] {
			d := mean[c] - float64(p)
			variance[c] += sq[c] + d*(d*k-2*sum[c])
		}
	}
	for c := range variance {
		variance[c] = max(0, variance[c]/float64(b.rows))
	}
}

// settle takes mean and variance of every column, keeps them and moves the running ones, and makes the factors.
func (b *columns[T]) settle(op *engine.Norm) {
	gamma, beta, mean, invstd := view[T](op.Gamma), view[T](op.Beta), view[T](op.Mean), view[T](op.InvStd)
	runMean, runVar := view[T](op.RunMean), view[T](op.RunVar)
	for c := range b.c {
		var m, v float64
		if op.Training {
			m, v = b.mean[c], b.variance[c]
			if runMean != nil && b.rows > 0 {
				runMean[c] += T(op.Momentum * (m - float64(runMean[c])))
			}
			if runVar != nil && b.rows > 0 {
				unbiased := v * float64(b.rows) / float64(max(1, b.rows-1)) // one row has no variance: 0
				runVar[c] += T(op.Momentum * (unbiased - float64(runVar[c])))
			}
		} else {
			m, v = float64(runMean[c]), float64(runVar[c])
		}
		scale := 1 / math.Sqrt(v+op.Eps)
		if mean != nil {
			mean[c] = T(m)
		}
		if invstd != nil {
			invstd[c] = T(scale)
		}
		if gamma != nil {
			scale *= float64(gamma[c])
		}
		// What float32 drops from a large mean is far more than float32's precision of x - mean: bias puts it back.
		b.center[c], b.gain[c] = T(m), T(scale)
		rest := (float64(T(m)) - m) * scale
		if beta != nil {
			rest += float64(beta[c])
		}
		b.bias[c] = T(rest)
	}
}

// normApply is y = (x - center)·gain + bias, over rows as long as center.
func normApply[T float](y, x, center, gain, bias []T) {
	if fastApply(y, x, center, gain, bias) {
		return
	}
	w := len(center)
	gain, bias = gain[:w], bias[:w]
	for ; len(x) >= w; x, y = x[w:], y[w:] {
		u, v := y[:w], x[:w]
		for c := range w {
			u[c] = (v[c]-center[c])*gain[c] + bias[c]
		}
	}
}
