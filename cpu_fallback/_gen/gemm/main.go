// Command gemm writes the micro-kernels of matrix multiplication: one function per tile height and width.
//
// A tile is rows x (width·lanes) of C. Its accumulators stay in registers over all k; one step loads width vectors of
// B and broadcasts one element of A per row. AVX2 has 16 registers, which makes 6x16 the largest tile, AVX-512 has 32
// and takes 12x32; rows beyond that gain nothing because the multipliers are busy already.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of cpu.microTile.
const (
	offA, offB, offC                                            = 0, 24, 48
	offRowA, offStepA, offStepB, offRowC, offK, offCols         = 72, 80, 88, 96, 104, 120
	offAct, offRowFrom, offRowY, offBias, offFrom, offY         = 128, 136, 144, 152, 176, 200
	actReLU, actLeaky                                           = 1, 2
	notAtLeast                                                  = 0x19 // a comparison: not a >= b, and true with NaN
	leakySlope                                          float32 = 0.2
)

// isa is what differs between the instruction sets.
type isa struct {
	name          string
	lanes, height int
	vec           func() VecVirtual
}

var isas = map[string]isa{
	"avx2":   {"AVX2", 8, 6, YMM},
	"avx512": {"AVX512", 16, 12, ZMM},
}

func main() {
	set := flag.String("isa", "avx512", "instruction set: avx2 or avx512")
	flag.Parse()
	s, ok := isas[*set]
	if !ok {
		fmt.Fprintf(os.Stderr, "gemm: no instruction set %q\n", *set)
		os.Exit(2)
	}
	ConstraintExpr("!purego")
	slope := GLOBL("leaky"+s.name, RODATA|NOPTR)
	DATA(0, F32(leakySlope))
	var masks Mem
	if s.lanes == 8 {
		masks = GLOBL("masks"+s.name, RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(int32(i-8)>>31)))
		}
	}
	for width := 1; width <= 2; width++ {
		for rows := 1; rows <= s.height; rows++ {
			k := kernel{isa: s, rows: rows, width: width, slope: slope, masks: masks}
			k.write()
		}
	}
	Generate()
}
