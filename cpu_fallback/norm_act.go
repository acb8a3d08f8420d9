package cpu

import (
	"math"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// Signs decide at random which way ReLU goes, and a branch that is predicted wrongly costs as much as twenty elements.
// So these loops have none. Forward they are the arithmetic of Unary, bit for bit.

// activateRow is y = act(y).
func activateRow[T float](act engine.Act, y []T) {
	switch act {
	case engine.ActReLU:
		if fastReLU(y, y) {
			return
		}
		for i, v := range y {
			y[i] = max(v, 0)
		}
	case engine.ActLeakyReLU:
		if fastLeaky(y, y, engine.LeakySlope) {
			return
		}
		for i, v := range y {
			y[i] = max(v, 0) + engine.LeakySlope*min(v, 0)
		}
	case engine.ActTanh:
		if fastUnary(engine.Tanh, y, y) {
			return
		}
		wideRow(y, tanhWide[T])
	case engine.ActSigmoid:
		if fastUnary(engine.Sigmoid, y, y) {
			return
		}
		wideRow(y, sigmoidWide[T])
	}
}

// wideRow is y = f(y). Conversions have loops of their own: on amd64 they keep the upper half of the register they write
// to, so that one in f's loop waits for what the element before left there, and tanh takes 18 ns in place of 4.
func wideRow[T float](y []T, f func(wide []float64)) {
	var space [64]float64
	for len(y) > 0 {
		wide := space[:min(len(y), len(space))]
		for i := range wide {
			wide[i] = float64(y[i])
		}
		f(wide)
		for i, v := range wide {
			y[i] = T(v)
		}
		y = y[len(wide):]
	}
}

// tanhWide is tanhOf before results are rounded to T.
func tanhWide[T float](wide []float64) {
	if unsafe.Sizeof(T(0)) == 4 {
		for i, x := range wide {
			s, p := expParts(2 * x)
			e := s - 1 + s*p
			wide[i] = math.Copysign(e/(e+2), x)
		}
		return
	}
	for i, x := range wide {
		wide[i] = math.Tanh(x)
	}
}

// sigmoidWide is sigmoidOf before results are rounded to T.
func sigmoidWide[T float](wide []float64) {
	for i, x := range wide {
		wide[i] = 1 / (1 + expWide[T](-x))
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
		if fastReLUGrad(dz, dy, y) {
			return dz
		}
		for i, v := range dy {
			dz[i] = [2]T{v, 0}[one(y[i] <= 0)&1]
		}
	case engine.ActLeakyReLU:
		for i, v := range dy {
			dz[i] = v * [2]T{1, engine.LeakySlope}[one(y[i] <= 0)&1]
		}
	case engine.ActTanh:
		if fastGrad(engine.Tanh, dz, dy, y, 0) {
			return dz
		}
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
