//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

//go:generate go -C _gen run ./rows -family arith -pkg cpu -out ../arith_amd64.s -stubs ../arith_amd64.go

// fastBinary is y = a op b.
func fastBinary[T float](op engine.BinaryOp, y, a, b []T) bool {
	u, ok := float32s(y)
	if !ok {
		return false
	}
	v, _ := float32s(a[:len(y)])
	w, _ := float32s(b[:len(y)])
	p, q, r, n := &u[0], &v[0], &w[0], len(u)
	switch {
	case op == engine.Add && useAVX512:
		addAVX512(p, q, r, n)
	case op == engine.Add:
		addAVX2(p, q, r, n)
	case op == engine.Sub && useAVX512:
		subAVX512(p, q, r, n)
	case op == engine.Sub:
		subAVX2(p, q, r, n)
	case op == engine.Mul && useAVX512:
		mulAVX512(p, q, r, n)
	case op == engine.Mul:
		mulAVX2(p, q, r, n)
	case op == engine.Div && useAVX512:
		divAVX512(p, q, r, n)
	case op == engine.Div:
		divAVX2(p, q, r, n)
	default:
		return false
	}
	return true
}

// fastScale is y = a·x.
func fastScale[T float](y, x []T, a T) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	if useAVX512 {
		scaleAVX512(&u[0], &v[0], float32(a), len(v))
	} else {
		scaleAVX2(&u[0], &v[0], float32(a), len(v))
	}
	return true
}

// fastFoldRows sets sum to that of each row of n numbers, or of their squares.
func fastFoldRows[T float](op engine.ReduceOp, sum []float64, x []T, n int) bool {
	if n == 0 || len(sum) == 0 {
		return false
	}
	v, ok := float32s(x[:n*len(sum)])
	switch squares := op == engine.SumSquares; {
	case !ok:
		return false
	case squares && useAVX512:
		rowSquaresAVX512(&sum[0], &v[0], n, len(sum))
	case squares:
		rowSquaresAVX2(&sum[0], &v[0], n, len(sum))
	case useAVX512:
		rowSumAVX512(&sum[0], &v[0], n, len(sum))
	default:
		rowSumAVX2(&sum[0], &v[0], n, len(sum))
	}
	return true
}

// fastFold adds n rows of x, stride apart, or their squares, to acc.
func fastFold[T float](op engine.ReduceOp, acc []float64, x []T, n, stride int) bool {
	if n == 0 || len(acc) == 0 {
		return false
	}
	v, ok := float32s(x[:(n-1)*stride+len(acc)])
	switch squares := op == engine.SumSquares; {
	case !ok:
		return false
	case squares && useAVX512:
		columnSquaresAVX512(&acc[0], &v[0], len(acc), n, stride)
	case squares:
		columnSquaresAVX2(&acc[0], &v[0], len(acc), n, stride)
	case useAVX512:
		columnSumsAVX512(&acc[0], &v[0], len(acc), n, stride)
	default:
		columnSumsAVX2(&acc[0], &v[0], len(acc), n, stride)
	}
	return true
}

// fastAdam is a step of Adam; adamPiece has the order of its numbers.
func fastAdam[T float](p, g, s1, s2 []T, numbers [11]T) bool {
	u, ok := float32s(p)
	if !ok {
		return false
	}
	d, _ := float32s(g[:len(p)])
	m, _ := float32s(s1[:len(p)])
	v, _ := float32s(s2[:len(p)])
	k, _ := float32s(numbers[:])
	if useAVX512 {
		adamAVX512(&u[0], &d[0], &m[0], &v[0], &k[0], len(u))
	} else {
		adamAVX2(&u[0], &d[0], &m[0], &v[0], &k[0], len(u))
	}
	return true
}
