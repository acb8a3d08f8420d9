package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Offsets of the fields of cpu.pixelTiles.
const (
	pixX, pixW, pixY, pixBias            = 0, 24, 48, 72
	pixRows, pixTiles                    = 96, 104
	pixStepX, pixStepY, pixRowX, pixRowY = 112, 120, 128, 136
	pixRuns, pixRun, pixSkip             = 144, 152, 160
	pixCols, pixAct, pixStream, pixLeft  = 168, 176, 184, 192
	pixRowAtX, pixRowAtY, pixAhead       = 200, 208, 216
)

// pixelTile is one kernel: tiles of high pixels by width vectors of output channels.
type pixelTile struct {
	isa
	high, width int
	t           Register // *pixelTiles
	acc         [][]VecVirtual
}

func (s *isa) pixelTiles() {
	s.slope = GLOBL("pixelsLeaky"+s.name, RODATA|NOPTR)
	DATA(0, F32(leakySlope))
	for width := 1; width <= s.widest; width++ {
		for high := 1; high*width <= s.sums; high++ {
			p := pixelTile{isa: *s, high: high, width: width}
			p.write()
		}
	}
}

func (p *pixelTile) field(off int) Mem { return Mem{Base: p.t, Disp: off} }

func (p *pixelTile) load(off int) GPVirtual {
	r := GP64()
	MOVQ(p.field(off), r)
	return r
}

func (p *pixelTile) write() {
	TEXT(fmt.Sprintf("convPixels%s_%dx%d", p.name, p.high, p.width*p.lanes), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	p.t = Load(Param("t"), GP64())
	p.acc = make([][]VecVirtual, p.high)
	for i := range p.acc {
		for range p.width {
			p.acc[i] = append(p.acc[i], p.vec())
		}
	}
	x, y := p.load(pixX), p.load(pixY)
	Label("row")
	MOVQ(x, p.field(pixRowAtX))
	MOVQ(y, p.field(pixRowAtY))
	tiles := p.load(pixTiles)
	MOVQ(tiles, p.field(pixLeft))
	Label("tile")
	for j := range p.width {
		bias := p.load(pixBias)
		VMOVUPS(Mem{Base: bias, Disp: 4 * p.lanes * j}, p.acc[0][j])
		for i := 1; i < p.high; i++ {
			VMOVAPS(p.acc[0][j], p.acc[i][j])
		}
	}
	p.multiply(x)
	p.activate()
	p.stores(y)
	DECQ(p.field(pixLeft))
	JNZ(LabelRef("tile"))

	stepX, stepY := p.load(pixRowX), p.load(pixRowY)
	MOVQ(p.field(pixRowAtX), x)
	MOVQ(p.field(pixRowAtY), y)
	LEAQ(Mem{Base: x, Index: stepX, Scale: 4}, x)
	LEAQ(Mem{Base: y, Index: stepY, Scale: 4}, y)
	DECQ(p.field(pixRows))
	JNZ(LabelRef("row"))
	CMPQ(p.field(pixStream), U8(0))
	JEQ(LabelRef("end"))
	SFENCE()
	Label("end")
	VZEROUPPER()
	RET()
}

// multiply is the loops over the runs of a pixel and the elements of a run, and moves x to the next tile. Pixels are
// reached from one base per six by the addressing modes' factors 1, 2 and 4 of one, three and five steps.
func (p *pixelTile) multiply(x Register) {
	r1, r3, r5, w, runs := p.load(pixStepX), GP64(), GP64(), p.load(pixW), p.load(pixRuns)
	SHLQ(U8(2), r1)
	LEAQ(Mem{Base: r1, Index: r1, Scale: 2}, r3)
	LEAQ(Mem{Base: r1, Index: r1, Scale: 4}, r5)
	var bases []Register
	for i := 0; i < p.high; i += 6 {
		b := GP64()
		if i == 0 {
			MOVQ(x, b)
		} else {
			LEAQ(Mem{Base: bases[len(bases)-1], Index: r3, Scale: 2}, b)
		}
		bases = append(bases, b)
	}
	pixel := func(i int) Mem {
		m := Mem{Base: bases[i/6]}
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
	ahead := p.load(pixAhead)
	LEAQ(Mem{Base: x, Index: ahead, Scale: 4}, ahead)
	Label("run")
	n := p.load(pixRun)
	Label("step")
	var vw []VecVirtual
	for j := range p.width {
		v := p.vec()
		VMOVUPS(Mem{Base: w, Disp: 4 * p.lanes * j}, v)
		vw = append(vw, v)
	}
	PREFETCHT0(Mem{Base: ahead})
	ADDQ(I32(4*p.high), ahead)
	for i := range p.high {
		if p.width == 1 && p.lanes == 16 {
			VFMADD231PS_BCST(pixel(i), vw[0], p.acc[i][0])
			continue
		}
		v := p.vec()
		VBROADCASTSS(pixel(i), v)
		for j := range p.width {
			VFMADD231PS(vw[j], v, p.acc[i][j])
		}
	}
	ADDQ(I32(4*p.lanes*p.width), w)
	for _, b := range bases {
		ADDQ(I32(4), b)
	}
	DECQ(n)
	JNZ(LabelRef("step"))
	skip := p.load(pixSkip)
	for _, b := range bases {
		LEAQ(Mem{Base: b, Index: skip, Scale: 4}, b)
	}
	DECQ(runs)
	JNZ(LabelRef("run"))
	// high steps on
	for left := p.high; left > 0; {
		switch {
		case left >= 8:
			LEAQ(Mem{Base: x, Index: r1, Scale: 8}, x)
			left -= 8
		case left >= 4:
			LEAQ(Mem{Base: x, Index: r1, Scale: 4}, x)
			left -= 4
		case left == 3:
			ADDQ(r3, x)
			left = 0
		default:
			LEAQ(Mem{Base: x, Index: r1, Scale: uint8(left)}, x)
			left = 0
		}
	}
}

// activate applies ReLU or leaky ReLU. VMAXPS returns its first operand here, its second source, when either is NaN: so
// NaN stays NaN.
func (p *pixelTile) activate() {
	act := p.load(pixAct)
	CMPQ(act, U8(actReLU))
	JNE(LabelRef("leaky"))
	zero := p.vec()
	p.zero(zero)
	for i := range p.high {
		for _, v := range p.acc[i] {
			VMAXPS(v, zero, v)
		}
	}
	Label("leaky")
	CMPQ(act, U8(actLeaky))
	JNE(LabelRef("store"))
	slope := p.vec()
	VBROADCASTSS(p.slope, slope)
	for i := range p.high {
		for _, v := range p.acc[i] {
			less := p.vec()
			VMULPS(slope, v, less)
			VMAXPS(v, less, v)
		}
	}
	Label("store")
}

// stores puts the tile to y, past the caches if asked, and moves y on.
func (p *pixelTile) stores(y Register) {
	step, cols := p.load(pixStepY), p.load(pixCols)
	SHLQ(U8(2), step)
	each := func(store func(v VecVirtual, at Mem, j int)) {
		for i := range p.high {
			for j, v := range p.acc[i] {
				store(v, Mem{Base: y, Disp: 4 * p.lanes * j}, j)
			}
			ADDQ(step, y)
		}
		JMP(LabelRef("stored"))
	}
	CMPQ(p.field(pixStream), U8(0))
	JEQ(LabelRef("near"))
	each(func(v VecVirtual, at Mem, _ int) { VMOVNTPS(v, at) })
	Label("near")
	if p.lanes == 8 { // a masked store is slow
		CMPQ(cols, U8(p.lanes*p.width))
		JNE(LabelRef("edge"))
		each(func(v VecVirtual, at Mem, _ int) { VMOVUPS(v, at) })
		Label("edge")
	}
	mask := p.mask(cols, p.width)
	each(func(v VecVirtual, at Mem, j int) {
		switch {
		case j < p.width-1:
			VMOVUPS(v, at)
		case p.lanes == 16:
			VMOVUPS(v, mask, at)
		default:
			VMASKMOVPS(v, mask, at)
		}
	})
	Label("stored")
}
