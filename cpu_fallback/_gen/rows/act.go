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
	zero := v.vec()
	v.zero(zero)
	v.sweep([]string{"y", "x"}, v.lanes, 4, func(at []Mem, m mask) {
		x := v.vec()
		v.load(at[1], x, m)
		v.positive(x, x, zero, x)
		v.store(x, at[0], m)
	})
	VZEROUPPER()
	RET()
	TEXT("reluGrad"+v.name, NOSPLIT, "func(dx, dy, y *float32, n int)")
	Doc("reluGrad" + v.name + " is dx = dy where y > 0 or NaN, else 0.")
	Pragma("noescape")
	zero = v.vec()
	v.zero(zero)
	v.sweep([]string{"dx", "dy", "y"}, v.lanes, 4, func(at []Mem, m mask) {
		dy, y := v.vec(), v.vec()
		v.load(at[1], dy, m)
		v.load(at[2], y, m)
		v.positive(dy, y, zero, dy)
		v.store(dy, at[0], m)
	})
	VZEROUPPER()
	RET()
}

// sweep runs body over n elements at the pointers: several vectors at a time, then one, then what is left. The end of the
// function is the caller's.
func (v isa) sweep(names []string, lanes, several int, body func(at []Mem, m mask)) {
	v.along(pointers(names), lanes, several, body)
}

func pointers(names []string) (p []Register) {
	for _, name := range names {
		p = append(p, Load(Param(name), GP64()))
	}
	return
}

// along is sweep with pointers that it moves on, but for what is left.
func (v isa) along(p []Register, lanes, several int, body func(at []Mem, m mask)) {
	v.staged(p, lanes, several, func(at []Mem, m mask) stage {
		body(at, m)
		return nil
	})
}

// stage is what is done with a vector after all vectors of a round have had the stage before. A processor looks a hundred
// instructions ahead; in a long chain of them it would find too few that need not wait.
type stage func() stage

// staged is along with a body of several stages.
func (v isa) staged(p []Register, lanes, several int, body func(at []Mem, m mask) stage) {
	n := Load(Param("n"), GP64())
	at := func(vector int) (at []Mem) {
		for _, r := range p {
			at = append(at, Mem{Base: r, Disp: 4 * lanes * vector})
		}
		return
	}
	Label("several")
	CMPQ(n, I32(several*lanes))
	JLT(LabelRef("one"))
	next := make([]stage, several)
	for i := range next {
		next[i] = body(at(i), mask{})
	}
	for next[0] != nil {
		for i := range next {
			next[i] = next[i]()
		}
	}
	advance(4*several*lanes, p...)
	SUBQ(I32(several*lanes), n)
	JMP(LabelRef("several"))
	v.vectors(n, lanes, "one", func(m mask, _ string) {
		for next := body(at(0), m); next != nil; {
			next = next()
		}
	}, func() { advance(4*lanes, p...) })
}
