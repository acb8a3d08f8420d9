package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// pool writes max-pooling over windows that lie side by side. Every channel of a pixel is a lane, every tap of a
// window a vector. AVX2 cannot store a part of a vector of bytes: there the channels must be a multiple of 8.
func pool(v isa) {
	doc := ""
	if v.lanes == 8 {
		doc = " c must be a multiple of 8."
	}
	maxPool(v, doc)
	maxPoolBwd(v, doc, false)
	maxPoolBwd(v, doc, true)
}

// pixels runs body for each vector of channels of each pixel. body's pointers are x, y and arg there.
func (v isa) pixels(x, y, arg string, body func(x, y, arg Register, m mask, name string)) {
	px, py, parg := Load(Param(x), GP64()), Load(Param(y), GP64()), Load(Param(arg), GP64())
	left := Load(Param("pixels"), GP64())
	Label("pixel")
	TESTQ(left, left)
	JEQ(LabelRef("end"))
	c, x0 := Load(Param("c"), GP64()), GP64()
	MOVQ(px, x0)
	each := v.vectors
	if v.lanes == 8 {
		each = v.whole
	}
	each(c, v.lanes, "channels", func(m mask, name string) { body(x0, py, parg, m, name) }, func() {
		advance(4*v.lanes, x0, py)
		advance(v.lanes, parg)
	})
	if v.lanes == 16 { // the rest
		LEAQ(Mem{Base: py, Index: c, Scale: 4}, py)
		ADDQ(c, parg)
	}
	step := Load(Param("step"), GP64())
	LEAQ(Mem{Base: px, Index: step, Scale: 4}, px)
	DECQ(left)
	JMP(LabelRef("pixel"))
	Label("end")
	VZEROUPPER()
	RET()
}

func maxPool(v isa, doc string) {
	TEXT("maxPool"+v.name, NOSPLIT, "func(y *float32, arg *uint8, x *float32, off *int, first uint32, taps, c, step, pixels int)")
	Doc("maxPool"+v.name+" is y[p·c + i] = the maximum over taps t of x[p·step + i + off[t]/4], and arg, unless it is nil,",
		"first plus the t of the first that is largest, or of the first NaN; p < pixels and i < c."+doc)
	Pragma("noescape")
	one, ones := GP64(), v.vec()
	MOVQ(I32(1), one)
	low := XMM()
	VMOVQ(one, low)
	VPBROADCASTD(low, ones)
	v.pixels("x", "y", "arg", func(x, y, arg Register, m mask, name string) {
		off, taps := Load(Param("off"), GP64()), Load(Param("taps"), GP64())
		best, won, tap, at := v.vec(), v.vec(), v.vec(), GP64()
		start, narrow := Load(Param("first"), GP32()), XMM()
		VMOVD(start, narrow)
		VPBROADCASTD(narrow, tap)
		VPBROADCASTD(narrow, won)
		MOVQ(Mem{Base: off}, at)
		v.load(Mem{Base: x, Index: at, Scale: 1}, best, m)
		Label(name + "Tap")
		DECQ(taps)
		JEQ(LabelRef(name + "Won"))
		advance(8, off)
		MOVQ(Mem{Base: off}, at)
		VPADDD(ones, tap, tap)
		in := v.vec()
		v.load(Mem{Base: x, Index: at, Scale: 1}, in, m)
		v.compete(in, best, tap, won)
		JMP(LabelRef(name + "Tap"))
		Label(name + "Won")
		v.store(best, Mem{Base: y}, m)
		wanted := Load(Param("arg"), GP64())
		TESTQ(wanted, wanted)
		JEQ(LabelRef(name + "Stored"))
		v.storeBytes(won, Mem{Base: arg}, m)
		Label(name + "Stored")
	})
}

// compete puts in and its tap in the place of best and won where in is larger, or the first NaN.
func (v isa) compete(in, best, tap, won VecVirtual) {
	const ordered, notLessOrEqual = 7, 0x16
	if v.lanes == 16 {
		number, wins := K(), K()
		VCMPPS(U8(ordered), best, best, number)
		VCMPPS(U8(notLessOrEqual), best, in, number, wins)
		VMOVAPS(in, wins, best)
		VMOVDQA32(tap, wins, won)
		return
	}
	number, wins := v.vec(), v.vec()
	VCMPPS(U8(ordered), best, best, number)
	VCMPPS(U8(notLessOrEqual), best, in, wins)
	VANDPS(number, wins, wins)
	VBLENDVPS(wins, in, best, best)
	VBLENDVPS(wins, tap, won, won)
}

// storeBytes stores the low bytes of 32-bit lanes.
func (v isa) storeBytes(r VecVirtual, at Mem, m mask) {
	if v.lanes == 16 {
		if m.op == nil {
			VPMOVDB(r, at)
		} else {
			VPMOVDB(r, m.op, at)
		}
		return
	}
	high := XMM()
	VEXTRACTI128(U8(1), r, high)
	VPACKUSDW(high, r.AsX(), high)
	VPACKUSWB(high, high, high)
	VMOVQ(high, at)
}

func maxPoolBwd(v isa, doc string, add bool) {
	name, does := "maxPoolBwd", "is dx[p·step + i + off/4] = dy[p·c + i] where arg is a tap's id, else 0, for all taps; p < pixels"
	if add {
		name, does = "maxPoolBwdAdd", "adds dy[p·c + i] to dx[p·step + i + off/4] for the tap whose id is arg; p < pixels"
	}
	TEXT(name+v.name, NOSPLIT, "func(dx, dy *float32, arg *uint8, tap *byte, taps, c, step, pixels int)")
	Doc(name+v.name+" "+does, "and i < c."+doc)
	Pragma("noescape")
	v.pixels("dx", "dy", "arg", func(dx, dy, arg Register, m mask, name string) {
		tap, taps := Load(Param("tap"), GP64()), Load(Param("taps"), GP64())
		g, chosen, at := v.vec(), v.vec(), GP64()
		v.load(Mem{Base: dy}, g, m)
		if m.op == nil {
			VPMOVZXBD(Mem{Base: arg}, chosen)
		} else {
			bytes := XMM()
			VMOVDQU8_Z(Mem{Base: arg}, m.op, bytes)
			VPMOVZXBD(bytes, chosen)
		}
		Label(name + "Tap")
		MOVQ(Mem{Base: tap, Disp: 8}, at)
		id, to := v.vec(), v.vec() // a chosenTap is an id, and its off 8 bytes on
		VPBROADCASTD(Mem{Base: tap}, id)
		if v.lanes == 16 {
			k := K()
			VPCMPEQD(chosen, id, k)
			VMOVAPS_Z(g, k, to)
		} else {
			VPCMPEQD(chosen, id, id)
			VANDPS(id, g, to)
		}
		there := Mem{Base: dx, Index: at, Scale: 1}
		if add {
			old := v.vec()
			v.load(there, old, m)
			VADDPS(old, to, to)
		}
		v.store(to, there, m)
		advance(16, tap)
		DECQ(taps)
		JNZ(LabelRef(name + "Tap"))
	})
}
