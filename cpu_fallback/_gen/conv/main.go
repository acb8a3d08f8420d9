// Command conv writes the kernels of convolutions with few channels on one side. They read maps in place, and loop over
// rows and pixels themselves: a product of so few columns would leave most lanes idle, or call its kernel for every tile.
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	actReLU, actLeaky         = 1, 2
	leakySlope        float32 = 0.2
)

// isa is what differs between the instruction sets.
type isa struct {
	name         string
	lanes        int
	vec          func() VecVirtual
	sums, widest int // accumulators of a pixelTile, and vectors side by side
	taps         int // accumulators of a tapTile
	spots        int // and of a spotTile
	slope, masks Mem
	constants    map[string]Mem
}

var isas = map[string]isa{
	"avx2":   {name: "AVX2", lanes: 8, vec: YMM, sums: 12, widest: 2, taps: 12, spots: 9},
	"avx512": {name: "AVX512", lanes: 16, vec: ZMM, sums: 24, widest: 4, taps: 28, spots: 27},
}

var families = map[string]func(*isa){"pixels": (*isa).pixelTiles, "taps": (*isa).tapTiles, "spots": (*isa).spotTiles, "fold": (*isa).folds}

func main() {
	family := flag.String("family", "", "pixels, taps, spots or fold")
	set := flag.String("isa", "avx512", "instruction set: avx2 or avx512")
	flag.Parse()
	s, ok := isas[*set]
	write, known := families[*family]
	if !ok || !known {
		fmt.Fprintf(os.Stderr, "conv: no kernels %q for %q\n", *family, *set)
		os.Exit(2)
	}
	s.constants = map[string]Mem{}
	ConstraintExpr("!purego")
	if s.lanes == 8 && *family != "fold" {
		s.masks = GLOBL(*family+"Masks", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(int32(i-8)>>31)))
		}
	}
	write(&s)
	Generate()
}

func (s *isa) zero(v VecVirtual) {
	if s.lanes == 16 {
		VPXORQ(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// mask is the lanes of the last of width vectors, of which cols are columns.
func (s *isa) mask(cols Register, width int) Op {
	if s.lanes == 16 {
		n, bits, m := GP64(), GP64(), K()
		LEAQ(Mem{Base: cols, Disp: -16 * (width - 1)}, n)
		MOVQ(I32(-1), bits)
		BZHIQ(n, bits, bits)
		KMOVW(bits.As32(), m)
		return m
	}
	at, table, m := GP64(), GP64(), YMM()
	LEAQ(s.masks, table)
	MOVQ(U32(8*width), at)
	SUBQ(cols, at)
	VMOVUPS(Mem{Base: table, Index: at, Scale: 4}, m)
	return m
}
