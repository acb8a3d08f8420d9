package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// spotTile is one kernel of the gradient of weights in Winograd's form F(3, 4): of three of the six numbers that four pixels
// of dy become, those at the points 0 and ±√½ or at ±√2 and infinity. A step transforms a tile of dy, a vector of its
// channels, and adds its products with what channels channels of some rows of x have become.
type spotTile struct {
	isa
	rows, channels int
	far            bool
}

func (s *isa) spotTiles() {
	for _, far := range []bool{false, true} {
		for channels := 3; 3*channels <= s.spots; channels++ {
			for rows := 1; 3*rows*channels <= s.spots; rows++ {
				spotTile{*s, rows, channels, far}.write()
			}
		}
	}
}

func (k spotTile) write() {
	name, square, point := "Near", 2., math.Sqrt2/2
	if k.far {
		name, square, point = "Far", 1./2, math.Sqrt2
	}
	TEXT(fmt.Sprintf("convSpots%s%s_%dx%d", name, k.name, k.rows, k.channels), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	t := Load(Param("t"), GP64())
	load := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	mask := k.mask(load(tapCols), 1)
	move := func(from, to Op) {
		_, reads := from.(Mem)
		switch {
		case k.lanes != 16:
			VMASKMOVPS(from, mask, to)
		case reads:
			VMOVUPS_Z(from, mask, to)
		default:
			VMOVUPS(from, mask, to)
		}
	}
	// Rows of sums are those of a row of the filter: six spots of all channels.
	eachSum := func(f func(i int, at Mem)) {
		at, row, skip := load(tapSums), load(tapRowSums), GP64()
		SHLQ(U8(2), row)
		IMUL3Q(I32(3*k.channels), row, skip)
		for i := range 3 * k.rows * k.channels {
			if i > 0 && i%(3*k.channels) == 0 {
				ADDQ(skip, at)
			}
			f(i, Mem{Base: at})
			ADDQ(row, at)
		}
	}
	acc := make([]VecVirtual, 3*k.rows*k.channels)
	eachSum(func(i int, at Mem) {
		acc[i] = k.vec()
		move(at, acc[i])
	})
	squares, points := k.constant(square), k.constant(point)
	apart, x, dy, rows := load(tapApart), load(tapX), load(tapDY), load(tapRows)
	SHLQ(U8(2), apart)
	stepX, pixel, fetch := load(tapStepX), load(tapStepDY), load(tapFetch)
	SHLQ(U8(2), pixel)
	scale := k.vec()
	if k.lanes == 16 {
		VBROADCASTSS(squares, scale)
	}
	Label("row")
	atX, atDY, n := GP64(), GP64(), load(tapPixels)
	MOVQ(x, atX)
	MOVQ(dy, atDY)
	Label("tile")
	second := GP64()
	LEAQ(Mem{Base: atDY, Index: pixel, Scale: 1}, second)
	y := make([]VecVirtual, 4)
	for i := range y {
		y[i] = k.vec()
		at := Mem{Base: atDY}
		if i > 0 {
			at = Mem{Base: second, Index: pixel, Scale: uint8(max(1, i-1))}
			if i == 1 {
				at = Mem{Base: second}
			}
		}
		move(at, y[i])
	}
	even, odd, other := y[2], y[3], k.vec()
	factor := Op(scale)
	if k.lanes != 16 {
		factor = squares
	}
	VFMADD231PS(factor, y[0], even)
	if k.far { // y[3] is the spot at infinity
		odd = y[1]
		VFMADD132PS(factor, y[3], odd)
	} else {
		VFMADD231PS(factor, y[1], odd)
	}
	VMOVAPS(even, other)
	if k.lanes == 16 {
		VFMADD231PS_BCST(points, odd, even)
		VFNMADD231PS_BCST(points, odd, other)
	} else {
		VFMADD231PS(points, odd, even)
		VFNMADD231PS(points, odd, other)
	}
	spots := []VecVirtual{y[0], even, other}
	if k.far {
		spots = []VecVirtual{even, other, y[3]}
	}
	for i := range acc {
		in := i % (3 * k.channels)
		at := Mem{Base: atX, Disp: 4 * in}
		if r := i / (3 * k.channels); r == 1 || r == 2 {
			at.Index, at.Scale = apart, uint8(r)
		}
		if k.lanes == 16 {
			VFMADD231PS_BCST(at, spots[in/k.channels], acc[i])
			continue
		}
		v := k.vec()
		VBROADCASTSS(at, v)
		VFMADD231PS(spots[in/k.channels], v, acc[i])
	}
	PREFETCHT1(Mem{Base: fetch})
	PREFETCHT1(Mem{Base: fetch, Disp: 64})
	SUBQ(I8(-128), fetch)
	LEAQ(Mem{Base: atX, Index: stepX, Scale: 4}, atX)
	LEAQ(Mem{Base: atDY, Index: pixel, Scale: 4}, atDY)
	DECQ(n)
	JNZ(LabelRef("tile"))
	nextX, nextDY := load(tapRowX), load(tapRowDY)
	LEAQ(Mem{Base: x, Index: nextX, Scale: 4}, x)
	LEAQ(Mem{Base: dy, Index: nextDY, Scale: 4}, dy)
	DECQ(rows)
	JNZ(LabelRef("row"))
	eachSum(func(i int, at Mem) { move(acc[i], at) })
	VZEROUPPER()
	RET()
}

// constant is a vector of v in memory.
func (s *isa) constant(v float64) Mem {
	name := fmt.Sprintf("spots%s%x", s.name, math.Float32bits(float32(v)))
	if m, ok := s.constants[name]; ok {
		return m
	}
	m := GLOBL(name, RODATA|NOPTR)
	for i := range s.lanes {
		DATA(4*i, U32(math.Float32bits(float32(v))))
	}
	s.constants[name] = m
	return m
}
