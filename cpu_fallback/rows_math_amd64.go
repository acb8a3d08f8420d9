//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

//go:generate go -C _gen run ./rows -family math -pkg cpu -out ../math_amd64.s -stubs ../math_amd64.go

// fastUnary is y = op(x) for the functions that are written for vectors.
func fastUnary[T float](op engine.UnaryOp, y, x []T) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	a, b, n := &u[0], &v[0], len(v)
	switch {
	case op == engine.Exp && useAVX512:
		expAVX512(a, b, n)
	case op == engine.Exp:
		expAVX2(a, b, n)
	case op == engine.Log && useAVX512:
		logAVX512(a, b, n)
	case op == engine.Log:
		logAVX2(a, b, n)
	case op == engine.Tanh && useAVX512:
		tanhAVX512(a, b, n)
	case op == engine.Tanh:
		tanhAVX2(a, b, n)
	case op == engine.Sigmoid && useAVX512:
		sigmoidAVX512(a, b, n)
	case op == engine.Sigmoid:
		sigmoidAVX2(a, b, n)
	case op == engine.Abs && useAVX512:
		absAVX512(a, b, n)
	case op == engine.Abs:
		absAVX2(a, b, n)
	case op == engine.Sqrt && useAVX512:
		sqrtAVX512(a, b, n)
	case op == engine.Sqrt:
		sqrtAVX2(a, b, n)
	default:
		return false
	}
	return true
}
