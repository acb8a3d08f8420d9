package main

import (
	"fmt"
	"math"
)

func bits(x float32) uint32 { return math.Float32bits(x) }

// Go's assembler lacks most of NEON's arithmetic on floats. These are its encodings (Arm Architecture Reference Manual
// for A-profile, C7.2) for four float32s, with the destination in bits 0 to 4, the first source in bits 5 to 9 and
// the second one in bits 16 to 20.
const (
	fadd  = 0x4e20d400
	fmul  = 0x6e20dc00
	fmax  = 0x4e20f400 // NaN if either is NaN
	bic   = 0x4e601c00 // n and not m
	fmla0 = 0x4f801000 // d += n · lane 0 of m

	fcmle = 0x6ea0d800 // n <= 0
)

var names = map[uint32]string{fadd: "FADD", fmul: "FMUL", fmax: "FMAX",
	bic: "BIC", fmla0: "FMLA", fcmle: "FCMLE"}

// encode writes d = n op m. The comment has the operands in the manual's order, destination first.
func (p *program) encode(op uint32, d, n, m vec) {
	lane := ""
	if op == fmla0 {
		lane = "[0]"
	}
	fmt.Fprintf(&p.text, "\tWORD\t$%#08x // %s V%d, V%d, V%d%s\n", op|uint32(m)<<16|uint32(n)<<5|uint32(d), names[op], d, n, m, lane)
}

// encode1 writes d = op n.
func (p *program) encode1(op uint32, d, n vec) {
	fmt.Fprintf(&p.text, "\tWORD\t$%#08x // %s V%d, V%d\n", op|uint32(n)<<5|uint32(d), names[op], d, n)
}
