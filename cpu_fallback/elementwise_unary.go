package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// unaryLight is y = op(x) for the cheap functions; x and y have the same length. The built-in min and max return NaN
// for NaN, and have no branch to mispredict.
func unaryLight[T float](op engine.UnaryOp, y, x []T, a, b T) {
	y = y[:len(x)]
	switch op {
	case engine.ReLU:
		if fastReLU(y, x) {
			return
		}
		for i, v := range x {
			y[i] = max(v, 0)
		}
	case engine.LeakyReLU:
		if fastLeaky(y, x, a) {
			return
		}
		for i, v := range x {
			y[i] = max(v, 0) + a*min(v, 0)
		}
	case engine.Sqrt:
		if fastUnary(op, y, x) {
			return
		}
		for i, v := range x {
			y[i] = sqrtOf(v)
		}
	case engine.Square:
		for i, v := range x {
			y[i] = v * v
		}
	case engine.Neg:
		for i, v := range x {
			y[i] = -v
		}
	case engine.Scale:
		if fastScale(y, x, a) {
			return
		}
		for i, v := range x {
			y[i] = a * v
		}
	case engine.Shift:
		for i, v := range x {
			y[i] = v + a
		}
	case engine.Abs:
		if fastUnary(op, y, x) {
			return
		}
		for i, v := range x {
			y[i] = T(math.Abs(float64(v)))
		}
	case engine.Sign:
		for i, v := range x {
			y[i] = sign(v)
		}
	case engine.Reciprocal:
		for i, v := range x {
			y[i] = 1 / v
		}
	case engine.Clamp:
		for i, v := range x {
			y[i] = min(max(v, a), b)
		}
	case engine.Floor:
		for i, v := range x {
			y[i] = T(math.Floor(float64(v)))
		}
	case engine.Ceil:
		for i, v := range x {
			y[i] = T(math.Ceil(float64(v)))
		}
	case engine.Round:
		for i, v := range x {
			y[i] = T(math.RoundToEven(float64(v)))
		}
	}
}

// sign is -1, 0 or 1; 0 for NaN, as PyTorch's.
func sign[T float](v T) T { return T(int32(one(v > 0)) - int32(one(v < 0))) }

// unaryHeavy is y = op(x) for the functions that are not cheap.
func unaryHeavy[T float](op engine.UnaryOp, y, x []T, a float64) {
	if fastUnary(op, y, x) {
		return
	}
	y = y[:len(x)]
	switch op {
	case engine.Tanh:
		copy(y, x)
		activateRow(engine.ActTanh, y)
	case engine.Sigmoid:
		copy(y, x)
		activateRow(engine.ActSigmoid, y)
	case engine.Exp:
		for i, v := range x {
			y[i] = expOf(v)
		}
	case engine.Log:
		for i, v := range x {
			y[i] = T(math.Log(float64(v)))
		}
	case engine.Pow:
		for i, v := range x {
			y[i] = T(math.Pow(float64(v), a))
		}
	case engine.Sin:
		for i, v := range x {
			y[i] = T(math.Sin(float64(v)))
		}
	case engine.Cos:
		for i, v := range x {
			y[i] = T(math.Cos(float64(v)))
		}
	case engine.Softplus:
		for i, v := range x {
			y[i] = T(softplusWide[T](float64(v)))
		}
	case engine.GELU:
		for i, v := range x {
			y[i] = T(float64(v) * normalCDF(float64(v)))
		}
	case engine.ELU:
		for i, v := range x {
			if v > 0 {
				y[i] = v
			} else {
				y[i] = T(a) * expm1Of(v)
			}
		}
	}
}

// normalCDF is (1 + erf(x/√2))/2, by the complement, which does not cancel for negative x.
func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
