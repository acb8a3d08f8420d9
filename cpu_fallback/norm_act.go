package cpu

import "github.com/braidml/braid/internal/engine"

// Signs decide at random which way ReLU goes, and a branch that is predicted wrongly costs as much as twenty elements.
// So these loops have none. Forward they are the arithmetic of Unary, bit for bit.

// activateRow is y = act(y).
func activateRow[T float](act engine.Act, y []T) {
	switch act {
	case engine.ActReLU:
		for i, v := range y {
			y[i] = max(v, 0)
		}
	case engine.ActLeakyReLU:
		for i, v := range y {
			y[i] = max(v, 0) + engine.LeakySlope*min(v, 0)
		}
	case engine.ActTanh:
		for i, v := range y {
			y[i] = tanhOf(v)
		}
	case engine.ActSigmoid:
		for i, v := range y {
			y[i] = sigmoidOf(v)
		}
	}
}

// actGradRow is dz = dy·act'(y), in space. Where there is no activation it is dy itself. Where ReLU is flat dz is 0, for
// any dy: a product would make NaN of an infinite one.
func actGradRow[T float](act engine.Act, space, dy, y []T) []T {
	if act == engine.ActNone {
		return dy
	}
	dz := space[:len(dy)]
	y = y[:len(dy)]
	switch act {
	case engine.ActReLU:
		for i, v := range dy {
			dz[i] = [2]T{v, 0}[one(y[i] <= 0)&1]
		}
	case engine.ActLeakyReLU:
		for i, v := range dy {
			dz[i] = v * [2]T{1, engine.LeakySlope}[one(y[i] <= 0)&1]
		}
	case engine.ActTanh:
		for i, v := range dy {
			dz[i] = v * (1 - y[i]*y[i])
		}
	case engine.ActSigmoid:
		for i, v := range dy {
			dz[i] = v * y[i] * (1 - y[i])
		}
	}
	return dz
}
