package main

import "fmt"

// ceiling writes the loops that show what a core can do at best, for bench/ceiling.
func ceiling(p *program) {
	const chains = 24 // up to four a cycle, four cycles each, and some to spare
	half := vec(31)
	p.function("fmaNEON", fmt.Sprintf("is n rounds of %d chains of 4 multiply-adds, s += ½·½. n is at least 1.", chains), "n int", "float32")
	n := p.param("n")
	p.dup(0.5, p.take(), half)
	p.zero(vectors(0, chains)...)
	p.rounds(n, func() {
		for v := range vec(chains) {
			p.word(fmla, v, half, half)
		}
	})
	p.op("FMOVS", f(0), p.frame["ret"].at)
	p.op("RET")

	const unroll = 8
	p.function("readNEON", fmt.Sprintf("adds up %d·n numbers at p, eight sums of four beside each other, and returns one of them. n is at least 1.", 4*unroll),
		"p *float32, n int", "float32")
	at, n := p.param("p"), p.param("n")
	p.zero(vectors(0, unroll)...)
	p.rounds(n, func() {
		p.load(at, vectors(unroll, unroll)...)
		for v := range vec(unroll) {
			p.word(fadd, v, v, unroll+v)
		}
		p.advance(16*unroll, at)
	})
	p.op("FMOVS", f(0), p.frame["ret"].at)
	p.op("RET")

	p.function("scaleNEON", fmt.Sprintf("halves %d·n numbers at p. n is at least 1.", 4*unroll), "p *float32, n int", "")
	at, n = p.param("p"), p.param("n")
	p.dup(0.5, p.take(), half)
	p.rounds(n, func() {
		p.load(at, vectors(0, unroll)...)
		for v := range vec(unroll) {
			p.word(fmul, v, v, half)
		}
		p.store(at, vectors(0, unroll)...)
		p.advance(16*unroll, at)
	})
	p.op("RET")
}

// rounds runs body n times, once at least.
func (p *program) rounds(n reg, body func()) {
	p.label("round")
	body()
	p.op("SUB", "$1", n)
	p.op("CBNZ", n, "round")
}
