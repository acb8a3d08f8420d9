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

// columns runs body for all vectors of columns. size[i] is how large the numbers of p.column[i] are.
func (p *pass) columns(lanes int, size []int, body func(m mask, name string)) {
	p.blocks(lanes, nil, size, func(_ int, m mask, name string) { body(m, name) })
}

// blocks is columns with several vectors side by side, as long as there are so many, before it comes to single ones: then
// a row's cache lines are read once.
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
	if step == 4 {
		three = GP64()
		LEAQ(Mem{Base: p.stride, Index: p.stride, Scale: 2}, three)
	}
	at := func(i, row int) Mem {
		switch row {
		case 0:
			return Mem{Base: here[i]}
		case 3:
			return Mem{Base: here[i], Index: three, Scale: 1}
		}
		return Mem{Base: here[i], Index: p.stride, Scale: uint8(row)}
	}
	for _, n := range []int{step, 1} {
		more, end := name+"Down", name+"DownOne"
		if n == 1 {
			more, end = end, name+"Below"
		}
		Label(more)
		CMPQ(left, I32(n))
		JLT(LabelRef(end))
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

func moments(v isa) {
	p := v.begin("normMoments", "func(sum, sq *float64, pivot, x *float32, w, rows int)",
		"adds the rows of x, less pivot, to sum and their squares to sq.", []string{"sum", "sq", "pivot"}, []string{"x"})
	lanes := v.lanes / 2
	p.columns(lanes, []int{8, 8, 4}, func(m mask, name string) {
		sum, sq := []VecVirtual{v.vec(), v.vec()}, []VecVirtual{v.vec(), v.vec()}
		for i := range 2 {
			v.zero(sum[i])
			v.zero(sq[i])
		}
		narrow, pivot := v.half(), v.vec()
		v.load(Mem{Base: p.column[2]}, narrow, m)
		VCVTPS2PD(narrow, pivot)
		p.down(name, 2, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				x, d := v.half(), v.vec()
				v.load(at(0, r), x, m)
				VCVTPS2PD(x, d)
				VSUBPD(pivot, d, d)
				VADDPD(d, sum[r], sum[r])
				VFMADD231PD(d, d, sq[r])
			}
		})
		VADDPD(sum[1], sum[0], sum[0])
		VADDPD(sq[1], sq[0], sq[0])
		v.addDoubles(sum[0], Mem{Base: p.column[0]}, m)
		v.addDoubles(sq[0], Mem{Base: p.column[1]}, m)
	})
}

// sums adds up four rows in float32 first: their rounding is that of a single product.
func sums(v isa) {
	p := v.begin("normSums", "func(sum, dot *float64, dz, x, mean, invstd *float32, w, rows int)",
		"adds the rows of dz to sum and those of dz·(x - mean)·invstd to dot.", []string{"sum", "dot", "mean", "invstd"}, []string{"dz", "x"})
	p.columns(v.lanes/2, []int{8, 8, 4, 4}, func(m mask, name string) {
		sum, dot, mean := v.vec(), v.vec(), v.half()
		v.zero(sum)
		v.zero(dot)
		v.load(Mem{Base: p.column[2]}, mean, m)
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			var s, d VecVirtual
			for r := range rows {
				dz, x := v.half(), v.half()
				v.load(at(0, r), dz, m)
				v.load(at(1, r), x, m)
				VSUBPS(mean, x, x)
				if r == 0 {
					s, d = dz, x
					VMULPS(dz, d, d)
					continue
				}
				VFMADD231PS(dz, x, d)
				VADDPS(dz, s, s)
			}
			for _, a := range [][2]VecVirtual{{s, sum}, {d, dot}} {
				wide := v.vec()
				VCVTPS2PD(a[0], wide)
				VADDPD(wide, a[1], a[1])
			}
		})
		narrow, invstd := v.half(), v.vec()
		v.load(Mem{Base: p.column[3]}, narrow, m)
		VCVTPS2PD(narrow, invstd)
		VMULPD(invstd, dot, dot)
		v.addDoubles(sum, Mem{Base: p.column[0]}, m)
		v.addDoubles(dot, Mem{Base: p.column[1]}, m)
	})
}

func apply(v isa) {
	p := v.begin("normApply", "func(y, x, center, gain, bias *float32, w, rows int)",
		"is y = (x - center)·gain + bias.", []string{"center", "gain", "bias"}, []string{"y", "x"})
	p.columns(v.lanes, []int{4, 4, 4}, func(m mask, name string) {
		center, gain, bias := v.vec(), v.vec(), v.vec()
		for i, r := range []VecVirtual{center, gain, bias} {
			v.load(Mem{Base: p.column[i]}, r, m)
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				x := v.vec()
				v.load(at(1, r), x, m)
				VSUBPS(center, x, x)
				VFMADD213PS(bias, gain, x)
				v.store(x, at(0, r), m)
			}
		})
	})
}

func applyBwd(v isa) {
	p := v.begin("normApplyBwd", "func(dx, dz, x, gain, mean, slope, bias *float32, w, rows int)",
		"is dx = dz·gain + (x - mean)·slope + bias.", []string{"gain", "mean", "slope", "bias"}, []string{"dx", "dz", "x"})
	p.columns(v.lanes, []int{4, 4, 4, 4}, func(m mask, name string) {
		gain, mean, slope, bias := v.vec(), v.vec(), v.vec(), v.vec()
		for i, r := range []VecVirtual{gain, mean, slope, bias} {
			v.load(Mem{Base: p.column[i]}, r, m)
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				dz, x := v.vec(), v.vec()
				v.load(at(1, r), dz, m)
				v.load(at(2, r), x, m)
				VSUBPS(mean, x, x)
				VFMADD213PS(bias, slope, x)
				VFMADD231PS(dz, gain, x)
				v.store(x, at(0, r), m)
			}
		})
	})
}
