package cpu

import (
	"math"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// unaryBwdLight is dx = dy·op' for cheap derivatives. in is the input where op needs it, else the output; it is nil
// where the derivative is a constant and nobody gave one.
func unaryBwdLight[T float](op engine.UnaryOp, dx, dy, in []T, a, b T) {
	dy = dy[:len(dx)]
	switch op {
	case engine.Neg, engine.Scale:
		if op == engine.Neg {
			a = -1
		}
		if fastScale(dx, dy, a) {
			return
		}
		for i, d := range dy {
			dx[i] = a * d
		}
		return
	case engine.Shift:
		copy(dx, dy)
		return
	case engine.Sign, engine.Floor, engine.Ceil, engine.Round:
		clear(dx)
		return
	case engine.ReLU:
		if fastReLUGrad(dx, dy, in) {
			return
		}
		if unsafe.Sizeof(a) == 4 {
			reluBwd(bitsOf[uint32](dx), bitsOf[uint32](dy), in)
		} else {
			reluBwd(bitsOf[uint64](dx), bitsOf[uint64](dy), in)
		}
		return
	case engine.Clamp:
		if unsafe.Sizeof(a) == 4 {
			clampBwd(bitsOf[uint32](dx), bitsOf[uint32](dy), in, a, b)
		} else {
			clampBwd(bitsOf[uint64](dx), bitsOf[uint64](dy), in, a, b)
		}
		return
	}
	if in = in[:len(dy)]; fastGrad(op, dx, dy, in, a) {
		return
	}
	switch op {
	case engine.LeakyReLU:
		slopes := [2]T{a, 1}
		for i, d := range dy {
			dx[i] = d * slopes[one(in[i] > 0)&1]
		}
	case engine.Tanh:
		for i, d := range dy {
			dx[i] = d * (1 - in[i]*in[i])
		}
	case engine.Sigmoid:
		for i, d := range dy {
			dx[i] = d * (in[i] * (1 - in[i]))
		}
	case engine.Exp:
		for i, d := range dy {
			dx[i] = d * in[i]
		}
	case engine.Sqrt:
		for i, d := range dy {
			dx[i] = d / (2 * in[i])
		}
	case engine.Reciprocal:
		for i, d := range dy {
			dx[i] = -d * (in[i] * in[i])
		}
	case engine.Square:
		for i, d := range dy {
			dx[i] = d * (2 * in[i])
		}
	case engine.Abs:
		for i, d := range dy {
			dx[i] = d * sign(in[i])
		}
	}
}

// bitsOf is x as unsigned integers of the same size: the compiler selects integers with a conditional move, but floats
// with a branch that is mispredicted on every other element of an ordinary activation.
func bitsOf[U uint32 | uint64, T float](x []T) []U {
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
}

// reluBwd keeps dy where the output is above 0, or NaN as PyTorch does.
func reluBwd[U uint32 | uint64, T float](dx, dy []U, y []T) {
	dx, dy = dx[:len(y)], dy[:len(y)]
	for i, v := range y {
		d := dy[i]
		if v <= 0 {
			d = 0
		}
		dx[i] = d
	}
}

// clampBwd keeps dy where a <= x <= b.
func clampBwd[U uint32 | uint64, T float](dx, dy []U, x []T, a, b T) {
	dx, dy = dx[:len(x)], dy[:len(x)]
	for i, v := range x {
		d := dy[i]
		if !(v >= a) {
			d = 0
		}
		if !(v <= b) {
			d = 0
		}
		dx[i] = d
	}
}

// unaryBwdHeavy is dx = dy·op'(x) for the derivatives that evaluate a function.
func unaryBwdHeavy[T float](op engine.UnaryOp, dx, dy, x []T, a float64) {
	dx, dy = dx[:len(x)], dy[:len(x)]
	switch op {
	case engine.Log:
		for i, v := range x {
			dx[i] = dy[i] / v
		}
	case engine.Pow:
		if a == 0 { // also where x^-1 is Inf
			clear(dx)
			return
		}
		for i, v := range x {
			dx[i] = dy[i] * T(a*math.Pow(float64(v), a-1))
		}
	case engine.Sin:
		for i, v := range x {
			dx[i] = dy[i] * T(math.Cos(float64(v)))
		}
	case engine.Cos:
		for i, v := range x {
			dx[i] = dy[i] * -T(math.Sin(float64(v)))
		}
	case engine.Softplus:
		for i, v := range x {
			dx[i] = dy[i] * sigmoidOf(v)
		}
	case engine.GELU:
		const density = 1 / (math.Sqrt2 * math.SqrtPi) // of the normal distribution at 0
		for i, v := range x {
			w := float64(v)
			dx[i] = dy[i] * T(normalCDF(w)+w*density*expWide[T](-w*w/2))
		}
	case engine.ELU:
		for i, v := range x {
			d := dy[i]
			if !(v > 0) {
				d *= T(a) * expOf(v)
			}
			dx[i] = d
		}
	}
}
