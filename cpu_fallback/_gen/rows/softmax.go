package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// softmax writes what a softmax does with a row.
func softmax(v isa) {
	rowMax(v)
	expSum(v)
	scaleShift(v)
	less(v)
}

// rowMax counts NaNs apart, because a vector's maximum forgets them.
func rowMax(v isa) {
	TEXT("rowMax"+v.name, NOSPLIT, "func(x *float32, n int) float32")
	Doc("rowMax" + v.name + " is the largest of n numbers, -Inf of none, NaN where there is one.")
	Pragma("noescape")
	c := newConstants(v, "max")
	const unordered = 3
	best, nan := v.vec(), v.vec()
	VMOVUPS(c.of(math.Inf(-1)), best)
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
	TEXT("expSum"+v.name, NOSPLIT, "func(y, x *float32, m float32, n int) float64")
	Doc("expSum" + v.name + " is the sum of e^(x-m), and leaves the terms in y unless it is nil. x <= m.")
	Pragma("noescape")
	c := newConstants(v, "sum")
	sum, minus, label := [2]VecVirtual{v.vec(), v.vec()}, v.vec(), 0
	var terms []VecVirtual // of a round, of which as many have begun
	began := 0
	c.hold(true, func() {
		v.zero(sum[0])
		v.zero(sum[1])
		VBROADCASTSS(NewParamAddr("m", 16), minus)
		y, length := Load(Param("y"), GP64()), Load(Param("n"), GP64())
		v.staged(pointers([]string{"y", "x"}), v.lanes, 4*v.lanes/16, func(at []Mem, m mask) stage {
			began++
			x := v.vec()
			v.load(at[1], x, m)
			VSUBPS(minus, x, x)
			if m.op == nil { // the next row, which is likely to be the next to be read
				next := at[1]
				next.Index, next.Scale = length, 4
				PREFETCHT0(next)
			}
			e := c.expBelow(x)
			return func() stage {
				label++
				none := fmt.Sprintf("unwanted%d", label)
				TESTQ(y, y)
				JEQ(LabelRef(none))
				v.store(e, at[0], m)
				if m.op == nil {
					next := at[0]
					next.Index, next.Scale = length, 4
					PREFETCHT0(next)
				}
				Label(none)
				switch {
				case m.op == nil:
				case v.lanes == 16:
					VMOVAPS_Z(e, m.op, e)
				default:
					VANDPS(m.op, e, e)
				}
				if terms = append(terms, e); len(terms) < began {
					return nil
				}
				for i := 1; i < len(terms); i *= 2 { // few, so rounding their sum costs no more than rounding them
					for j := 0; j+i < len(terms); j += 2 * i {
						VADDPS(terms[j+i], terms[j], terms[j])
					}
				}
				for i, half := range v.widen(terms[0]) {
					VADDPD(half, sum[i], sum[i])
				}
				terms, began = nil, 0
				return nil
			}
		})
	}, func() {
		VADDPD(sum[1], sum[0], sum[0])
		v.fold(sum[0], func(a, b, to VecVirtual) { VADDPD(a, b, to) }, 8)
		Store(sum[0].AsX(), ReturnIndex(0))
	})
}

func scaleShift(v isa) {
	TEXT("scaleShift"+v.name, NOSPLIT, "func(y, x *float32, a, b float32, n int)")
	Doc("scaleShift" + v.name + " is y = a·x + b.")
	Pragma("noescape")
	a, b := v.vec(), v.vec()
	VBROADCASTSS(NewParamAddr("a", 16), a)
	VBROADCASTSS(NewParamAddr("b", 20), b)
	v.sweep([]string{"y", "x"}, v.lanes, 4, func(at []Mem, m mask) {
		x := v.vec()
		v.load(at[1], x, m)
		VFMADD213PS(b, a, x)
		v.store(x, at[0], m)
	})
	VZEROUPPER()
	RET()
}

func less(v isa) {
	TEXT("less"+v.name, NOSPLIT, "func(y, x *float32, a float64, n int)")
	Doc("less" + v.name + " is y = x - a, rounded once.")
	Pragma("noescape")
	a := v.vec()
	VBROADCASTSD(NewParamAddr("a", 16), a)
	v.sweep([]string{"y", "x"}, v.lanes/2, 4, func(at []Mem, m mask) {
		narrow, x := v.half(), v.vec()
		v.load(at[1], narrow, m)
		VCVTPS2PD(narrow, x)
		VSUBPD(a, x, x)
		if v.lanes == 16 {
			VCVTPD2PS(x, narrow)
		} else {
			VCVTPD2PSY(x, narrow)
		}
		v.store(narrow, at[0], m)
	})
	VZEROUPPER()
	RET()
}

// widen is the lower and the upper half of x as float64s.
func (v isa) widen(x VecVirtual) [2]VecVirtual {
	high, wide := v.half(), [2]VecVirtual{v.vec(), v.vec()}
	if v.lanes == 16 {
		VCVTPS2PD(x.AsY(), wide[0])
		VEXTRACTF32X8(U8(1), x, high)
	} else {
		VCVTPS2PD(x.AsX(), wide[0])
		VEXTRACTF128(U8(1), x, high)
	}
	VCVTPS2PD(high, wide[1])
	return wide
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
