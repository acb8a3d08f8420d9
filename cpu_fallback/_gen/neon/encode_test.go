package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestEncodings: the words are those that LLVM's assembler makes of the same instructions, with registers 30, 17 and 31.
func TestEncodings(t *testing.T) {
	want := map[uint32]uint32{
		fadd: 0x4e3fd63e, fmul: 0x6e3fde3e, fmax: 0x4e3ff63e,
		bic: 0x4e7f1e3e, fmla0: 0x4f9f123e, fcmle: 0x6ea0da3e,
	}
	for op, name := range names {
		var p program
		if op == fcmle {
			p.encode1(op, 30, 17)
		} else {
			p.encode(op, 30, 17, 31)
		}
		if text := strings.Join(strings.Fields(p.text.String()), " "); !strings.HasPrefix(text, fmt.Sprintf("WORD $%#08x // %s V30, V17", want[op], name)) {
			t.Errorf("%s: %s, want %#08x", name, text, want[op])
		}
	}
}
