package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// softmax writes what a softmax does with a row.
func softmax(v isa) {
	rowMax(v)
	expSum(v)
	scaleShift(v)
}

// rowMax counts NaNs apart, because a vector's maximum forgets them.
func rowMax(v isa) {
	TEXT("rowMax"+v.name, NOSPLIT, "func(x *float32, n int) float32")
	Doc("rowMax" + v.name + " is the largest of n numbers, -Inf of none, NaN where there is one.")
	Pragma("noescape")
	c := &constants{isa: v, at: map[uint64]Mem{}, prefix: "max"}
	const unordered = 3
	best, nan := v.vec(), v.vec()
	VMOVUPD(c.bits(0xff800000ff800000), best)
	v.zero(nan)
	v.sweep([]string{"x"}, v.lanes, 4, func(at []Mem, m mask) {
		x := v.vec()
		v.load(at[0], x, m)
		if v.lanes == 16 {
			k, ones := K(), v.vec()
			VCMPPS(U8(unordered), x, x, k)
			VPMOVM2D(k, ones)
			VPORD(ones, nan, nan)
			if m.op != nil {
				VMAXPS(x, best, m.op, best)
				return
			}
		} else {
			odd := v.vec()
			VCMPPS(U8(unordered), x, x, odd)
			VORPS(odd, nan, nan)
			if m.op != nil {
				VBLENDVPS(m.op, x, best, x)
			}
		}
		VMAXPS(x, best, best)
	})
	v.fold(best, func(a, b, to VecVirtual) { VMAXPS(a, b, to) }, 4)
	v.fold(nan, func(a, b, to VecVirtual) { VORPS(a, b, to) }, 4)
	VORPS(nan.AsX(), best.AsX(), best.AsX())
	Store(best.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func expSum(v isa) {
	TEXT("expSum"+v.name, NOSPLIT, "func(y, x *float32, m float64, n int) float64")
	Doc("expSum" + v.name + " is the sum of e^(x-m) over n numbers, and leaves the terms in y unless it is nil.")
	Pragma("noescape")
	c := &constants{isa: v, at: map[uint64]Mem{}, prefix: "sum"}
	sum, minus, label := v.vec(), v.vec(), 0
	v.zero(sum)
	m := NewParamAddr("m", 16)
	VBROADCASTSD(m, minus)
	v.sweep([]string{"y", "x"}, v.lanes/2, 2, func(at []Mem, m mask) {
		narrow, x := v.half(), v.vec()
		v.load(at[1], narrow, m)
		VCVTPS2PD(narrow, x)
		VSUBPD(minus, x, x)
		e, p := c.expParts(x)
		VFMADD231PD(p, e, e)
		switch {
		case m.op == nil:
		case v.lanes == 16:
			VMOVAPD_Z(e, m.wide, e)
		default:
			VANDPD(m.wide, e, e)
		}
		VADDPD(e, sum, sum)
		label++
		none := fmt.Sprintf("unwanted%d", label)
		y := Load(Param("y"), GP64())
		TESTQ(y, y)
		JEQ(LabelRef(none))
		v.narrow(e, narrow)
		v.store(narrow, at[0], m)
		Label(none)
	})
	v.fold(sum, func(a, b, to VecVirtual) { VADDPD(a, b, to) }, 8)
	Store(sum.AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

func scaleShift(v isa) {
	TEXT("scaleShift"+v.name, NOSPLIT, "func(y, x *float32, a, b float64, n int)")
	Doc("scaleShift" + v.name + " is y = a·x + b, rounded once.")
	Pragma("noescape")
	a, b := v.vec(), v.vec()
	VBROADCASTSD(NewParamAddr("a", 16), a)
	VBROADCASTSD(NewParamAddr("b", 24), b)
	v.sweep([]string{"y", "x"}, v.lanes/2, 4, func(at []Mem, m mask) {
		narrow, x := v.half(), v.vec()
		v.load(at[1], narrow, m)
		VCVTPS2PD(narrow, x)
		VFMADD213PD(b, a, x)
		v.narrow(x, narrow)
		v.store(narrow, at[0], m)
	})
	VZEROUPPER()
	RET()
}

// narrow rounds float64s to float32s.
func (v isa) narrow(x, to VecVirtual) {
	if v.lanes == 16 {
		VCVTPD2PS(x, to)
	} else {
		VCVTPD2PSY(x, to)
	}
}

// fold leaves op over all lanes of r, of the given size in bytes, in its lowest lane.
func (v isa) fold(r VecVirtual, op func(a, b, to VecVirtual), size int) {
	if v.lanes == 16 {
		high := YMM()
		VEXTRACTF64X4(U8(1), r, high)
		op(high, r.AsY().(VecVirtual), r.AsY().(VecVirtual))
	}
	high := XMM()
	low := r.AsX().(VecVirtual)
	VEXTRACTF128(U8(1), r.AsY(), high)
	op(high, low, low)
	VPERMILPD(U8(1), low, high)
	op(high, low, low)
	if size == 4 {
		VPERMILPS(U8(1), low, high)
		op(high, low, low)
	}
}
