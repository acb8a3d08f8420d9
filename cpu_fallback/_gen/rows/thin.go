package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// thin writes the products of a few vectors and a matrix. Such a product is bound by reading the matrix, which is read
// once, row after row as it lies.
func thin(v isa) {
	addRows(v, 8)
	addRows(v, 1)
	most := 2 // so many times four accumulators, what they are multiplied by and a mask fit into the registers
	if v.lanes == 16 {
		most = 4
	}
	for rows := 1; rows <= most; rows++ {
		dots(v, rows)
	}
}

// apart are the addresses of up to eight lines from base on, as many bytes apart as register one says.
func apart(base, one Register, n int) (at func(i, disp int) Mem) {
	odd := map[int]Register{1: one}
	for i := 3; i < n; i += 2 {
		odd[i] = GP64()
		if i == 7 {
			LEAQ(Mem{Base: odd[3], Index: one, Scale: 4}, odd[i])
		} else {
			LEAQ(Mem{Base: one, Index: one, Scale: uint8(i - 1)}, odd[i])
		}
	}
	return func(i, disp int) Mem {
		if i == 0 {
			return Mem{Base: base, Disp: disp}
		}
		scale := i & -i // i is an odd number times 1, 2 or 4
		return Mem{Base: base, Disp: disp, Index: odd[i/scale], Scale: uint8(scale)}
	}
}

func bytes(parameter string) Register {
	r := Load(Param(parameter), GP64())
	SHLQ(U8(2), r)
	return r
}

// rest is the mask of the last n%lanes columns, and the number of columns before them, in bytes.
func (v isa) rest(n Register) (m mask, whole, left Register) {
	whole, left = GP64(), GP64()
	MOVQ(n, left)
	ANDQ(U8(v.lanes-1), left)
	MOVQ(n, whole)
	SUBQ(left, whole)
	SHLQ(U8(2), whole)
	return v.some(left, v.lanes), whole, left
}

// addRows adds rows of x to y, a number of them at a time.
func addRows(v isa, rows int) {
	name := fmt.Sprintf("addRows%d%s", rows, v.name)
	TEXT(name, NOSPLIT, "func(y *float32, n int, x *float32, ld int, a *float32, step, times int)")
	Doc(fmt.Sprintf("%s is y[j] += Σ a[i·step]·x[i·ld + j] for i < %d·times, in the order of i, and j < n.", name, rows))
	Pragma("noescape")
	y, x, a := Load(Param("y"), GP64()), Load(Param("x"), GP64()), Load(Param("a"), GP64())
	m, whole, left := v.rest(Load(Param("n"), GP64()))
	ld, step, times := bytes("ld"), bytes("step"), Load(Param("times"), GP64())
	xp, yp, end := GP64(), GP64(), GP64()
	at := apart(xp, ld, rows)
	next := GP64()
	factors := make([]VecVirtual, rows)
	for i := range factors {
		factors[i] = v.vec()
	}
	vectors := func(n int, m mask) {
		var sums []VecVirtual
		for j := range n {
			sums = append(sums, v.vec())
			v.load(Mem{Base: yp, Disp: 4 * v.lanes * j}, sums[j], m)
		}
		for i, f := range factors {
			for j, s := range sums {
				from := at(i, 4*v.lanes*j)
				if m.op == nil {
					VFMADD231PS(from, f, s)
					continue
				}
				r := v.vec()
				v.load(from, r, m)
				VFMADD231PS(r, f, s)
			}
		}
		for j, s := range sums {
			v.store(s, Mem{Base: yp, Disp: 4 * v.lanes * j}, m)
		}
	}
	Label("rows")
	for _, f := range factors {
		VBROADCASTSS(Mem{Base: a}, f)
		ADDQ(step, a)
	}
	MOVQ(x, xp)
	MOVQ(y, yp)
	LEAQ(Mem{Base: y, Index: whole, Scale: 1}, end)
	Label("two")
	LEAQ(Mem{Base: yp, Disp: 8 * v.lanes}, next)
	CMPQ(next, end)
	JHI(LabelRef("one"))
	vectors(2, mask{})
	advance(8*v.lanes, xp, yp)
	JMP(LabelRef("two"))
	Label("one")
	CMPQ(yp, end)
	JEQ(LabelRef("some"))
	vectors(1, mask{})
	advance(4*v.lanes, xp, yp)
	Label("some")
	TESTQ(left, left)
	JEQ(LabelRef("done"))
	vectors(1, m)
	Label("done")
	if rows == 1 {
		ADDQ(ld, x)
	} else {
		LEAQ(Mem{Base: x, Index: ld, Scale: uint8(rows)}, x)
	}
	DECQ(times)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}

// dots multiplies rows of a by rows of x, four of the latter at a time.
func dots(v isa, rows int) {
	const wide = 4
	name := fmt.Sprintf("dots%d%s", rows, v.name)
	TEXT(name, NOSPLIT, "func(y *float32, ldy int, a *float32, lda int, x *float32, ldx, k, times int)")
	Doc(fmt.Sprintf("%s is y[i·ldy + j] = Σ a[i·lda + l]·x[j·ldx + l] over l < k, for i < %d and j < %d·times.", name, rows, wide))
	Pragma("noescape")
	y, a, x := Load(Param("y"), GP64()), Load(Param("a"), GP64()), Load(Param("x"), GP64())
	m, whole, left := v.rest(Load(Param("k"), GP64()))
	ldy, lda, ldx, times := bytes("ldy"), bytes("lda"), bytes("ldx"), Load(Param("times"), GP64())
	ap, xp, end := GP64(), GP64(), GP64()
	aAt, xAt := apart(ap, lda, rows), apart(xp, ldx, wide)
	sums := make([][wide]VecVirtual, rows)
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] = v.vec()
		}
	}
	step := func(m mask) {
		factors := make([]VecVirtual, rows)
		for i := range factors {
			factors[i] = v.vec()
			v.load(aAt(i, 0), factors[i], m)
		}
		for j := range wide {
			r := v.vec()
			v.load(xAt(j, 0), r, m)
			for i, f := range factors {
				VFMADD231PS(r, f, sums[i][j])
			}
		}
	}
	Label("four")
	for i := range sums {
		for _, s := range sums[i] {
			v.zero(s)
		}
	}
	MOVQ(a, ap)
	MOVQ(x, xp)
	LEAQ(Mem{Base: a, Index: whole, Scale: 1}, end)
	Label("step")
	CMPQ(ap, end)
	JEQ(LabelRef("some"))
	step(mask{})
	advance(4*v.lanes, ap, xp)
	JMP(LabelRef("step"))
	Label("some")
	TESTQ(left, left)
	JEQ(LabelRef("fold"))
	step(m)
	Label("fold")
	to := GP64()
	MOVQ(y, to)
	for i := range sums {
		VMOVUPS(v.foldFour(sums[i]), Mem{Base: to})
		if i+1 < rows {
			ADDQ(ldy, to)
		}
	}
	ADDQ(U8(4*wide), y)
	LEAQ(Mem{Base: x, Index: ldx, Scale: wide}, x)
	DECQ(times)
	JNZ(LabelRef("four"))
	VZEROUPPER()
	RET()
}

// foldFour adds up the lanes of each of four vectors, in place: four sums.
func (v isa) foldFour(s [4]VecVirtual) Register {
	if v.lanes == 16 {
		for _, r := range s {
			high := YMM()
			VEXTRACTF64X4(U8(1), r, high)
			VADDPS(high, r.AsY(), r.AsY())
		}
	}
	// VHADDPS knows the first sixteen registers alone, which these are.
	VHADDPS(s[1].AsY(), s[0].AsY(), s[0].AsY())
	VHADDPS(s[3].AsY(), s[2].AsY(), s[2].AsY())
	VHADDPS(s[2].AsY(), s[0].AsY(), s[0].AsY())
	VEXTRACTF128(U8(1), s[0].AsY(), s[1].AsX())
	VADDPS(s[1].AsX(), s[0].AsX(), s[0].AsX())
	return s[0].AsX()
}
