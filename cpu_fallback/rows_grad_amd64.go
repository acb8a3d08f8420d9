//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// fastLeaky is y = x where x > 0, else a·x.
func fastLeaky[T float](y, x []T, a T) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	if useAVX512 {
		leakyAVX512(&u[0], &v[0], float32(a), len(v))
	} else {
		leakyAVX2(&u[0], &v[0], float32(a), len(v))
	}
	return true
}

// fastGrad is dx = dy·op', from the output y, for the functions that have it for vectors.
func fastGrad[T float](op engine.UnaryOp, dx, dy, y []T, a T) bool {
	u, ok := float32s(dx[:len(dy)])
	if !ok {
		return false
	}
	d, _ := float32s(dy)
	v, _ := float32s(y[:len(dy)])
	p, q, r, n := &u[0], &d[0], &v[0], len(d)
	switch {
	case op == engine.LeakyReLU && useAVX512:
		leakyGradAVX512(p, q, r, float32(a), n)
	case op == engine.LeakyReLU:
		leakyGradAVX2(p, q, r, float32(a), n)
	case op == engine.Tanh && useAVX512:
		tanhGradAVX512(p, q, r, n)
	case op == engine.Tanh:
		tanhGradAVX2(p, q, r, n)
	case op == engine.Sigmoid && useAVX512:
		sigmoidGradAVX512(p, q, r, n)
	case op == engine.Sigmoid:
		sigmoidGradAVX2(p, q, r, n)
	default:
		return false
	}
	return true
}
