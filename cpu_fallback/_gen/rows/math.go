package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// functions writes exp, tanh, sigmoid and log of float32s, and what is with them.
func functions(v isa) {
	c := newConstants(v, "math")
	c.function("exp", "is y = e^x.", 2, true, c.exp)
	c.function("tanh", "is y = tanh x = (e^2x - 1)/(e^2x + 1).", 4, true, c.tanh)
	c.function("sigmoid", "is y = 1/(1 + e^-x).", 6, true, c.sigmoid)
	c.function("log", "is y = ln x, -Inf of 0 and NaN of what is less.", 4, false, c.log)
	grads(c)
}

// place is where a vector's element comes from and goes to. A later stage may load it again.
type place struct {
	load  func() VecVirtual
	store func(y VecVirtual)
}

// function writes y = f(x) over n elements.
func (c *constants) function(name, doc string, several int, room bool, f func(at place) stage) {
	TEXT(name+c.name, NOSPLIT, "func(y, x *float32, n int)")
	Doc(name + c.name + " " + doc)
	Pragma("noescape")
	if c.lanes == 8 {
		several = 1 // for want of registers
	}
	c.hold(room, func() {
		c.staged(pointers([]string{"y", "x"}), c.lanes, several, func(at []Mem, m mask) stage {
			if m.op == nil { // so many instructions lie between the vectors that the processor does not see far ahead
				PREFETCHT0(at[0].Offset(4096))
				PREFETCHT0(at[1].Offset(4096))
			}
			return f(place{
				load: func() VecVirtual {
					x := c.vec()
					c.load(at[1], x, m)
					return x
				},
				store: func(y VecVirtual) { c.store(y, at[0], m) },
			})
		})
	}, func() {})
}

func (c *constants) exp(at place) stage {
	at.store(c.expOf(at.load()))
	return nil
}

// tanh of |x| is e/(e + 2) with e = e^2|x| - 1, whose first term is exact. From 10 on it rounds to 1.
func (c *constants) tanh(at place) stage {
	two := c.vec()
	VANDNPS(at.load(), c.source(math.Copysign(0, -1)), two)
	VADDPS(two, two, two)
	VMINPS(two, c.source(20), two) // the second source where either is NaN
	e := c.cut(two, true)
	s, top := c.power(e), c.vec()
	VSUBPS(c.of(1), s, top)
	above := c.fast(top, s, e)
	return func() stage {
		below := c.sum(2, above.hi)
		VADDPS(above.lo, below.lo, below.lo)
		y := c.quotient(above, below)
		sign := at.load()
		VANDPS(c.of(math.Copysign(0, -1)), sign, sign)
		VORPS(sign, y, y) // -0 stays -0
		at.store(y)
		return nil
	}
}

// sigmoid is 1/(1 + e^-x), and e^x where that is the same and may be subnormal. What an estimate of it leaves over of 1
// is computed from the parts of e^-x, none of which an addition has rounded.
func (c *constants) sigmoid(at place) stage {
	const least = -87
	x := at.load()
	VMAXPS(x, c.source(least), x) // the second source where either is NaN
	VMINPS(x, c.source(-least), x)
	s, more := c.parts(x)
	return func() stage {
		below, left := c.vec(), c.copyOf(1)
		VADDPS(c.of(1), s, below)
		VADDPS(more, below, below)
		y := c.estimate(below)
		VFNMADD231PS(s, y, left)
		VSUBPS(y, left, left)
		VFNMADD231PS(more, y, left)
		VFMADD231PS(left, y, y)
		x := at.load()
		const less = 1
		c.some(less, c.of(least), x, func() {
			c.where(less, c.of(least), x, c.expOf(x), y)
		})
		at.store(y)
		return nil
	}
}

// sum is a + x, for positive x.
func (c *constants) sum(a float64, x VecVirtual) pair {
	y, large := pair{c.vec(), c.vec()}, c.vec()
	VADDPS(c.of(a), x, y.hi)
	VMAXPS(c.of(a), x, large)
	VMINPS(c.of(a), x, y.lo)
	VSUBPS(large, y.hi, large)
	VSUBPS(large, y.lo, y.lo)
	return y
}

// estimate is 1/x, to 14 bits or more.
func (c *constants) estimate(x VecVirtual) VecVirtual {
	r := c.vec()
	if c.lanes == 16 {
		VRCP14PS(x, r)
		return r
	}
	VRCPPS(x, r) // 11 bits, so a step of Newton's
	e := c.copyOf(1)
	VFNMADD231PS(x, r, e)
	VFMADD231PS(e, r, r)
	return r
}

// quotient is above/below, wrong by little more than half a unit in the last place: what an estimate of it leaves over of
// above is divided once more.
func (c *constants) quotient(above, below pair) VecVirtual {
	r, q := c.estimate(below.hi), c.vec()
	VMULPS(r, above.hi, q)
	VFNMADD231PS(below.hi, q, above.hi)
	VFNMADD231PS(below.lo, q, above.lo)
	VADDPS(above.lo, above.hi, above.hi)
	VFMADD231PS(above.hi, r, q)
	return q
}

// log cuts x into 2^k·m with m from 2/3 to 4/3 and takes ln m = f + f²·q(f), f = m - 1. The sum k·ln 2 + f is not rounded.
func (c *constants) log(at place) stage {
	const low = 0x3f2aaaab // the bits of 2/3
	// Minimax on that interval: wrong by at most 0.02 units in the last place of ln m.
	series := []float64{-0.5, 0.33333334, -0.2499982, 0.19999598, -0.1667958, 0.14304456, -0.12195774, 0.10754236, -0.12845077, 0.12007153}
	x := at.load()
	large, k, u, f := c.vec(), c.vec(), c.vec(), c.vec()
	VMULPS(c.of(1<<23), x, large)
	bias := c.copyOf(127)
	const less = 1
	c.where(less, c.of(0x1p-126), x, c.of(127+23), bias)
	VMOVAPS(x, u)
	c.where(less, c.of(0x1p-126), x, large, u)
	VPADDD(c.bits(0x3f800000-low), u, u)
	VPSRLD(U8(23), u, k)
	VCVTDQ2PS(k, k)
	VSUBPS(bias, k, k)
	VANDPS(c.bits(1<<23-1), u, u)
	VPADDD(c.bits(low), u, u)
	VSUBPS(c.of(1), u, f)

	q := c.copyOf(series[len(series)-1])
	for i := len(series) - 2; i >= 0; i-- {
		VFMADD213PS(c.of(series[i]), f, q)
	}
	return func() stage {
		square, sum, rest := c.vec(), c.vec(), c.vec()
		VMULPS(f, f, square)
		const exact = 0xffffff00 // of the bits of ln 2: times k it is not rounded
		hi := float64(math.Float32frombits(math.Float32bits(math.Ln2) & exact))
		VMULPS(c.of(math.Ln2-hi), k, rest)
		VFMADD231PS(square, q, rest)
		VMULPS(c.of(hi), k, k)
		VADDPS(f, k, sum)
		VSUBPS(k, sum, k)
		VSUBPS(k, f, f)
		VADDPS(f, rest, rest)
		VADDPS(rest, sum, sum)

		const equal, notGreaterOrEqual = 0, 9
		x := at.load()
		c.where(equal, c.of(math.Inf(1)), x, c.of(math.Inf(1)), sum)
		c.where(equal, c.of(0), x, c.of(math.Inf(-1)), sum)
		c.where(notGreaterOrEqual, c.of(0), x, c.of(math.NaN()), sum)
		at.store(sum)
		return nil
	}
}

// some runs body if x compares to a in some lane, which is rare: registers are not for its constants.
func (c *constants) some(compare uint8, a Op, x VecVirtual, body func()) {
	c.labels++
	none := fmt.Sprintf("none%d", c.labels)
	if c.lanes == 16 {
		k := K()
		VCMPPS(U8(compare), a, x, k)
		KORTESTW(k, k)
	} else {
		yes := c.vec()
		VCMPPS(U8(compare), a, x, yes)
		VTESTPS(yes, yes)
	}
	JEQ(LabelRef(none))
	held := c.held
	c.held = nil
	body()
	c.held = held
	Label(none)
}

// where puts v in those lanes of y where x compares to a.
func (c *constants) where(compare uint8, a Op, x VecVirtual, v Op, y VecVirtual) {
	if c.lanes == 16 {
		k := K()
		VCMPPS(U8(compare), a, x, k)
		VMOVUPS(v, k, y)
		return
	}
	yes := c.vec()
	VCMPPS(U8(compare), a, x, yes)
	VBLENDVPS(yes, v, y, y)
}
