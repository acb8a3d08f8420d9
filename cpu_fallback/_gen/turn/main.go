// Command turn writes what packs operands of matrix products: transpositions of blocks of 8x8 and 4x8 elements, and
// copies of rows as wide as the panels are.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!purego")
	for _, rows := range []int{8, 4} {
		TEXT(fmt.Sprintf("turn%d", rows), NOSPLIT, "func(dst *float32, w int, src *float32, ld, blocks int)")
		Doc(fmt.Sprintf("turn%d is dst[k·w + r] = src[r·ld + k] for r < %d and k < 8·blocks. It needs AVX.", rows, rows))
		Pragma("noescape")
		dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
		blocks := Load(Param("blocks"), GP64())
		from, to := lines(src, "ld", rows), lines(dst, "w", 8)
		Label("block")
		if rows == 8 {
			turn8(from, to)
		} else {
			turn4(from, to)
		}
		ADDQ(U8(32), src)
		LEAQ(to(8), dst)
		DECQ(blocks)
		JNZ(LabelRef("block"))
		VZEROUPPER()
		RET()
	}
	masks := GLOBL("copyMasks", RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(uint32(int32(i-8)>>31)))
	}
	for _, width := range []int{6, 16} {
		copies(width, "AVX2", 8, copyMasks8(masks), func(from, to Mem, m Op) {
			v := YMM()
			VMASKMOVPS(from, m, v)
			if width == 16 {
				VMOVUPS(v, to)
				return
			}
			VMOVUPS(v.AsX(), to)
			VEXTRACTF128(U8(1), v, v.AsX())
			VMOVLPS(v.AsX(), to.Offset(16))
		})
	}
	for _, width := range []int{12, 32} {
		whole := K()
		copies(width, "AVX-512", 16, copyMasks16, func(from, to Mem, m Op) {
			v := ZMM()
			VMOVUPS_Z(from, m, v)
			if width == 32 {
				VMOVUPS(v, to)
				return
			}
			VMOVUPS(v, whole, to)
		}, func() {
			if width == 12 {
				ones := GP32()
				MOVL(U32(1<<12-1), ones)
				KMOVW(ones, whole)
			}
		})
	}
	Generate()
}

// copies writes the copying of rows of a width, of which n elements are read; the others are written as zeros.
func copies(width int, isa string, lanes int, masks func(n Register, i int) Op, vector func(from, to Mem, m Op), before ...func()) {
	TEXT(fmt.Sprintf("copy%d", width), NOSPLIT, "func(dst *float32, step int, src *float32, ld, n, rows int)")
	Doc(fmt.Sprintf("copy%d is dst[k·step + i] = i < n ? src[k·ld + i] : 0 for i < %d and k < rows. It needs %s.", width, width, isa))
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, rows := Load(Param("n"), GP64()), Load(Param("rows"), GP64())
	step, ld := Load(Param("step"), GP64()), Load(Param("ld"), GP64())
	SHLQ(U8(2), step)
	SHLQ(U8(2), ld)
	for _, f := range before {
		f()
	}
	var m []Op
	for i := range (width + lanes - 1) / lanes {
		m = append(m, masks(n, i))
	}
	Label("row")
	for i, m := range m {
		vector(Mem{Base: src, Disp: 4 * lanes * i}, Mem{Base: dst, Disp: 4 * lanes * i}, m)
	}
	ADDQ(ld, src)
	ADDQ(step, dst)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// copyMasks8 makes the mask of those of n lanes that are in vector i of eight: it starts min(n - 8i, 8) ones before the end
// of the table's eight.
func copyMasks8(table Mem) func(n Register, i int) Op {
	return func(n Register, i int) Op {
		at, limit, base := GP64(), GP64(), GP64()
		MOVQ(U32(8*(i+1)), at)
		SUBQ(n, at)
		XORQ(limit, limit)
		CMPQ(at, limit)
		CMOVQLT(limit, at)
		MOVQ(U32(8), limit)
		CMPQ(at, limit)
		CMOVQGT(limit, at)
		LEAQ(table, base)
		m := YMM()
		VMOVUPS(Mem{Base: base, Index: at, Scale: 4}, m)
		return m
	}
}

// copyMasks16 is that for AVX-512. It takes the first vector's lanes before the second's.
func copyMasks16(n Register, i int) Op {
	bits, m := GP64(), K()
	MOVQ(I32(-1), bits)
	BZHIQ(n, bits, bits)
	if i > 0 {
		SHRQ(U8(16), bits)
	}
	KMOVW(bits.As32(), m)
	return m
}

// lines gives the addresses of up to nine lines that start at base and are as far apart as parameter stride says.
func lines(base Register, stride string, n int) func(i int) Mem {
	one := Load(Param(stride), GP64())
	SHLQ(U8(2), one)
	odd := map[int]Register{1: one, 3: GP64()}
	LEAQ(Mem{Base: one, Index: one, Scale: 2}, odd[3])
	if n > 4 {
		odd[5], odd[7] = GP64(), GP64()
		LEAQ(Mem{Base: one, Index: one, Scale: 4}, odd[5])
		LEAQ(Mem{Base: odd[3], Index: one, Scale: 4}, odd[7])
	}
	return func(i int) Mem {
		if i == 0 {
			return Mem{Base: base}
		}
		scale := i & -i // i is an odd number of strides times 1, 2, 4 or 8
		return Mem{Base: base, Index: odd[i/scale], Scale: uint8(scale)}
	}
}

// pairs interleaves a and b: their low and high pairs of each 128 bits.
func pairs(a, b VecVirtual, vec func() VecVirtual) (low, high VecVirtual) {
	low, high = vec(), vec()
	VUNPCKLPS(b, a, low)
	VUNPCKHPS(b, a, high)
	return
}

// quads turns four registers: within each 128 bits, register i of the result has element i of all four.
func quads(r []VecVirtual, vec func() VecVirtual) []VecVirtual {
	l0, h0 := pairs(r[0], r[1], vec)
	l1, h1 := pairs(r[2], r[3], vec)
	out := []VecVirtual{vec(), vec(), vec(), vec()}
	VSHUFPS(U8(0x44), l1, l0, out[0])
	VSHUFPS(U8(0xee), l1, l0, out[1])
	VSHUFPS(U8(0x44), h1, h0, out[2])
	VSHUFPS(U8(0xee), h1, h0, out[3])
	return out
}

func turn8(from, to func(i int) Mem) {
	var r []VecVirtual
	for i := range 8 {
		r = append(r, YMM())
		VMOVUPS(from(i), r[i])
	}
	top, bottom := quads(r[:4], YMM), quads(r[4:], YMM)
	for i := range 4 {
		low, high := YMM(), YMM()
		VPERM2F128(U8(0x20), bottom[i], top[i], low)
		VPERM2F128(U8(0x31), bottom[i], top[i], high)
		VMOVUPS(low, to(i))
		VMOVUPS(high, to(i+4))
	}
}

func turn4(from, to func(i int) Mem) {
	var r []VecVirtual
	for i := range 4 {
		r = append(r, YMM())
		VMOVUPS(from(i), r[i])
	}
	for i, q := range quads(r, YMM) {
		VMOVUPS(q.AsX(), to(i))
		VEXTRACTF128(U8(1), q, to(i+4))
	}
}
