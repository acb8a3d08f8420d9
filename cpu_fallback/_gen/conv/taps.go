package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of cpu.tapSums.
const (
	tapX, tapDY, tapSums, tapRows, tapPixels = 0, 24, 48, 72, 80
	tapStepX, tapStepDY, tapRowX, tapRowDY   = 88, 96, 104, 112
	tapRowSums, tapCols, tapFetch, tapApart  = 120, 128, 136, 144
)

// tapTile is one kernel: sums of run neighbouring elements in each of some rows of x by width vectors of dy's channels.
// Rows are many only where runs are so short that the multipliers would wait for each other's sums.
type tapTile struct {
	isa
	rows, run, width int
}

func (s *isa) tapTiles() {
	for width := 1; width <= 2; width++ {
		for run := 1; run*width <= s.taps; run++ {
			for rows := 1; rows == 1 || rows <= 4 && run < 8 && rows*run*width <= s.taps; rows++ {
				tapTile{*s, rows, run, width}.write()
			}
		}
	}
}

func (k tapTile) write() {
	TEXT(fmt.Sprintf("convTaps%s_%dx%dx%d", k.name, k.rows, k.run, k.width*k.lanes), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	t := Load(Param("t"), GP64())
	load := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	cols := load(tapCols)
	mask := k.mask(cols, k.width)
	get := func(at Mem, v VecVirtual, j int) {
		switch {
		case j < k.width-1:
			VMOVUPS(at, v)
		case k.lanes == 16:
			VMOVUPS_Z(at, mask, v)
		default:
			VMASKMOVPS(at, mask, v)
		}
	}
	acc := make([][]VecVirtual, k.rows*k.run)
	sums, row := load(tapSums), load(tapRowSums)
	for i := range acc {
		for j := range k.width {
			v := k.vec()
			get(Mem{Base: sums, Disp: 4 * k.lanes * j}, v, j)
			acc[i] = append(acc[i], v)
		}
		LEAQ(Mem{Base: sums, Index: row, Scale: 4}, sums)
	}
	apart, three := load(tapApart), GP64()
	SHLQ(U8(2), apart)
	LEAQ(Mem{Base: apart, Index: apart, Scale: 2}, three)
	x, dy, rows := load(tapX), load(tapDY), load(tapRows)
	stepX, stepDY, fetch := load(tapStepX), load(tapStepDY), load(tapFetch)
	Label("row")
	atX, atDY, n := GP64(), GP64(), load(tapPixels)
	MOVQ(x, atX)
	MOVQ(dy, atDY)
	Label("pixel")
	in := make([]VecVirtual, k.width)
	for j := range in {
		in[j] = k.vec()
		get(Mem{Base: atDY, Disp: 4 * k.lanes * j}, in[j], j)
	}
	for i := range acc {
		at := Mem{Base: atX, Disp: 4 * (i % k.run)}
		switch r := i / k.run; r {
		case 1, 2:
			at.Index, at.Scale = apart, uint8(r)
		case 3:
			at.Index, at.Scale = three, 1
		}
		if k.lanes == 16 && k.width == 1 {
			VFMADD231PS_BCST(at, in[0], acc[i][0])
			continue
		}
		v := k.vec()
		VBROADCASTSS(at, v)
		for j := range in {
			VFMADD231PS(in[j], v, acc[i][j])
		}
	}
	PREFETCHT1(Mem{Base: fetch}) // a cache line a pixel: more at once would keep other loads waiting
	ADDQ(U8(64), fetch)
	LEAQ(Mem{Base: atX, Index: stepX, Scale: 4}, atX)
	LEAQ(Mem{Base: atDY, Index: stepDY, Scale: 4}, atDY)
	DECQ(n)
	JNZ(LabelRef("pixel"))
	nextX, nextDY := load(tapRowX), load(tapRowDY)
	LEAQ(Mem{Base: x, Index: nextX, Scale: 4}, x)
	LEAQ(Mem{Base: dy, Index: nextDY, Scale: 4}, dy)
	DECQ(rows)
	JNZ(LabelRef("row"))

	sums = load(tapSums)
	for i := range acc {
		for j, v := range acc[i] {
			at := Mem{Base: sums, Disp: 4 * k.lanes * j}
			switch {
			case j < k.width-1:
				VMOVUPS(v, at)
			case k.lanes == 16:
				VMOVUPS(v, mask, at)
			default:
				VMASKMOVPS(v, mask, at)
			}
		}
		LEAQ(Mem{Base: sums, Index: row, Scale: 4}, sums)
	}
	VZEROUPPER()
	RET()
}
