package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestWords: the words are those that LLVM's assembler makes of the same instructions, with registers 30, 17 and 31.
func TestWords(t *testing.T) {
	for i, want := range map[instruction]uint32{
		fadd: 0x4e3fd63e, fsub: 0x4ebfd63e, fmul: 0x6e3fde3e, fdiv: 0x6e3ffe3e, fsqrt: 0x6ea1fa3e, fmax: 0x4e3ff63e, fmin: 0x4ebff63e,
		fmla: 0x4e3fce3e, fmls: 0x4ebfce3e, fmla0: 0x4f9f123e, fcmeq: 0x4e3fe63e, fcmge: 0x6e3fe63e, fcmle: 0x6ea0da3e, bic: 0x4e7f1e3e,
		fcvtl: 0x0e617a3e, fcvtl2: 0x4e617a3e, fadd2: 0x4e7fd63e, fsub2: 0x4effd63e, fmul2: 0x6e7fde3e, fmla2: 0x4e7fce3e, faddp: 0x7e70da3e, faddp4: 0x6e3fd63e,
		trn1: 0x4e9f2a3e, trn2: 0x4e9f6a3e, zip1: 0x4edf3a3e, zip2: 0x4edf7a3e, xtn32: 0x0e612a3e, xtn16: 0x0e212a3e,
	} {
		var p program
		m := []vec{31}[:i.sources-1]
		p.word(i, 30, 17, m...)
		if text := strings.TrimSpace(p.text.String()); !strings.HasPrefix(text, fmt.Sprintf("WORD\t$%#08x // %s V30, V17", want, i.name)) {
			t.Errorf("%s: %s, want %#08x", i.name, text, want)
		}
	}
}

func TestParametersLieWhereGoPutsThem(t *testing.T) {
	var p program
	p.function("f", "", "x, y *float32, a float32, first uint32, n int, one uint32", "float64")
	for name, want := range map[string]string{"x": "x+0(FP)", "y": "y+8(FP)", "a": "a+16(FP)", "first": "first+20(FP)",
		"n": "n+24(FP)", "one": "one+32(FP)", "ret": "ret+40(FP)"} {
		if got := p.frame[name].at; got != want {
			t.Errorf("%s is at %s, want %s", name, got, want)
		}
	}
	if text := p.text.String(); !strings.Contains(text, "$0-48") {
		t.Error(text)
	}
}
