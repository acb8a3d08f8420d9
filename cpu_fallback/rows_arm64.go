//go:build !purego

package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// useNEON says whether the loops over rows call the functions for vectors; tests switch it.
var useNEON = true

// float32s is x where it holds float32s and there are vectors to compute with.
func float32s[T float](x []T) (_ []float32, ok bool) {
	if unsafe.Sizeof(T(0)) != 4 || !useNEON || len(x) == 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x)), true
}

// start is the address of x, of which n numbers are used.
func start[T float](x []T, n int) *float32 {
	return (*float32)(unsafe.Pointer(unsafe.SliceData(x[:n])))
}

// The functions below do the work of a loop in Go and are true, or are false and do nothing.

func fastReLU[T float](y, x []T) bool {
	v, ok := float32s(x)
	if ok {
		reluNEON(start(y, len(v)), &v[0], len(v))
	}
	return ok
}

func fastReLUGrad[T float](dx, dy, y []T) bool {
	d, ok := float32s(dy)
	if ok {
		reluGradNEON(start(dx, len(d)), &d[0], start(y, len(d)), len(d))
	}
	return ok
}

func fastMoments[T float](sum, sq []float64, pivot, x []T) bool {
	v, ok := float32s(x)
	if w := len(sum); ok && w > 0 {
		normMomentsNEON(&sum[0], &sq[:w][0], start(pivot, w), &v[0], w, len(v)/w)
		return true
	}
	return false
}

func fastSums[T float](sum, dot []float64, dz, x, mean, invstd []T) bool {
	v, ok := float32s(x)
	if w := len(sum); ok && w > 0 {
		normSumsNEON(&sum[0], &dot[:w][0], start(dz, len(v)), &v[0], start(mean, w), start(invstd, w), w, len(v)/w)
		return true
	}
	return false
}

func fastApply[T float](y, x, center, gain, bias []T) bool {
	v, ok := float32s(x)
	if w := len(center); ok && w > 0 {
		normApplyNEON(start(y, len(v)), &v[0], start(center, w), start(gain, w), start(bias, w), w, len(v)/w)
		return true
	}
	return false
}

func fastApplyBwd[T float](dx, dz, x, gain, mean, slope, bias []T) bool {
	v, ok := float32s(x)
	if w := len(gain); ok && w > 0 {
		normApplyBwdNEON(start(dx, len(v)), start(dz, len(v)), &v[0], start(gain, w), start(mean, w), start(slope, w), start(bias, w), w, len(v)/w)
		return true
	}
	return false
}

// fastBinary is y = a op b.
func fastBinary[T float](op engine.BinaryOp, y, a, b []T) bool {
	u, ok := float32s(y)
	if !ok {
		return false
	}
	n := len(u)
	v, w := start(a, n), start(b, n)
	switch op {
	case engine.Add:
		addNEON(&u[0], v, w, n)
	case engine.Sub:
		subNEON(&u[0], v, w, n)
	case engine.Mul:
		mulNEON(&u[0], v, w, n)
	case engine.Div:
		divNEON(&u[0], v, w, n)
	default:
		return false
	}
	return true
}

// fastScale is y = a·x.
func fastScale[T float](y, x []T, a T) bool {
	v, ok := float32s(x)
	if ok {
		scaleNEON(start(y, len(v)), &v[0], float32(a), len(v))
	}
	return ok
}

// fastFoldRows sets sum to that of each row of n numbers, or of their squares.
func fastFoldRows[T float](op engine.ReduceOp, sum []float64, x []T, n int) bool {
	if n == 0 || len(sum) == 0 {
		return false
	}
	v, ok := float32s(x[:n*len(sum)])
	if !ok {
		return false
	}
	for i := range sum {
		if row := &v[i*n]; op == engine.SumSquares {
			sum[i] = rowSquaresNEON(row, n)
		} else {
			sum[i] = rowSumNEON(row, n)
		}
	}
	return true
}

// fastFold adds n rows of x, stride apart, or their squares, to acc.
func fastFold[T float](op engine.ReduceOp, acc []float64, x []T, n, stride int) bool {
	if n == 0 || len(acc) == 0 {
		return false
	}
	v, ok := float32s(x[:(n-1)*stride+len(acc)])
	switch {
	case !ok:
		return false
	case op == engine.SumSquares:
		columnSquaresNEON(&acc[0], &v[0], len(acc), n, stride)
	default:
		columnSumsNEON(&acc[0], &v[0], len(acc), n, stride)
	}
	return true
}

// fastAdam is a step of Adam; adamPiece has the order of its numbers.
func fastAdam[T float](p, g, s1, s2 []T, numbers [11]T) bool {
	u, ok := float32s(p)
	if ok {
		n := len(u)
		adamNEON(&u[0], start(g, n), start(s1, n), start(s2, n), start(numbers[:], len(numbers)), n)
	}
	return ok
}
