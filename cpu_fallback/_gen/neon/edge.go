package main

import "fmt"

// storeSome stores the first lanes of v: two if bit 1 of n is set, then one if bit 0 is. place makes labels its own.
func (p *program) storeSome(v vec, base reg, offset int, n, temp reg, place string) {
	p.some(base, offset, n, temp, place,
		func(at string) { p.op("FMOVD", f(v), at) },
		func(at string) { p.op("VST1", fmt.Sprintf("V%d.S[2]", v), at) },
		func(at string) { p.op("FMOVS", f(v), at) })
}

// loadSome loads as many lanes, of which n is one at least, and makes the others 0.
func (p *program) loadSome(v vec, base reg, offset int, n, temp reg, place string) {
	p.some(base, offset, n, temp, place,
		func(at string) { p.op("FMOVD", at, f(v)) },
		func(at string) { p.op("VLD1", at, fmt.Sprintf("V%d.S[2]", v)) },
		func(at string) { p.op("FMOVS", at, f(v)) })
}

func (p *program) some(base reg, offset int, n, temp reg, place string, two, third, one func(at string)) {
	first, end := "one"+place, "end"+place
	p.op("TBZ", "$1", n, first)
	two(at(base, offset))
	p.op("TBZ", "$0", n, end)
	p.op("ADD", number(offset+8), base, temp)
	third(at(temp, 0))
	p.op("B", end)
	p.label(first)
	p.op("TBZ", "$0", n, end)
	one(at(base, offset))
	p.label(end)
}

// relu applies ReLU to the accumulators, V0 to the n-th.
func (p *program) relu(n vec) {
	zero := vecA
	p.zero(zero)
	for v := range n {
		p.word(fmax, v, v, zero)
	}
}

func (p *program) leakyReLU(n vec, temp reg) {
	slope, less := vecA, vecA+1
	p.dup(leakySlope, temp, slope)
	for v := range n {
		p.word(fmul, less, v, slope)
		p.word(fmax, v, v, less)
	}
}
