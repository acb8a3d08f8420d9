package cpu

import "github.com/braidml/braid/internal/engine"

// activate is act at v.
func activate[T float](act engine.Act, v T) T {
	switch act {
	case engine.ActReLU:
		if v < 0 { // not max: NaN stays, and so does -0
			return 0
		}
	case engine.ActLeakyReLU:
		if v < 0 {
			return engine.LeakySlope * v
		}
	case engine.ActTanh:
		return tanhOf(v)
	case engine.ActSigmoid:
		return sigmoidOf(v)
	}
	return v
}

// actGrad is dy times the derivative of act, taken from the output y. Where a derivative is 0 by choice and not by
// value, the result is 0 for any dy.
func actGrad[T float](act engine.Act, dy, y T) T {
	switch act {
	case engine.ActReLU:
		if y <= 0 {
			return 0
		}
	case engine.ActLeakyReLU:
		if y <= 0 {
			return engine.LeakySlope * dy
		}
	case engine.ActTanh:
		return dy * (1 - y*y)
	case engine.ActSigmoid:
		return dy * y * (1 - y)
	}
	return dy
}
