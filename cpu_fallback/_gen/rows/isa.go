package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// isa is what differs between the instruction sets.
type isa struct {
	name  string
	lanes int               // float32s of a vector
	vec   func() VecVirtual // a vector
	half  func() VecVirtual // a vector of half as many lanes
	masks Mem               // AVX2's masks: eight ones, eight zeros
}

var avx512 = isa{name: "AVX512", lanes: 16, vec: ZMM, half: YMM}

func avx2(family string) isa {
	masks := GLOBL(family+"Masks", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(uint32(int32(i-8)>>31)))
	}
	return isa{name: "AVX2", lanes: 8, vec: YMM, half: XMM, masks: masks}
}

// mask is the lanes that are read and written. Its zero value is all of them.
type mask struct{ op, wide Op } // wide: of float64s, where floats are half a vector

// some makes the mask of the first n lanes, of vectors as wide as lanes says. n is less than that.
func (v isa) some(n Register, lanes int) mask {
	if v.lanes == 16 {
		bits, m := GP64(), K()
		MOVQ(I32(-1), bits)
		BZHIQ(n, bits, bits)
		KMOVW(bits.As32(), m)
		return mask{m, m}
	}
	at, table := GP64(), GP64()
	LEAQ(v.masks, table)
	MOVQ(U32(8), at)
	SUBQ(n, at)
	from := Mem{Base: table, Index: at, Scale: 4}
	if lanes == v.lanes {
		m := YMM()
		VMOVUPS(from, m)
		return mask{op: m}
	}
	m, wide := XMM(), YMM()
	VMOVUPS(from, m)
	VPMOVSXDQ(m, wide)
	return mask{m, wide}
}

// load is r = at; lanes that are masked out become 0.
func (v isa) load(at Mem, r VecVirtual, m mask) {
	switch {
	case m.op == nil:
		VMOVUPS(at, r)
	case v.lanes == 16:
		VMOVUPS_Z(at, m.op, r)
	default:
		VMASKMOVPS(at, m.op, r)
	}
}

// widened is a new vector of float64s, of the float32s at.
func (v isa) widened(at Mem, m mask) VecVirtual {
	wide := v.vec()
	if m.op == nil {
		VCVTPS2PD(at, wide)
		return wide
	}
	narrow := v.half()
	v.load(at, narrow, m)
	VCVTPS2PD(narrow, wide)
	return wide
}

func (v isa) store(r VecVirtual, at Mem, m mask) {
	switch {
	case m.op == nil:
		VMOVUPS(r, at)
	case v.lanes == 16:
		VMOVUPS(r, m.op, at)
	default:
		VMASKMOVPS(r, m.op, at)
	}
}

// addDoubles is at += r, of float64s.
func (v isa) addDoubles(r VecVirtual, at Mem, m mask) {
	old := v.vec()
	switch {
	case m.op == nil:
		VADDPD(at, r, old)
		VMOVUPD(old, at)
	case v.lanes == 16:
		VMOVUPD_Z(at, m.wide, old)
		VADDPD(r, old, old)
		VMOVUPD(old, m.wide, at)
	default:
		VMASKMOVPD(at, m.wide, old)
		VADDPD(r, old, old)
		VMASKMOVPD(old, m.wide, at)
	}
}

func (v isa) zero(r VecVirtual) {
	if v.lanes == 16 {
		VPXORQ(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
}

// positive is x where by > 0 or NaN, else 0.
func (v isa) positive(x, by, zero, to VecVirtual) {
	const notLessOrEqual = 0x16 // quiet, true for NaN
	if v.lanes == 16 {
		k := K()
		VCMPPS(U8(notLessOrEqual), zero, by, k)
		VMOVAPS_Z(x, k, to)
		return
	}
	c := v.vec()
	VCMPPS(U8(notLessOrEqual), zero, by, c)
	VANDPS(c, x, to)
}

// advance adds bytes to each of the pointers.
func advance(bytes int, pointers ...Register) {
	for _, p := range pointers {
		ADDQ(I32(bytes), p)
	}
}

// whole runs body over n lanes, a vector of the given width at a time, as long as there are so many; next moves on.
// What is left stays in n.
func (v isa) whole(n Register, lanes int, name string, body func(m mask, name string), next func()) {
	Label(name)
	CMPQ(n, I32(lanes))
	JLT(LabelRef(name + "Rest"))
	body(mask{}, name)
	next()
	SUBQ(I32(lanes), n)
	JMP(LabelRef(name))
	Label(name + "Rest")
}

// vectors is whole, and body once more for the lanes that are left.
func (v isa) vectors(n Register, lanes int, name string, body func(m mask, name string), next func()) {
	v.whole(n, lanes, name, body, next)
	TESTQ(n, n)
	JEQ(LabelRef(name + "Done"))
	body(v.some(n, lanes), name+"Rest")
	Label(name + "Done")
}
