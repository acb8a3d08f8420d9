package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// random writes Philox4x32-10, and what is made of its words.
func random(v isa) {
	philox(v)
	uniform(v)
	dropout(v)
}

// philox has a counter in the low half of each 64-bit lane: that is all that a multiplication reads, so what stands in the
// high halves does not matter. Lanes are dealt so that the words come out in order: the first counters of all 128-bit
// lanes make the first result, the second ones the second.
func philox(v isa) {
	counters := v.lanes / 2
	lanes := GLOBL("philoxLanes"+v.name, RODATA|NOPTR)
	for i := range counters {
		DATA(8*i, U64(i%2*counters/2+i/2))
	}
	TEXT("philox"+v.name, NOSPLIT, "func(w, keys *uint32, m0, m1, counter, site, step0, step1 uint32, batches int)")
	Doc(fmt.Sprintf("philox%s sets w to the words of counters that follow each other, four each and %d counters a batch.", v.name, counters),
		"keys are those of the ten rounds, two each.")
	Pragma("noescape")
	to, keys, left := Load(Param("w"), GP64()), Load(Param("keys"), GP64()), Load(Param("batches"), GP64())
	spread := func(param string, offset int) VecVirtual {
		r := v.vec()
		VBROADCASTSS(NewParamAddr(param, offset), r)
		return r
	}
	m0, m1, base := spread("m0", 16), spread("m1", 20), spread("counter", 24)
	start := [3]VecVirtual{spread("site", 28), spread("step0", 32), spread("step1", 36)}
	first, step, n := v.vec(), v.vec(), GP64()
	v.move(lanes, first)
	VPADDQ(first, base, base)
	MOVQ(I32(counters), n)
	low := XMM()
	VMOVQ(n, low)
	VPBROADCASTQ(low, step)
	Label("batch")
	var c [4]VecVirtual
	for i := range c {
		c[i] = v.vec()
		if i == 0 {
			v.move(base, c[i])
		} else {
			v.move(start[i-1], c[i])
		}
	}
	for round := range 10 {
		p0, p1 := v.vec(), v.vec()
		VPMULUDQ(m0, c[0], p0)
		VPMULUDQ(m1, c[2], p1)
		next := [4]VecVirtual{v.vec(), p1, v.vec(), p0}
		VPSRLQ(U8(32), p1, next[0])
		VPSRLQ(U8(32), p0, next[2])
		v.xorKey(next[0], c[1], Mem{Base: keys, Disp: 8 * round})
		v.xorKey(next[2], c[3], Mem{Base: keys, Disp: 8*round + 4})
		c = next
	}
	front, back := v.pair(c[0], c[1]), v.pair(c[2], c[3])
	out := v.vec()
	VPUNPCKLQDQ(back, front, out)
	v.store(out, Mem{Base: to}, mask{})
	VPUNPCKHQDQ(back, front, out)
	v.store(out, Mem{Base: to, Disp: 4 * v.lanes}, mask{})
	VPADDQ(step, base, base)
	advance(8*v.lanes, to)
	DECQ(left)
	JNZ(LabelRef("batch"))
	VZEROUPPER()
	RET()
}

// move is to = from, all of it.
func (v isa) move(from Op, to VecVirtual) { VMOVUPS(from, to) }

// xorKey is x ^= y ^ the key at.
func (v isa) xorKey(x, y VecVirtual, at Mem) {
	if v.lanes == 16 {
		const xorOfThree = 0x96
		VPTERNLOGD_BCST(U8(xorOfThree), at, y, x)
		return
	}
	key := v.vec()
	VPBROADCASTD(at, key)
	VPXOR(y, key, key)
	VPXOR(key, x, x)
}

// pair is the low halves of low's and high's 64-bit lanes, side by side.
func (v isa) pair(low, high VecVirtual) VecVirtual {
	up := v.vec()
	VPSLLQ(U8(32), high, up)
	if v.lanes == 16 {
		odd, bits := K(), GP32()
		MOVL(U32(0xaaaa), bits)
		KMOVW(bits, odd)
		VMOVDQA32(up, odd, low)
		return low
	}
	VPBLENDD(U8(0xaa), up, low, low)
	return low
}

func uniform(v isa) {
	TEXT("uniform"+v.name, NOSPLIT, "func(y *float32, w *uint32, a, b, unit float32, n int)")
	Doc("uniform" + v.name + " is y = a + b·((w>>8)·unit), each operation rounded.")
	Pragma("noescape")
	a, b, unit := v.vec(), v.vec(), v.vec()
	VBROADCASTSS(NewParamAddr("a", 16), a)
	VBROADCASTSS(NewParamAddr("b", 20), b)
	VBROADCASTSS(NewParamAddr("unit", 24), unit)
	v.sweep([]string{"y", "w"}, v.lanes, 4, func(at []Mem, m mask) {
		x := v.vec()
		v.load(at[1], x, m)
		VPSRLD(U8(8), x, x)
		VCVTDQ2PS(x, x)
		VMULPS(unit, x, x)
		VMULPS(b, x, x)
		VADDPS(a, x, x)
		v.store(x, at[0], m)
	})
	VZEROUPPER()
	RET()
}

func dropout(v isa) {
	TEXT("dropout"+v.name, NOSPLIT, "func(y, x *float32, w *uint32, below int32, keep float32, n int)")
	Doc("dropout" + v.name + " is y = x/keep where w>>8 > below, else 0.")
	Pragma("noescape")
	below, keep := v.vec(), v.vec()
	VBROADCASTSS(NewParamAddr("below", 24), below)
	VBROADCASTSS(NewParamAddr("keep", 28), keep)
	v.sweep([]string{"y", "x", "w"}, v.lanes, 4, func(at []Mem, m mask) {
		x, w := v.vec(), v.vec()
		v.load(at[1], x, m)
		v.load(at[2], w, m)
		VPSRLD(U8(8), w, w)
		VDIVPS(keep, x, x)
		if v.lanes == 16 {
			k := K()
			VPCMPGTD(below, w, k)
			VMOVAPS_Z(x, k, x)
		} else {
			VPCMPGTD(below, w, w)
			VANDPS(w, x, x)
		}
		v.store(x, at[0], m)
	})
	VZEROUPPER()
	RET()
}
