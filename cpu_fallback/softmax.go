package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// rowsOf is how many rows of n elements make a piece of about grain elements.
func rowsOf(n, grain int) int { return max(1, grain/max(1, n)) }

// Softmax is e^(x-m)/Σe^(x-m), m the row's maximum; with Log x - m - log Σe^(x-m).
func (*Stream) Softmax(o engine.Softmax) error {
	if o.X.DType != o.Y.DType {
		return engine.ErrUnsupported
	}
	switch o.Y.DType {
	case engine.F32:
		softmax[float32](o)
	case engine.F64:
		softmax[float64](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func softmax[T float](o engine.Softmax) {
	y, x := view[T](o.Y), view[T](o.X)
	grain := rowsOf(o.N, lightGrain)
	parallelRuns(pieces(o.Rows, grain), func(i int) {
		from, to := piece(i, o.Rows, grain)
		for r := from; r < to; r++ {
			y, x := y[r*o.N:(r+1)*o.N], x[r*o.N:(r+1)*o.N]
			m := largest(x)
			if o.Log {
				m += math.Log(expRow(nil, x, m))
				if fastLess(y, x, m) {
					continue
				}
				for j, v := range x {
					y[j] = T(float64(v) - m)
				}
				continue
			}
			inverse := 1 / expRow(y, x, m)
			if fastScaleShift(y, y, inverse, 0) {
				continue
			}
			for j, v := range y {
				y[j] = T(float64(v) * inverse)
			}
		}
	})
}

// expRow is the sum of e^(x-m), and leaves the terms in y unless it is nil.
func expRow[T float](y, x []T, m float64) float64 {
	if sum, ok := fastExpSum(y, x, m); ok {
		return sum
	}
	sum := 0.0
	if y == nil {
		for _, v := range x {
			sum += expWide[T](float64(v) - m)
		}
		return sum
	}
	y = y[:len(x)]
	for j, v := range x {
		e := expWide[T](float64(v) - m)
		y[j] = T(e)
		sum += e
	}
	return sum
}

// SoftmaxBwd is DX = Y·(DY - Σ DY·Y); with Log DX = DY - e^Y·Σ DY.
func (*Stream) SoftmaxBwd(o engine.SoftmaxBwd) error {
	if !allOf(o.DX.DType, o.DY, o.Y) {
		return engine.ErrUnsupported
	}
	switch o.DX.DType {
	case engine.F32:
		softmaxBwd[float32](o)
	case engine.F64:
		softmaxBwd[float64](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func softmaxBwd[T float](o engine.SoftmaxBwd) {
	dx, dy, y := view[T](o.DX), view[T](o.DY), view[T](o.Y)
	grain := rowsOf(o.N, lightGrain)
	parallelRuns(pieces(o.Rows, grain), func(i int) {
		from, to := piece(i, o.Rows, grain)
		for r := from; r < to; r++ {
			dx, dy, y := dx[r*o.N:(r+1)*o.N], dy[r*o.N:(r+1)*o.N], y[r*o.N:(r+1)*o.N]
			if o.Log {
				sum := foldRow(engine.Sum, dy)
				for j, d := range dy {
					dx[j] = T(float64(d) - expWide[T](float64(y[j]))*sum)
				}
				continue
			}
			dot := 0.0
			for j, d := range dy {
				dot += float64(d) * float64(y[j])
			}
			for j, d := range dy {
				dx[j] = T(float64(y[j]) * (float64(d) - dot))
			}
		}
	})
}

// largest is the maximum of a row, -Inf of none; NaN wins. Four chains, as a maximum waits for the one before.
func largest[T float](x []T) float64 {
	if m, ok := fastMax(x); ok {
		return m
	}
	m := T(math.Inf(-1))
	a, b, c, d := m, m, m, m
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d = max(a, x[0]), max(b, x[1]), max(c, x[2]), max(d, x[3])
	}
	for _, v := range x {
		a = max(a, v)
	}
	return float64(max(a, b, c, d))
}
