package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// functions writes exp, tanh, sigmoid and log of float32s. They are computed in float64, half a vector of float32s at a
// time, so that the last rounding is the only one that counts; special values then come out by themselves.
func functions(v isa) {
	c := &constants{isa: v, at: map[uint64]Mem{}, prefix: "math"}
	c.function("exp", "is y = e^x.", func(x VecVirtual) VecVirtual {
		s, p := c.expParts(x)
		VFMADD231PD(p, s, s)
		return s
	})
	c.function("tanh", "is y = tanh x = (e^2x - 1)/(e^2x + 1).", func(x VecVirtual) VecVirtual {
		two, sign := v.vec(), v.vec()
		VADDPD(x, x, two)
		VANDPD(c.of(math.Copysign(0, -1)), x, sign)
		s, p := c.expParts(two)
		e, below := v.vec(), v.vec()
		VSUBPD(c.of(1), s, e)
		VFMADD231PD(p, s, e)
		VADDPD(c.of(2), e, below)
		y := c.divide(e, below)
		VORPD(sign, y, y) // -0 stays -0
		return y
	})
	c.function("sigmoid", "is y = 1/(1 + e^-x).", func(x VecVirtual) VecVirtual {
		minus, one := v.vec(), v.vec()
		VXORPD(c.of(math.Copysign(0, -1)), x, minus)
		s, p := c.expParts(minus)
		VFMADD231PD(p, s, s)
		VADDPD(c.of(1), s, s)
		VMOVUPD(c.of(1), one)
		return c.divide(one, s)
	})
	c.function("log", "is y = ln x, -Inf of 0 and NaN of what is less.", c.log)
}

// constants are vectors of equal numbers, in memory.
type constants struct {
	isa
	at     map[uint64]Mem
	prefix string
}

func (c *constants) of(x float64) Mem { return c.bits(math.Float64bits(x)) }

func (c *constants) bits(b uint64) Mem {
	m, ok := c.at[b]
	if !ok {
		m = GLOBL(fmt.Sprintf("%s%s%d", c.prefix, c.name, len(c.at)), RODATA|NOPTR)
		for i := range c.lanes / 2 {
			DATA(8*i, U64(b))
		}
		c.at[b] = m
	}
	return m
}

// function writes y = f(x) over n elements.
func (c *constants) function(name, doc string, f func(x VecVirtual) VecVirtual) {
	TEXT(name+c.name, NOSPLIT, "func(y, x *float32, n int)")
	Doc(name + c.name + " " + doc)
	Pragma("noescape")
	c.sweep([]string{"y", "x"}, c.lanes/2, 2, func(at []Mem, m mask) {
		narrow, x := c.half(), c.vec()
		c.load(at[1], narrow, m)
		VCVTPS2PD(narrow, x)
		y := f(x)
		c.narrow(y, narrow)
		c.store(narrow, at[0], m)
	})
	VZEROUPPER()
	RET()
}

// expParts cuts e^x into s·(1 + p), s = 2^k with k the integer nearest to x/ln 2. Then |r| < 0.347 and the series stops at
// r⁸ with an error of 2e-10. |x| is cut to 128, where float32 is long Inf or 0. Near 0 s is 1 and p is e^x - 1 without
// cancellation.
func (c *constants) expParts(x VecVirtual) (s, p VecVirtual) {
	const shift = 3 << 51 // adding it rounds to an integer, in the low bits
	limit, r := c.vec(), c.vec()
	VMOVUPD(c.of(128), limit)
	VMINPD(x, limit, r) // the second source where either is NaN
	VMOVUPD(c.of(-128), limit)
	VMAXPD(r, limit, r)
	t, k := c.vec(), c.vec()
	VMOVUPD(c.of(shift), t)
	VFMADD231PD(c.of(math.Log2E), r, t)
	VSUBPD(c.of(shift), t, k)
	VFNMADD231PD(c.of(math.Ln2), k, r)
	s, p = c.vec(), c.vec()
	VPSLLQ(U8(52), t, s)
	VPADDQ(c.of(1), s, s)
	factorial := 40320.
	VMOVUPD(c.of(1/factorial), p)
	for i := 8.; i > 1; i-- {
		factorial /= i
		VFMADD213PD(c.of(1/factorial), r, p)
	}
	VMULPD(r, p, p)
	return
}

// divide is a/b, for finite b, as exact as float32 needs: AVX-512 has an estimate of 1/b, which a step of Newton's makes
// exact to 28 bits.
func (c *constants) divide(a, b VecVirtual) VecVirtual {
	y := c.vec()
	if c.lanes != 16 {
		VDIVPD(b, a, y)
		return y
	}
	e := c.vec()
	VRCP14PD(b, y)
	VMOVUPD(c.of(1), e)
	VFNMADD231PD(b, y, e)
	VFMADD231PD(e, y, y)
	VMULPD(a, y, y)
	return y
}

// log cuts x into 2^k·m with m near 1, and takes ln m = 2·artanh f = 2(f + f³/3 + …), f = (m-1)/(m+1). |f| < 0.172, and
// the series stops at f¹³ with an error of 2e-13.
func (c *constants) log(x VecVirtual) VecVirtual {
	const low = 0x3fe6a09e667f3bcd // the bits of √½: m is from there to √2
	u, k, m := c.vec(), c.vec(), c.vec()
	VPADDQ(c.bits(0x3ff<<52-low), x, u)
	VPSRLQ(U8(52), u, k)
	VORPD(c.of(1<<52), k, k)
	VSUBPD(c.of(1<<52+1023), k, k)
	VANDPD(c.bits(1<<52-1), u, m)
	VPADDQ(c.bits(low), m, m)
	above, below := c.vec(), c.vec()
	VSUBPD(c.of(1), m, above)
	VADDPD(c.of(1), m, below)
	f := c.divide(above, below)
	z, q := c.vec(), c.vec()
	VMULPD(f, f, z)
	VMOVUPD(c.of(2./13), q)
	for i := 11.; i > 0; i -= 2 {
		VFMADD213PD(c.of(2/i), z, q)
	}
	VMULPD(f, q, q)
	VFMADD231PD(c.of(math.Ln2), k, q)

	const equal, notGreaterOrEqual = 0, 9
	c.where(equal, c.of(math.Inf(1)), x, c.of(math.Inf(1)), q)
	c.where(equal, c.of(0), x, c.of(math.Inf(-1)), q)
	c.where(notGreaterOrEqual, c.of(0), x, c.of(math.NaN()), q)
	return q
}

// where puts v in those lanes of y where x compares to a.
func (c *constants) where(compare uint8, a Mem, x VecVirtual, v Mem, y VecVirtual) {
	if c.lanes == 16 {
		k := K()
		VCMPPD(U8(compare), a, x, k)
		VMOVUPD(v, k, y)
		return
	}
	yes, value := c.vec(), c.vec()
	VCMPPD(U8(compare), a, x, yes)
	VMOVUPD(v, value)
	VBLENDVPD(yes, value, y, y)
}
