package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of cpu.pixelFold.
const (
	foldY, foldP, foldOff, foldBias, foldRows = 0, 24, 48, 72, 56
	foldPixels, foldTaps                      = 96, 104
	foldStepY, foldStepP, foldStepTap         = 112, 120, 128
)

func (s *isa) folds() {
	for c := 1; c <= 4; c++ {
		fold(c)
	}
}

// fold writes the sums over taps of a transposed convolution to c channels, c <= 4: a pixel is a vector of four lanes.
// Wider vectors would not help, as neighbouring pixels' numbers lie far apart.
func fold(c int) {
	TEXT(fmt.Sprintf("convFold%d", c), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	t := Load(Param("t"), GP64())
	load := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	y, p, left := load(foldY), load(foldP), load(foldPixels)
	one, stepY := load(foldStepP), load(foldStepY)
	SHLQ(U8(2), one)
	SHLQ(U8(2), stepY)
	three, five, seven := GP64(), GP64(), GP64()
	LEAQ(Mem{Base: one, Index: one, Scale: 2}, three)
	LEAQ(Mem{Base: one, Index: one, Scale: 4}, five)
	LEAQ(Mem{Base: three, Index: one, Scale: 4}, seven)
	bias := XMM()
	at := load(foldBias)
	VMOVUPS(Mem{Base: at}, bias)
	for _, n := range []int{8, 1} {
		name := fmt.Sprint("pixels", n)
		Label(name)
		CMPQ(left, U8(n))
		JLT(LabelRef(name + "Done"))
		sums := make([]VecVirtual, n)
		for i := range sums {
			sums[i] = XMM()
			VMOVAPS(bias, sums[i])
		}
		off, rows := load(foldOff), load(foldRows)
		TESTQ(rows, rows)
		JEQ(LabelRef(name + "Store"))
		Label(name + "Row")
		a, taps, stepTap := GP64(), load(foldTaps), load(foldStepTap)
		MOVQ(Mem{Base: off}, a)
		LEAQ(Mem{Base: p, Index: a, Scale: 4}, a)
		Label(name + "Tap")
		for i, s := range sums {
			m := Mem{Base: a}
			switch i {
			case 1, 2, 4:
				m.Index, m.Scale = one, uint8(i)
			case 3, 6:
				m.Index, m.Scale = three, uint8(i/3)
			case 5:
				m.Index, m.Scale = five, 1
			case 7:
				m.Index, m.Scale = seven, 1
			}
			if c == 1 {
				VADDSS(m, s, s)
			} else {
				VADDPS(m, s, s)
			}
		}
		LEAQ(Mem{Base: a, Index: stepTap, Scale: 4}, a)
		DECQ(taps)
		JNZ(LabelRef(name + "Tap"))
		ADDQ(U8(8), off)
		DECQ(rows)
		JNZ(LabelRef(name + "Row"))
		Label(name + "Store")
		for _, s := range sums {
			switch c {
			case 1:
				VMOVSS(s, Mem{Base: y})
			case 2:
				VMOVLPS(s, Mem{Base: y})
			case 3:
				VMOVLPS(s, Mem{Base: y})
				VEXTRACTPS(U8(2), s, Mem{Base: y, Disp: 8})
			case 4:
				VMOVUPS(s, Mem{Base: y})
			}
			ADDQ(stepY, y)
		}
		if n == 8 {
			LEAQ(Mem{Base: p, Index: one, Scale: 8}, p)
		} else {
			ADDQ(one, p)
		}
		SUBQ(U8(n), left)
		JMP(LabelRef(name))
		Label(name + "Done")
	}
	RET()
}
