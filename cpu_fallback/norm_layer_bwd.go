package cpu

import "github.com/braidml/braid/internal/engine"

// LayerNormBwd is the gradient of LayerNorm, which always takes its statistics from X, whatever Training says. With
// g = dz·Gamma and means over the row, dx = invstd·(g - mean(g) - xhat·mean(g·xhat)).
func (s *Stream) LayerNormBwd(op engine.NormBwd) error {
	t, ok := realType(op.DX, op.DGamma, op.DBeta, op.DY, op.X, op.Y, op.Gamma, op.Mean, op.InvStd)
	switch {
	case !ok:
		return engine.ErrUnsupported
	case t == engine.F32:
		layerNormBwd[float32](s, op)
	default:
		layerNormBwd[float64](s, op)
	}
	return nil
}

// layers is the views of a backward layer normalisation.
type layers[T float] struct {
	rows, c                       int
	act                           engine.Act
	dx, dy, x, y, mean, is, gamma []T
	dgamma, dbeta                 []float64 // [pieces, c], absent where nobody asks for them
}

func layerNormBwd[T float](s *Stream, op engine.NormBwd) {
	c := op.C
	if c == 0 {
		return
	}
	n := pieces(op.Rows, normRows(c))
	params := !op.DGamma.Absent() || !op.DBeta.Absent()
	size := 0
	if params {
		size = n * c
	}
	sums, work := normWork[T](s, 2*size, c)
	l := &layers[T]{rows: op.Rows, c: c, act: op.Act, dx: view[T](op.DX), dy: view[T](op.DY), x: view[T](op.X),
		y: view[T](op.Y), mean: view[T](op.Mean), is: view[T](op.InvStd), gamma: orConstant(view[T](op.Gamma), work, 1),
		dgamma: sums[:size], dbeta: sums[size:]}
	parallelRuns(n, l.backward)
	if params {
		layerMerge(view[T](op.DGamma), l.dgamma)
		layerMerge(view[T](op.DBeta), l.dbeta)
	}
}

func (l *layers[T]) backward(i int) {
	c := l.c
	from, to := piece(i, l.rows, normRows(c))
	var space [normTile]T
	var dgamma, dbeta []float64
	if len(l.dgamma) > 0 {
		dgamma, dbeta = l.dgamma[i*c:(i+1)*c], l.dbeta[i*c:(i+1)*c]
		clear(dgamma)
		clear(dbeta)
	}
	for r := from; r < to; r++ {
		mean, is := l.mean[r], l.is[r]
		var sum, dot float64
		for column := 0; column < c; column += normTile {
			at, width := r*c+column, min(normTile, c-column)
			dz, x := l.gradient(&space, at, width), l.x[at:at+width]
			if l.dx != nil {
				a, b := layerSums(dz, x, l.gamma[column:], mean, is)
				sum, dot = sum+a, dot+b
			}
			if dgamma != nil {
				layerParams(dgamma[column:], dbeta[column:], dz, x, mean, is)
			}
		}
		if l.dx == nil {
			continue
		}
		bias, slope := T(-float64(is)*sum/float64(c)), T(-float64(is)*float64(is)*dot/float64(c))
		for column := 0; column < c; column += normTile {
			at, width := r*c+column, min(normTile, c-column)
			dz := l.gradient(&space, at, width)
			layerApply(l.dx[at:at+width], dz, l.x[at:at+width], l.gamma[column:], mean, is, slope, bias)
		}
	}
}

// gradient is dz of n elements from at on.
func (l *layers[T]) gradient(space *[normTile]T, at, n int) []T {
	if l.act == engine.ActNone {
		return l.dy[at : at+n]
	}
	return actGradRow(l.act, space[:], l.dy[at:at+n], l.y[at:at+n])
}

// layerSums is Σ g and Σ g·xhat.
func layerSums[T float](dz, x, gamma []T, mean, is T) (sum, dot float64) {
	x, gamma = x[:len(dz)], gamma[:len(dz)]
	var s0, s1, d0, d1 float64
	i := 0
	for ; i < len(dz)-1; i += 2 {
		g0, g1 := dz[i]*gamma[i], dz[i+1]*gamma[i+1]
		s0 += float64(g0)
		s1 += float64(g1)
		d0 += float64(g0 * (x[i] - mean))
		d1 += float64(g1 * (x[i+1] - mean))
	}
	if i < len(dz) {
		g := dz[i] * gamma[i]
		s0 += float64(g)
		d0 += float64(g * (x[i] - mean))
	}
	return s0 + s1, (d0 + d1) * float64(is)
}

// layerParams adds dz·xhat to dgamma and dz to dbeta.
func layerParams[T float](dgamma, dbeta []float64, dz, x []T, mean, is T) {
	x, dgamma, dbeta = x[:len(dz)], dgamma[:len(dz)], dbeta[:len(dz)]
	for i, d := range dz {
		dgamma[i] += float64(d * ((x[i] - mean) * is))
		dbeta[i] += float64(d)
	}
}

// layerApply is dx = dz·gamma·is + (x - mean)·slope + bias.
func layerApply[T float](dx, dz, x, gamma []T, mean, is, slope, bias T) {
	dx, x, gamma = dx[:len(dz)], x[:len(dz)], gamma[:len(dz)]
	for i, d := range dz {
		dx[i] = d*gamma[i]*is + ((x[i]-mean)*slope + bias)
	}
}

// layerMerge adds up the sums of all pieces in their order.
func layerMerge[T float](d []T, sums []float64) {
	for c := range d {
		sum := 0.0
		for at := c; at < len(sums); at += len(d) {
			sum += sums[at]
		}
		d[c] = T(sum)
	}
}
