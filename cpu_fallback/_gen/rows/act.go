package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// act writes rectifiers.
func act(v isa) {
	TEXT("relu"+v.name, NOSPLIT, "func(y, x *float32, n int)")
	Doc("relu" + v.name + " is y = x where x > 0 or NaN, else 0.")
	Pragma("noescape")
	v.sweep([]string{"y", "x"}, func(at []Mem, zero VecVirtual, m mask) {
		x := v.vec()
		v.load(at[1], x, m)
		v.positive(x, x, zero, x)
		v.store(x, at[0], m)
	})
	TEXT("reluGrad"+v.name, NOSPLIT, "func(dx, dy, y *float32, n int)")
	Doc("reluGrad" + v.name + " is dx = dy where y > 0 or NaN, else 0.")
	Pragma("noescape")
	v.sweep([]string{"dx", "dy", "y"}, func(at []Mem, zero VecVirtual, m mask) {
		dy, y := v.vec(), v.vec()
		v.load(at[1], dy, m)
		v.load(at[2], y, m)
		v.positive(dy, y, zero, dy)
		v.store(dy, at[0], m)
	})
}

// sweep runs body over n elements at the pointers: four vectors at a time, then one, then what is left.
func (v isa) sweep(names []string, body func(at []Mem, zero VecVirtual, m mask)) {
	var p []Register
	for _, name := range names {
		p = append(p, Load(Param(name), GP64()))
	}
	n, zero := Load(Param("n"), GP64()), v.vec()
	v.zero(zero)
	at := func(vector int) (at []Mem) {
		for _, r := range p {
			at = append(at, Mem{Base: r, Disp: 4 * v.lanes * vector})
		}
		return
	}
	Label("four")
	CMPQ(n, I32(4*v.lanes))
	JLT(LabelRef("one"))
	for i := range 4 {
		body(at(i), zero, mask{})
	}
	advance(4*4*v.lanes, p...)
	SUBQ(I32(4*v.lanes), n)
	JMP(LabelRef("four"))
	v.vectors(n, v.lanes, "one", func(m mask, _ string) { body(at(0), zero, m) }, func() { advance(4*v.lanes, p...) })
	VZEROUPPER()
	RET()
}
