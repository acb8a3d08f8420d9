package cpu

import (
	"math"
	"unsafe"
)

// Float32 functions are computed in float64 with just enough terms for float32: a scalar multiplication costs the same
// in both, and range reduction, subnormals and overflow then need no care. Float64 functions are package math's.

// exp2Bits holds 2^(j/32), with j<<47 taken off so that adding k<<47 for any k = 32·m + j gives the bits of 2^(k/32).
var exp2Bits = func() (t [32]uint64) {
	for j := range t {
		t[j] = math.Float64bits(math.Exp2(float64(j)/32)) - uint64(j)<<47
	}
	return t
}()

// expParts cuts e^x into s·(1+p) with s = 2^(k/32), k the integer nearest to 32·x/ln 2. Then |r| < 0.0109 and the
// series stops at r⁴ with an error of 1.3e-12 absolute, 1.2e-10 relative to p. |x| is cut to 128, where float32 is
// long Inf or 0. Near 0 s is 1 and p is e^x-1 without cancellation.
func expParts(x float64) (s, p float64) {
	const shift = 3 << 51 // adding it rounds to an integer, in the low bits
	if x > 128 {
		x = 128
	} else if x < -128 {
		x = -128
	}
	t := x*(32/math.Ln2) + shift
	k := math.Float64bits(t)
	r := x - (t-shift)*(math.Ln2/32)
	return math.Float64frombits(exp2Bits[k&31] + k<<47), r * (1 + r*(1./2+r*(1./6+r*(1./24))))
}

// expWide is e^x in float64, as exact as a result of type T needs.
func expWide[T float](x float64) float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		s, p := expParts(x)
		return s + s*p
	}
	return math.Exp(x)
}

func expOf[T float](x T) T { return T(expWide[T](float64(x))) }

// expm1Of is e^x - 1.
func expm1Of[T float](x T) T {
	if unsafe.Sizeof(x) == 4 {
		s, p := expParts(float64(x))
		return T(math.Copysign(s-1+s*p, float64(x)))
	}
	return T(math.Expm1(float64(x)))
}

// sigmoidOf is 1/(1 + e^-x): for very negative x the sum overflows to Inf and its inverse is 0, the limit.
func sigmoidOf[T float](x T) T { return T(1 / (1 + expWide[T](-float64(x)))) }

// tanhOf is (e^2x - 1)/(e^2x + 1).
func tanhOf[T float](x T) T {
	if unsafe.Sizeof(x) == 4 {
		s, p := expParts(2 * float64(x))
		e := s - 1 + s*p
		return T(math.Copysign(e/(e+2), float64(x))) // keeps -0
	}
	return T(math.Tanh(float64(x)))
}

// softplusWide is log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
func softplusWide[T float](x float64) float64 {
	return max(x, 0) + math.Log1p(expWide[T](-math.Abs(x)))
}

func sqrtOf[T float](x T) T { return T(math.Sqrt(float64(x))) }

// one is 1 for true: the compiler makes it a flag, not a branch.
func one(b bool) uint8 {
	var r uint8
	if b {
		r = 1
	}
	return r
}
