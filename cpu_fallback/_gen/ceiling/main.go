// Command ceiling writes the loops that show what a core can do at best: multiply-adds in registers, and reading and
// scaling memory. They are for bench/ceiling.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// chains is how many sums run beside each other: two a cycle, four to five cycles each, and some to spare.
const chains = 12

func main() {
	ConstraintExpr("!purego")
	half := GLOBL("half", RODATA|NOPTR)
	DATA(0, F32(0.5))
	for _, bits := range []int{256, 512} {
		fma(bits, half)
		move(bits, half, "read", "adds up 8·n·%d numbers at p, eight sums beside each other, and returns one of them", false)
		move(bits, half, "scale", "halves 8·n·%d numbers at p", true)
	}
	Generate()
}

func register(bits int) VecVirtual {
	if bits == 512 {
		return ZMM()
	}
	return YMM()
}

// fma is n rounds of s = s·½ + ½ for each of the chains: the sums stay near 1.
func fma(bits int, half Mem) {
	TEXT(fmt.Sprintf("fma%d", bits), NOSPLIT, "func(n int) float32")
	Doc(fmt.Sprintf("fma%d is n rounds of %d chains of %d multiply-adds, s = s·½ + ½.", bits, chains, bits/32))
	n, h := Load(Param("n"), GP64()), register(bits)
	VBROADCASTSS(half, h)
	var sums [chains]VecVirtual
	for i := range sums {
		sums[i] = register(bits)
		VBROADCASTSS(half, sums[i])
	}
	Label("round")
	for _, s := range sums {
		VFMADD213PS(h, h, s)
	}
	DECQ(n)
	JNZ(LabelRef("round"))
	VZEROUPPER() // which leaves the lowest numbers
	Store(sums[0].AsX(), ReturnIndex(0))
	RET()
}

func move(bits int, half Mem, name, doc string, write bool) {
	const unroll = 8
	result := " float32"
	if write {
		result = ""
	}
	TEXT(fmt.Sprintf("%s%d", name, bits), NOSPLIT, "func(p *float32, n int)"+result)
	Doc(fmt.Sprintf("%s%d "+doc+". n is at least 1.", name, bits, bits/32))
	Pragma("noescape")
	p, n, h := Load(Param("p"), GP64()), Load(Param("n"), GP64()), register(bits)
	if write {
		VBROADCASTSS(half, h)
	}
	var sums [unroll]VecVirtual
	for i := range sums {
		sums[i] = register(bits)
		if !write {
			VBROADCASTSS(half, sums[i])
		}
	}
	Label("round")
	for i, s := range sums {
		at := Mem{Base: p, Disp: i * bits / 8}
		if write {
			VMULPS(at, h, s)
			VMOVUPS(s, at)
		} else {
			VADDPS(at, s, s)
		}
	}
	ADDQ(U32(unroll*bits/8), p)
	DECQ(n)
	JNZ(LabelRef("round"))
	VZEROUPPER()
	if !write {
		Store(sums[0].AsX(), ReturnIndex(0))
	}
	RET()
}
