package main

import (
	"math"
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A float32 has 24 bits, so the functions keep what an addition rounds off where it counts: a pair is a sum of two numbers
// of which the second is small.
type pair struct{ hi, lo VecVirtual }

// powers is e^x = 2^floor(k)·s·(1 + p). k is x/ln 2 rounded to a multiple of 1/lanes, s is 2^(k - floor(k)) from a table,
// and p is less than 0.022, or 0.045 with AVX2.
type powers struct {
	t, k, s VecVirtual // the low bits of t are k·lanes
	p, low  VecVirtual // low, absent where p is not close, is what is rounded off p
}

// cut cuts e^x up; |x| is at most 128. Where the power of two is 1, p is e^x - 1 as exact as close asks for.
func (c *constants) cut(x VecVirtual, close bool) powers {
	shift := float64(int(3<<22) / c.lanes) // adding it rounds, into the low bits
	e := powers{t: c.copyOf(shift), k: c.vec(), s: c.vec(), p: c.vec()}
	VFMADD231PS(c.of(math.Log2E), x, e.t)
	VSUBPS(c.of(shift), e.t, e.k)
	hi := float64(float32(math.Ln2))
	r, rest := c.vec(), c.vec()
	VMOVAPS(x, r)
	VFNMADD231PS(c.of(hi), e.k, r) // exact, because k·hi has no bits below 2^-28

	// The table's numbers are rounded; the second table makes up for it.
	power := func(lane int) float64 { return math.Exp2(float64(lane) / float64(c.lanes)) }
	VPERMPS(c.each(func(lane int) uint32 { return math.Float32bits(float32(power(lane))) }), e.t, e.s)
	VPERMPS(c.each(func(lane int) uint32 {
		return math.Float32bits(float32(power(lane)/float64(float32(power(lane))) - 1))
	}), e.t, rest)
	VFNMADD231PS(c.of(math.Ln2-hi), e.k, rest)

	// e^r - 1 = r + r²·(1/2 + r/6 + …), with as many terms as the interval needs.
	terms := []float64{1. / 2, 1. / 6, 1. / 24}
	if c.lanes == 8 && close {
		terms = append(terms, 1./120)
	}
	if widest := math.Ln2 / 2 / float64(c.lanes); c.lanes == 16 && !close {
		terms = []float64{1./2 + widest*widest/24, 1. / 6} // the last spread over the interval
	}
	last := len(terms) - 1
	VMOVUPS(c.of(terms[last]), e.p)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(c.of(terms[i]), r, e.p)
	}
	square := c.vec()
	VMULPS(r, r, square)
	if !close {
		VADDPS(rest, r, r)
		VFMADD213PS(r, square, e.p)
		return e
	}
	p, low := c.vec(), c.vec()
	VMOVAPS(r, p)
	VFMADD231PS(e.p, square, p)
	VSUBPS(p, r, low)
	VFMADD231PS(e.p, square, low)
	VFMADD213PS(rest, rest, r)
	VADDPS(r, low, low)
	e.p, e.low = p, low
	return e
}

// parts is e^-x as a sum: 2^k, for k = -x/ln 2 rounded to a multiple of 1/lanes, and what is more. It is wrong by what the
// table's numbers are rounded. |x| is less than 88.
func (c *constants) parts(x VecVirtual) (s, more VecVirtual) {
	shift := float64(int(3<<22) / c.lanes) // adding it rounds, into the low bits
	t, f, p := c.copyOf(shift), c.vec(), c.vec()
	s, more = c.vec(), c.vec()
	factor := float64(float32(-math.Log2E))
	VFMADD231PS(c.of(factor), x, t)
	VSUBPS(c.of(shift), t, s)
	VMOVAPS(x, f)
	VFMSUB213PS(s, c.source(factor), f)
	VFMADD231PS(c.of(-math.Log2E-factor), x, f)

	// The bits of k before the point go to the exponent. Those behind it, which go to the mantissa, the table takes off.
	behind := bits.Len(uint(c.lanes)) - 1
	VPSLLD(U8(23-behind), t, s)
	VPERMPS(c.each(func(lane int) uint32 {
		return math.Float32bits(float32(math.Exp2(float64(lane)/float64(c.lanes)))) - uint32(lane)<<(23-behind)
	}), t, p)
	VPADDD(p, s, s)

	// 2^f - 1 = f·ln 2 + (f·ln 2)²/2 + …, as many terms as the interval needs, with the next one spread over it.
	const ln = math.Ln2
	terms := []float64{ln, ln * ln / 2, ln * ln * ln / 6, ln * ln * ln * ln / 24}
	if c.lanes == 16 {
		const widest = ln / 2 / 16
		terms = []float64{ln, ln * ln * (1./2 + widest*widest/24), ln * ln * ln / 6}
	}
	last := len(terms) - 1
	VMOVUPS(c.of(terms[last]), p)
	for i := last - 1; i >= 0; i-- {
		VFMADD213PS(c.of(terms[i]), f, p)
	}
	VMULPS(s, f, f)
	VMULPS(p, f, more)
	return
}

// fast is a + s·p, where a is 0 or larger than s·p.
func (c *constants) fast(a, s VecVirtual, e powers) pair {
	y := pair{c.vec(), c.vec()}
	VMOVAPS(a, y.hi)
	VFMADD231PS(s, e.p, y.hi)
	VSUBPS(y.hi, a, y.lo)
	VFMADD231PS(s, e.p, y.lo)
	VFMADD231PS(s, e.low, y.lo)
	return y
}

// expOf is e^x. From 128 on float32 is long Inf.
func (c *constants) expOf(x VecVirtual) VecVirtual {
	VMINPS(x, c.source(128), x) // the second source where either is NaN
	return c.expBelow(x)
}

// expBelow is e^x for x up to 128. Below -128 float32 is long 0.
func (c *constants) expBelow(x VecVirtual) VecVirtual {
	VMAXPS(x, c.source(-128), x)
	e := c.cut(x, false)
	VFMADD231PS(e.s, e.p, e.s)
	c.scale(e.s, c.integer(e), e.s)
	return e.s
}

// integer is the power of two that scale multiplies by.
func (c *constants) integer(e powers) VecVirtual {
	if c.lanes == 16 {
		return e.k
	}
	k := c.vec()
	VPSLLD(U8(10), e.t, k) // off with the bits of shift
	VPSRAD(U8(13), k, k)
	return k
}

// scale is y = x·2^k.
func (c *constants) scale(x, k, y VecVirtual) {
	if c.lanes == 16 {
		VSCALEFPS(k, x, y)
		return
	}
	half, rest := c.vec(), c.vec()
	VPSRAD(U8(1), k, half)
	VPSUBD(half, k, rest)
	for _, r := range []VecVirtual{half, rest} {
		VPSLLD(U8(23), r, r)
		VPADDD(c.of(1), r, r)
	}
	VMULPS(half, x, y)
	VMULPS(rest, y, y)
}

// power is s·2^k, where that is normal.
func (c *constants) power(e powers) VecVirtual {
	if c.lanes == 16 {
		s := c.vec()
		VSCALEFPS(e.k, e.s, s)
		return s
	}
	k, s := c.vec(), c.vec()
	VPSRLD(U8(3), e.t, k)
	VPSLLD(U8(23), k, k)
	VPADDD(e.s, k, s)
	return s
}
