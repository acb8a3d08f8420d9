// Command turn writes the transpositions that pack operands of matrix products: blocks of 8x8 and 4x8 elements.
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
	Generate()
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
