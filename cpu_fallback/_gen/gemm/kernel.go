package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// kernel is one function being written.
type kernel struct {
	isa
	rows, width  int
	slope, masks Mem
	t            Register // *microTile
	acc          [][]VecVirtual
	mask         []Op // one per vector, while the edge of C is written
}

func (k *kernel) write() {
	TEXT(fmt.Sprintf("gemm%s_%dx%d", k.name, k.rows, k.width*k.lanes), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	k.t = Load(Param("t"), GP64())
	k.acc = make([][]VecVirtual, k.rows)
	for i := range k.acc {
		for range k.width {
			v := k.vec()
			k.zero(v)
			k.acc[i] = append(k.acc[i], v)
		}
	}
	k.multiply()
	if k.lanes == 16 {
		k.masks16()
		k.finish("")
	} else {
		k.finish8()
	}
}

func (k *kernel) field(off int) Mem { return Mem{Base: k.t, Disp: off} }

func (k *kernel) load(off int) GPVirtual {
	r := GP64()
	MOVQ(k.field(off), r)
	return r
}

func (k *kernel) zero(v VecVirtual) {
	if k.lanes == 16 {
		VPXORQ(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// multiply is the loop over k. Rows of A are reached from one base per six rows by the addressing
// modes' factors 1, 2 and 4 of one, three and five row strides.
func (k *kernel) multiply() {
	b, stepA, stepB, n := k.load(offB), k.load(offStepA), k.load(offStepB), k.load(offK)
	r1 := k.load(offRowA)
	for _, r := range []Register{stepA, stepB, r1} {
		SHLQ(U8(2), r)
	}
	r3, r5 := GP64(), GP64()
	LEAQ(Mem{Base: r1, Index: r1, Scale: 2}, r3)
	LEAQ(Mem{Base: r1, Index: r1, Scale: 4}, r5)
	base := []Register{k.load(offA)}
	if k.rows > 6 {
		low := GP64()
		LEAQ(Mem{Base: base[0], Index: r3, Scale: 2}, low)
		base = append(base, low)
	}
	row := func(i int) Mem {
		m := Mem{Base: base[i/6]}
		switch i % 6 {
		case 1:
			m.Index, m.Scale = r1, 1
		case 2:
			m.Index, m.Scale = r1, 2
		case 3:
			m.Index, m.Scale = r3, 1
		case 4:
			m.Index, m.Scale = r1, 4
		case 5:
			m.Index, m.Scale = r5, 1
		}
		return m
	}
	TESTQ(n, n)
	JEQ(LabelRef("multiplied"))
	Label("step")
	var vb []VecVirtual
	for j := range k.width {
		v := k.vec()
		VMOVUPS(Mem{Base: b, Disp: 4 * k.lanes * j}, v)
		vb = append(vb, v)
	}
	for i := range k.rows {
		x := k.vec()
		VBROADCASTSS(row(i), x)
		for j := range k.width {
			VFMADD231PS(vb[j], x, k.acc[i][j])
		}
	}
	ADDQ(stepB, b)
	for _, r := range base {
		ADDQ(stepA, r)
	}
	DECQ(n)
	JNZ(LabelRef("step"))
	Label("multiplied")
}

// each calls f for every accumulator with the address of its place in a matrix, of which the tile is at base.
func (k *kernel) each(base GPVirtual, offRow int, f func(v VecVirtual, at Mem, j int)) {
	row := k.load(offRow)
	SHLQ(U8(2), row)
	for i := range k.rows {
		for j := range k.width {
			f(k.acc[i][j], Mem{Base: base, Disp: 4 * k.lanes * j}, j)
		}
		if i+1 < k.rows {
			ADDQ(row, base)
		}
	}
}

// finish adds what the sums start from and the bias, applies or undoes the activation and stores. Labels end in edge.
func (k *kernel) finish(edge string) {
	from := k.load(offFrom)
	TESTQ(from, from)
	JEQ(LabelRef("bias" + edge))
	k.each(from, offRowFrom, func(v VecVirtual, at Mem, j int) { k.add(at, v, j) })

	Label("bias" + edge)
	bias := k.load(offBias)
	TESTQ(bias, bias)
	JEQ(LabelRef("undo" + edge))
	for j := range k.width {
		b := k.vec()
		k.zero(b)
		k.add(Mem{Base: bias, Disp: 4 * k.lanes * j}, b, j)
		for i := range k.rows {
			VADDPS(b, k.acc[i][j], k.acc[i][j])
		}
	}

	Label("undo" + edge)
	y := k.load(offY)
	TESTQ(y, y)
	JEQ(LabelRef("relu" + edge))
	none := k.vec()
	k.zero(none)
	k.each(y, offRowY, func(v VecVirtual, at Mem, j int) { k.keep(none, at, v, j) })
	JMP(LabelRef("store" + edge))

	// VMAXPS returns its first operand here, its second source, when either is NaN: so NaN stays NaN.
	Label("relu" + edge)
	CMPQ(k.field(offAct), U8(actReLU))
	JNE(LabelRef("leaky" + edge))
	zero := k.vec()
	k.zero(zero)
	for i := range k.rows {
		for _, v := range k.acc[i] {
			VMAXPS(v, zero, v)
		}
	}

	Label("leaky" + edge)
	CMPQ(k.field(offAct), U8(actLeaky))
	JNE(LabelRef("store" + edge))
	slope := k.vec()
	VBROADCASTSS(k.slope, slope)
	for i := range k.rows {
		for _, v := range k.acc[i] {
			less := k.vec()
			VMULPS(slope, v, less)
			VMAXPS(v, less, v)
		}
	}

	Label("store" + edge)
	k.each(k.load(offC), offRowC, k.store)
	VZEROUPPER()
	RET()
}

// add is v += at, only the columns of the tile.
func (k *kernel) add(at Mem, v VecVirtual, j int) {
	switch {
	case k.mask == nil:
		VADDPS(at, v, v)
	case k.lanes == 16:
		VADDPS(at, v, k.mask[j], v)
	default:
		x := k.vec()
		VMASKMOVPS(at, k.mask[j], x)
		VADDPS(x, v, v)
	}
}

// keep is v = not 0 >= at ? v : 0, only the columns of the tile.
func (k *kernel) keep(zero VecVirtual, at Mem, v VecVirtual, j int) {
	if k.lanes == 16 {
		m := K()
		VCMPPS(U8(notAtLeast), at, zero, k.mask[j], m)
		VMOVAPS_Z(v, m, v)
		return
	}
	x := k.vec()
	if k.mask == nil {
		VCMPPS(U8(notAtLeast), at, zero, x)
	} else {
		VMASKMOVPS(at, k.mask[j], x)
		VCMPPS(U8(notAtLeast), x, zero, x)
	}
	VANDPS(x, v, v)
}

// store is at = v, only the columns of the tile.
func (k *kernel) store(v VecVirtual, at Mem, j int) {
	switch {
	case k.mask == nil:
		VMOVUPS(v, at)
	case k.lanes == 16:
		VMOVUPS(v, k.mask[j], at)
	default:
		VMASKMOVPS(v, k.mask[j], at)
	}
}

// masks16 makes AVX-512's masks of the tile's columns. They cost nothing, so full tiles have them too.
func (k *kernel) masks16() {
	cols, bits := k.load(offCols), GP64()
	XORQ(bits, bits)
	NOTQ(bits)
	BZHIQ(cols, bits, bits)
	for j := range k.width {
		m := K()
		if j > 0 {
			SHRQ(U8(16), bits)
		}
		KMOVW(bits.As32(), m)
		k.mask = append(k.mask, m)
	}
}

// finish8 is finish for AVX2, whose masked stores are slow: full tiles have a path without.
func (k *kernel) finish8() {
	CMPQ(k.field(offCols), U8(k.width*k.lanes))
	JNE(LabelRef("edge"))
	k.finish("")
	Label("edge")
	cols, table := k.load(offCols), GP64()
	LEAQ(k.masks, table)
	for j := range k.width {
		// Vector j has n = min(cols - 8j, 8) columns, and its mask starts 8-n into the table's eight ones.
		at, eight := GP64(), GP64()
		MOVQ(U32(8*(j+1)), at)
		SUBQ(cols, at)
		XORQ(eight, eight)
		CMPQ(at, eight)
		CMOVQLT(eight, at)
		m := YMM()
		VMOVUPS(Mem{Base: table, Index: at, Scale: 4}, m)
		k.mask = append(k.mask, m)
	}
	k.finish("Edge")
}
