// Command cpu writes the instructions that tell what the CPU can do, and the one for spin loops.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("!purego")

	TEXT("cpuid", NOSPLIT, "func(leaf, sub uint32) (a, b, c, d uint32)")
	Doc("cpuid is the CPUID instruction.")
	Load(Param("leaf"), EAX)
	Load(Param("sub"), ECX)
	CPUID()
	Store(EAX, ReturnIndex(0))
	Store(EBX, ReturnIndex(1))
	Store(ECX, ReturnIndex(2))
	Store(EDX, ReturnIndex(3))
	RET()

	TEXT("xgetbv", NOSPLIT, "func() (a uint32)")
	Doc("xgetbv is the low half of register XCR0: which registers the operating system saves.")
	XORL(ECX, ECX)
	XGETBV()
	Store(EAX, ReturnIndex(0))
	RET()

	TEXT("pause", NOSPLIT, "func()")
	Doc("pause waits a little inside a spin loop, and leaves the core to its other thread.")
	for range 4 {
		PAUSE()
	}
	RET()

	Generate()
}
