package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// norm writes the passes of batch normalisation over rows of w columns that follow each other. All keep the sums or the
// factors of a vector of columns in registers while they go down the rows.
func norm(v isa) {
	moments(v)
	sums(v)
	apply(v)
	applyBwd(v)
}

// pass is a function over rows being written.
type pass struct {
	isa
	stride Register   // bytes from row to row
	column []Register // pointers to numbers that columns have
	cell   []Register // pointers to rows
}

// begin loads the parameters: pointers to numbers of columns, and to rows.
func (v isa) begin(name, sig, doc string, column, cell []string) *pass {
	TEXT(name+v.name, NOSPLIT, sig)
	Doc(name + v.name + " " + doc)
	Pragma("noescape")
	p := &pass{isa: v, stride: Load(Param("w"), GP64())}
	SHLQ(U8(2), p.stride)
	for _, n := range column {
		p.column = append(p.column, Load(Param(n), GP64()))
	}
	for _, n := range cell {
		p.cell = append(p.cell, Load(Param(n), GP64()))
	}
	return p
}

// blocks runs body for all vectors of columns: several side by side as long as there are so many, so that a row's cache
// lines are read once, then single ones. size[i] is how large the numbers of p.column[i] are.
func (p *pass) blocks(lanes int, several, size []int, body func(vectors int, m mask, name string)) {
	w := Load(Param("w"), GP64())
	next := func(n int) func() {
		return func() {
			for i, r := range p.column {
				advance(n*size[i], r)
			}
			advance(n*4, p.cell...)
		}
	}
	for _, k := range several {
		p.whole(w, k*lanes, fmt.Sprintf("columns%d", k), func(m mask, name string) { body(k, m, name) }, next(k*lanes))
	}
	p.vectors(w, lanes, "columns", func(m mask, name string) { body(1, m, name) }, next(lanes))
	VZEROUPPER()
	RET()
}

// down runs body for the rows below the present columns, step of them at a time, then one at a time.
// at(i, r) is row r of cell pointer i.
func (p *pass) down(name string, step int, body func(rows int, at func(i, row int) Mem)) {
	left := Load(Param("rows"), GP64())
	var here []Register
	for _, r := range p.cell {
		h := GP64()
		MOVQ(r, h)
		here = append(here, h)
	}
	three := p.stride
	if step >= 4 {
		three = GP64()
		LEAQ(Mem{Base: p.stride, Index: p.stride, Scale: 2}, three)
	}
	fifth := make([]Register, len(here)) // pointers to the fifth row
	at := func(i, row int) Mem {
		from := here[i]
		if row >= 4 {
			from, row = fifth[i], row-4
		}
		switch row {
		case 0:
			return Mem{Base: from}
		case 3:
			return Mem{Base: from, Index: three, Scale: 1}
		}
		return Mem{Base: from, Index: p.stride, Scale: uint8(row)}
	}
	for _, n := range []int{step, 1} {
		more, end := name+"Down", name+"DownOne"
		if n == 1 {
			more, end = end, name+"Below"
		}
		Label(more)
		CMPQ(left, I32(n))
		JLT(LabelRef(end))
		for i, h := range here {
			if n > 4 {
				fifth[i] = GP64()
				LEAQ(Mem{Base: h, Index: p.stride, Scale: 4}, fifth[i])
			}
		}
		body(n, at)
		for _, h := range here {
			if n == 1 {
				ADDQ(p.stride, h)
			} else {
				LEAQ(Mem{Base: h, Index: p.stride, Scale: uint8(n)}, h)
			}
		}
		SUBQ(I32(n), left)
		JMP(LabelRef(more))
		if n == 1 {
			Label(end)
		}
	}
}

// normRun is how many rows are added up in float32 before they go to sums in float64: their rounding is that of a
// single number or product.
const normRun = 8

// wideSum is a sum in float64 of vectors of float32s, in two halves.
type wideSum [2]VecVirtual

func (v isa) wideSum() wideSum {
	s := wideSum{v.vec(), v.vec()}
	v.zero(s[0])
	v.zero(s[1])
	return s
}

func (v isa) addTo(s wideSum, x VecVirtual) {
	for i, part := range v.widen(x) {
		VADDPD(part, s[i], s[i])
	}
}

// addSum is at += s, of float64s.
func (v isa) addSum(s wideSum, at Mem, m mask) {
	low, high := m, m
	switch {
	case m.op == nil:
	case v.lanes == 16:
		k := K()
		KSHIFTRW(U8(8), m.op, k)
		high = mask{k, k}
	default:
		of, top, wide, wideTop := m.op.(VecVirtual), XMM(), YMM(), YMM()
		VPMOVSXDQ(of.AsX(), wide)
		VEXTRACTI128(U8(1), of, top)
		VPMOVSXDQ(top, wideTop)
		low.wide, high.wide = wide, wideTop
	}
	v.addDoubles(s[0], at, low)
	v.addDoubles(s[1], at.Offset(4*v.lanes), high)
}

// sumBlocks are the vectors that sums are made of side by side, as many as registers allow.
func (v isa) sumBlocks() []int {
	if v.lanes == 16 {
		return []int{2}
	}
	return nil
}

// eachVector makes a register for each of several vectors and loads it.
func (v isa) eachVector(vectors int, from Register, m mask) (all []VecVirtual) {
	for i := range vectors {
		r := v.vec()
		v.load(Mem{Base: from, Disp: 4 * v.lanes * i}, r, m)
		all = append(all, r)
	}
	return
}

// moments computes in float64 from the start: so mean and variance are rounded once, and do not depend on how rows are cut
// into pieces.
func moments(v isa) {
	p := v.begin("normMoments", "func(sum, sq *float64, pivot, x *float32, w, rows int)",
		"adds the rows of x, less pivot, to sum and their squares to sq.", []string{"sum", "sq", "pivot"}, []string{"x"})
	lanes := v.lanes / 2
	p.blocks(lanes, []int{4, 2}, []int{8, 8, 4}, func(vectors int, m mask, name string) {
		var pivot, sum, sq []VecVirtual
		for i := range vectors {
			pivot = append(pivot, v.widened(Mem{Base: p.column[2], Disp: 4 * lanes * i}, m))
			sum, sq = append(sum, v.vec()), append(sq, v.vec())
			v.zero(sum[i])
			v.zero(sq[i])
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				for i := range vectors {
					d := v.widened(at(0, r).Offset(4*lanes*i), m)
					VSUBPD(pivot[i], d, d)
					VADDPD(d, sum[i], sum[i])
					VFMADD231PD(d, d, sq[i])
				}
			}
		})
		for i := range vectors {
			v.addDoubles(sum[i], Mem{Base: p.column[0], Disp: 8 * lanes * i}, m)
			v.addDoubles(sq[i], Mem{Base: p.column[1], Disp: 8 * lanes * i}, m)
		}
	})
}

func sums(v isa) {
	p := v.begin("normSums", "func(sum, dot *float64, dz, x, mean, invstd *float32, w, rows int)",
		"adds the rows of dz to sum and those of dz·(x - mean)·invstd to dot.", []string{"sum", "dot", "mean", "invstd"}, []string{"dz", "x"})
	p.blocks(v.lanes, v.sumBlocks(), []int{8, 8, 4, 4}, func(vectors int, m mask, name string) {
		mean := v.eachVector(vectors, p.column[2], m)
		sum, dot := make([]wideSum, vectors), make([]wideSum, vectors)
		for i := range vectors {
			sum[i], dot[i] = v.wideSum(), v.wideSum()
		}
		p.down(name, normRun, func(rows int, at func(i, row int) Mem) {
			for i := range vectors {
				var s, d VecVirtual
				for r := range rows {
					dz, x := v.vec(), v.vec()
					v.load(at(0, r).Offset(4*v.lanes*i), dz, m)
					v.load(at(1, r).Offset(4*v.lanes*i), x, m)
					VSUBPS(mean[i], x, x)
					if r == 0 {
						s, d = dz, x
						VMULPS(dz, d, d)
						continue
					}
					VFMADD231PS(dz, x, d)
					VADDPS(dz, s, s)
				}
				v.addTo(sum[i], s)
				v.addTo(dot[i], d)
			}
		})
		for i, invstd := range v.eachVector(vectors, p.column[3], m) {
			for half, factor := range v.widen(invstd) {
				VMULPD(factor, dot[i][half], dot[i][half])
			}
			v.addSum(sum[i], Mem{Base: p.column[0], Disp: 8 * v.lanes * i}, m)
			v.addSum(dot[i], Mem{Base: p.column[1], Disp: 8 * v.lanes * i}, m)
		}
	})
}

func apply(v isa) {
	p := v.begin("normApply", "func(y, x, center, gain, bias *float32, w, rows int)",
		"is y = (x - center)·gain + bias.", []string{"center", "gain", "bias"}, []string{"y", "x"})
	p.blocks(v.lanes, []int{2}, []int{4, 4, 4}, func(vectors int, m mask, name string) {
		var k [3][]VecVirtual
		for i := range k {
			k[i] = v.eachVector(vectors, p.column[i], m)
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				for i := range vectors {
					x := v.vec()
					v.load(at(1, r).Offset(4*v.lanes*i), x, m)
					VSUBPS(k[0][i], x, x)
					VFMADD213PS(k[2][i], k[1][i], x)
					v.store(x, at(0, r).Offset(4*v.lanes*i), m)
				}
			}
		})
	})
}

func applyBwd(v isa) {
	p := v.begin("normApplyBwd", "func(dx, dz, x, gain, mean, slope, bias *float32, w, rows int)",
		"is dx = dz·gain + (x - mean)·slope + bias.", []string{"gain", "mean", "slope", "bias"}, []string{"dx", "dz", "x"})
	p.blocks(v.lanes, []int{2}, []int{4, 4, 4, 4}, func(vectors int, m mask, name string) {
		var k [4][]VecVirtual
		for i := range k {
			k[i] = v.eachVector(vectors, p.column[i], m)
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				for i := range vectors {
					dz, x := v.vec(), v.vec()
					v.load(at(1, r).Offset(4*v.lanes*i), dz, m)
					v.load(at(2, r).Offset(4*v.lanes*i), x, m)
					VSUBPS(k[1][i], x, x)
					VFMADD213PS(k[3][i], k[2][i], x)
					VFMADD231PS(dz, k[0][i], x)
					v.store(x, at(0, r).Offset(4*v.lanes*i), m)
				}
			}
		})
	})
}
