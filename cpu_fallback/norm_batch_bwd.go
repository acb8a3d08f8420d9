package cpu

import "github.com/braidml/braid/internal/engine"

// BatchNormBwd is the gradient of BatchNorm. With dz the gradient before the activation, means over the rows,
//
//	dx = Gamma·invstd·(dz - mean(dz) - xhat·mean(dz·xhat)), or Gamma·invstd·dz with constant statistics.
func (s *Stream) BatchNormBwd(op engine.NormBwd) error {
	t, ok := realType(op.DX, op.DGamma, op.DBeta, op.DY, op.X, op.Y, op.Gamma, op.Mean, op.InvStd)
	switch {
	case !ok:
		return engine.ErrUnsupported
	case t == engine.F32:
		batchNormBwd[float32](s, op)
	default:
		batchNormBwd[float64](s, op)
	}
	return nil
}

func batchNormBwd[T float](s *Stream, op engine.NormBwd) {
	c := op.C
	if c == 0 {
		return
	}
	rows := normRows(c)
	n := pieces(op.Rows, rows)
	sums, work := normWork[T](s, 2*n*c, 3*c)
	b := &columns[T]{rows: op.Rows, c: c, act: op.Act, x: view[T](op.X), y: view[T](op.Y), dy: view[T](op.DY),
		dx: view[T](op.DX), sum: sums[:n*c], sq: sums[n*c:], center: work[:c], gain: work[c : 2*c], bias: work[2*c:]}
	mean, invstd := view[T](op.Mean), view[T](op.InvStd)
	needSums := op.Training && b.dx != nil || !op.DGamma.Absent() || !op.DBeta.Absent()
	if needSums {
		parallelRuns(n, func(i int) { b.sums(i, mean, invstd) })
	}
	slope := work[:c] // center is the saved mean here
	b.center = mean
	b.settleBwd(&op, slope, needSums)
	if b.dx == nil {
		return
	}
	parallelRunsBack(n, func(i int) {
		from, to := piece(i, op.Rows, rows)
		var space [normTile]T
		normStrips(from, to, c, b.act != engine.ActNone, func(at, column, width, n int) {
			dz := b.gradient(&space, at, n)
			dx, gain := b.dx[at:at+n], b.gain[column:column+width]
			if op.Training {
				normApplyBwd(dx, dz, b.x[at:at+n], gain, b.center[column:], slope[column:], b.bias[column:])
			} else {
				normScale(dx, dz, gain)
			}
		})
	})
}

// gradient is dz of n elements from at on.
func (b *columns[T]) gradient(space *[normTile]T, at, n int) []T {
	if b.act == engine.ActNone {
		return b.dy[at : at+n]
	}
	return actGradRow(b.act, space[:], b.dy[at:at+n], b.y[at:at+n])
}

// sums are those of dz and of dz·xhat over the rows of piece i.
func (b *columns[T]) sums(i int, mean, invstd []T) {
	from, to := piece(i, b.rows, normRows(b.c))
	sum, sq := b.sum[i*b.c:(i+1)*b.c], b.sq[i*b.c:(i+1)*b.c]
	clear(sum)
	clear(sq)
	var space [normTile]T
	normStrips(from, to, b.c, b.act != engine.ActNone, func(at, column, width, n int) {
		dz := b.gradient(&space, at, n)
		normSumsBwd(sum[column:column+width], sq[column:], dz, b.x[at:at+n], mean[column:], invstd[column:])
	})
}

// normSumsBwd adds the rows of dz to sum and those of dz·(x - mean)·invstd to dot. Four rows are added in T first:
// their rounding is that of a single product.
func normSumsBwd[T float](sum, dot []float64, dz, x, mean, invstd []T) {
	if fastSums(sum, dot, dz, x, mean, invstd) {
		return
	}
	w := len(sum)
	dot, mean, invstd = dot[:w], mean[:w], invstd[:w]
	for ; len(x) >= 4*w; x, dz = x[4*w:], dz[4*w:] {
		x0, x1, x2, x3 := x[:w], x[w:][:w], x[2*w:][:w], x[3*w:][:w]
		d0, d1, d2, d3 := dz[:w], dz[w:][:w], dz[2*w:][:w], dz[3*w:][:w]
		for c := range w {
			m, a0, a1, a2, a3 := mean[c], d0[c], d1[c], d2[c], d3[c]
			sum[c] += float64((a0 + a1) + (a2 + a3))
			dot[c] += float64(((x0[c]-m)*a0 + (x1[c]-m)*a1 + ((x2[c]-m)*a2 + (x3[c]-m)*a3)) * invstd[c])
		}
	}
	for ; len(x) >= w; x, dz = x[w:], dz[w:] {
		d := dz[:w]
		for c := range w {
			sum[c] += float64(d[c])
			dot[c] += float64((x[c] - mean[c]) * d[c] * invstd[c])
		}
	}
}

// settleBwd merges the sums of all pieces in their order, and makes the factors of
// dx = dz·gain + (x - mean)·slope + bias.
func (b *columns[T]) settleBwd(op *engine.NormBwd, slope []T, sums bool) {
	gamma, invstd := view[T](op.Gamma), view[T](op.InvStd)
	dgamma, dbeta := view[T](op.DGamma), view[T](op.DBeta)
	for at := b.c; sums && at < len(b.sum); at += b.c {
		merge(b.sum[:b.c], b.sum[at:])
		merge(b.sq[:b.c], b.sq[at:])
	}
	for c := range b.c {
		var sum, dot float64
		if sums && b.rows > 0 {
			sum, dot = b.sum[c], b.sq[c]
		}
		if dgamma != nil {
			dgamma[c] = T(dot)
		}
		if dbeta != nil {
			dbeta[c] = T(sum)
		}
		gain, rows := float64(invstd[c]), float64(b.rows)
		dot *= gain
		if gamma != nil {
			gain *= float64(gamma[c])
		}
		b.gain[c], slope[c], b.bias[c] = T(gain), T(-gain*dot/rows), T(-gain*sum/rows)
	}
}

// normApplyBwd is dx = dz·gain + (x - mean)·slope + bias, over rows as long as gain.
func normApplyBwd[T float](dx, dz, x, gain, mean, slope, bias []T) {
	if fastApplyBwd(dx, dz, x, gain, mean, slope, bias) {
		return
	}
	w := len(gain)
	mean, slope, bias = mean[:w], slope[:w], bias[:w]
	for ; len(x) >= w; x, dz, dx = x[w:], dz[w:], dx[w:] {
		u, v, d := dx[:w], x[:w], dz[:w]
		for c := range w {
			u[c] = d[c]*gain[c] + ((v[c]-mean[c])*slope[c] + bias[c])
		}
	}
}

// normScale is dx = dz·gain, over rows as long as gain.
func normScale[T float](dx, dz, gain []T) {
	w := len(gain)
	for ; len(dz) >= w; dz, dx = dz[w:], dx[w:] {
		u, d := dx[:w], dz[:w]
		for c := range w {
			u[c] = d[c] * gain[c]
		}
	}
}
