package main

import "fmt"

// instruction is one of those that Go's assembler lacks, most of NEON's arithmetic on floats among them: the word of the
// Arm Architecture Reference Manual for A-profile (C7.2) with registers 0. Its destination stands in bits 0 to 4, its
// first source in bits 5 to 9, and its second source, if it has one, in bits 16 to 20.
type instruction struct {
	word    uint32
	name    string
	sources int
}

var (
	fadd   = instruction{0x4e20d400, "FADD.4S", 2}
	fsub   = instruction{0x4ea0d400, "FSUB.4S", 2}
	fmul   = instruction{0x6e20dc00, "FMUL.4S", 2}
	fdiv   = instruction{0x6e20fc00, "FDIV.4S", 2}
	fsqrt  = instruction{0x6ea1f800, "FSQRT.4S", 1}
	fmax   = instruction{0x4e20f400, "FMAX.4S", 2} // NaN if either is NaN
	fmin   = instruction{0x4ea0f400, "FMIN.4S", 2} // so is this
	fmla   = instruction{0x4e20cc00, "FMLA.4S", 2} // adds the product to the destination
	fmls   = instruction{0x4ea0cc00, "FMLS.4S", 2} // takes it away
	fmla0  = instruction{0x4f801000, "FMLA.4S[0]", 2}
	fcmeq  = instruction{0x4e20e400, "FCMEQ.4S", 2}
	fcmge  = instruction{0x6e20e400, "FCMGE.4S", 2}
	fcmle  = instruction{0x6ea0d800, "FCMLE.4S#0", 1} // <= 0
	faddp4 = instruction{0x6e20d400, "FADDP.4S", 2}   // sums of neighbours: of the first source, then of the second
	bic    = instruction{0x4e601c00, "BIC.16B", 2}    // the first and not the second

	fcvtl  = instruction{0x0e617800, "FCVTL.2D", 1}  // of the lower two float32s
	fcvtl2 = instruction{0x4e617800, "FCVTL2.2D", 1} // of the upper two
	fadd2  = instruction{0x4e60d400, "FADD.2D", 2}
	fsub2  = instruction{0x4ee0d400, "FSUB.2D", 2}
	fmul2  = instruction{0x6e60dc00, "FMUL.2D", 2}
	fmla2  = instruction{0x4e60cc00, "FMLA.2D", 2}
	faddp  = instruction{0x7e70d800, "FADDP.2D", 1} // the sum of both lanes

	trn1  = instruction{0x4e802800, "TRN1.4S", 2}
	trn2  = instruction{0x4e806800, "TRN2.4S", 2}
	zip1  = instruction{0x4ec03800, "ZIP1.2D", 2}
	zip2  = instruction{0x4ec07800, "ZIP2.2D", 2}
	xtn32 = instruction{0x0e612800, "XTN.4H", 1} // the lower halves of four integers
	xtn16 = instruction{0x0e212800, "XTN.8B", 1}
)

// word writes an instruction, its operands in the manual's order: destination first.
func (p *program) word(i instruction, d, n vec, m ...vec) {
	w := i.word | uint32(n)<<5 | uint32(d)
	comment := fmt.Sprintf("%s V%d, V%d", i.name, d, n)
	for _, m := range m {
		w |= uint32(m) << 16
		comment += fmt.Sprintf(", V%d", m)
	}
	if len(m) != i.sources-1 {
		panic(i.name + " has another number of sources")
	}
	fmt.Fprintf(&p.text, "\tWORD\t$%#08x // %s\n", w, comment)
}
