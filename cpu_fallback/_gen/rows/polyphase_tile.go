package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// polyphaser writes transformations of tiles so small that AVX-512's registers hold what is between columns and rows.
type polyphaser struct {
	transformer
	output bool // a bias is added to what comes out, and an activation applied
}

// minus is k·a - b, in a new vector.
func (w *polyphaser) minus(k float64, a, b VecVirtual) VecVirtual {
	y := w.vec()
	VMOVAPS(b, y)
	VFMSUB231PS(w.single(k), a, y)
	return y
}

// transform writes the function that applies f to the columns and then to the rows of tiles of in x in elements, which
// makes them out x out.
func (w *polyphaser) transform(name, what string, in, out int, f func([]VecVirtual) []VecVirtual) {
	signature, also := "dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c int", "."
	if w.output {
		signature += ", bias *float32, act int"
		also = "; bias may be nil, and act is an engine.Act, of which ReLU and LeakyReLU are applied."
	}
	attributes := NOSPLIT
	if w.lanes == 8 {
		attributes = 0 // the stack holds what is between
	}
	TEXT("polyphase"+name+w.name, attributes, "func("+signature+")")
	Doc("polyphase"+name+w.name+" is a transformation of F(4x4, 2x2): "+what+", for each of c channels. Rows and",
		"columns of the tiles lie dstRow and dstCol, srcRow and srcCol numbers apart"+also)
	Pragma("noescape")
	dst, src, c := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("c"), GP64())
	columns, rows := loadLines("srcCol", "srcRow"), loadLines("dstRow", "dstCol")
	pointers := []Register{dst, src}
	var end finish
	if w.output {
		act, err := Param("act").Resolve()
		if err != nil {
			panic(err)
		}
		end = finish{bias: Load(Param("bias"), GP64()), act: act.Addr, at: GP64(), zero: w.vec()}
		XORQ(end.at, end.at)
		w.zero(end.zero)
		pointers = append(pointers, end.at)
	}
	b := between{isa: w.isa, rows: make([][]VecVirtual, out)}
	if w.lanes == 8 {
		b.space = AllocLocal(4 * w.lanes * in * out)
	}
	w.vectors(c, w.lanes, "channels", func(m mask, label string) {
		columns.each(src, in, func(col int, at func(int) Mem) {
			var x []VecVirtual
			for row := range in {
				r := w.vec()
				w.load(at(row), r, m)
				x = append(x, r)
			}
			for row, r := range f(x) {
				b.put(r, row, col, in)
			}
		})
		if w.output {
			end.load(w, m, label)
		}
		rows.each(dst, out, func(row int, at func(int) Mem) {
			y := f(b.take(row, in))
			if w.output {
				end.apply(w, y, fmt.Sprint(label, row))
			}
			for col, r := range y {
				w.store(r, at(col), m)
			}
		})
	}, func() { advance(4*w.lanes, pointers...) })
	VZEROUPPER()
	RET()
}

// between is a tile whose columns are transformed, and whose rows are not: in registers, or on the stack.
type between struct {
	isa
	rows  [][]VecVirtual
	space Mem
}

func (b *between) put(r VecVirtual, row, col, in int) {
	if b.lanes == 8 {
		VMOVUPS(r, b.space.Offset(4*b.lanes*(row*in+col)))
	} else {
		b.rows[row] = append(b.rows[row], r)
	}
}

func (b *between) take(row, in int) (x []VecVirtual) {
	if b.lanes == 16 {
		x, b.rows[row] = b.rows[row], nil
		return x
	}
	for col := range in {
		r := b.vec()
		VMOVUPS(b.space.Offset(4*b.lanes*(row*in+col)), r)
		x = append(x, r)
	}
	return x
}

// lines are rows or columns of up to five numbers: the distances in bytes between lines, and between numbers of one.
type lines struct{ outer, inner, inner3 GPVirtual }

func loadLines(outer, inner string) lines {
	l := lines{GP64(), GP64(), GP64()}
	Load(Param(outer), l.outer)
	Load(Param(inner), l.inner)
	SHLQ(U8(2), l.outer)
	SHLQ(U8(2), l.inner)
	LEAQ(Mem{Base: l.inner, Index: l.inner, Scale: 2}, l.inner3)
	return l
}

// each calls line for each of n lines from base on, with the addresses of its numbers.
func (l lines) each(base Register, n int, line func(i int, at func(j int) Mem)) {
	first := GP64()
	MOVQ(base, first)
	for i := range n {
		line(i, func(j int) Mem {
			switch j {
			case 0:
				return Mem{Base: first}
			case 3:
				return Mem{Base: first, Index: l.inner3, Scale: 1}
			}
			return Mem{Base: first, Index: l.inner, Scale: uint8(j)}
		})
		if i+1 < n {
			ADDQ(l.outer, first)
		}
	}
}

// finish is what is done to pixels that a transformation gives.
type finish struct {
	bias, at Register
	act      Mem // there are not enough registers
	zero     VecVirtual
	add      VecVirtual
}

// load loads the bias, or zeros.
func (e *finish) load(w *polyphaser, m mask, label string) {
	e.add = w.vec()
	VMOVAPS(e.zero, e.add)
	TESTQ(e.bias, e.bias)
	JEQ(LabelRef(label + "Unbiased"))
	w.isa.load(Mem{Base: e.bias, Index: e.at, Scale: 1}, e.add, m)
	Label(label + "Unbiased")
}

// apply adds the bias and applies the activation. VMAXPS returns its first operand here, its second source, when either
// is NaN: so NaN stays NaN.
func (e *finish) apply(w *polyphaser, y []VecVirtual, label string) {
	for _, r := range y {
		VADDPS(e.add, r, r)
	}
	CMPQ(e.act, U8(actReLU))
	JNE(LabelRef(label + "Leaky"))
	for _, r := range y {
		VMAXPS(r, e.zero, r)
	}
	Label(label + "Leaky")
	CMPQ(e.act, U8(actLeakyReLU))
	JNE(LabelRef(label + "Done"))
	for _, r := range y {
		less := w.vec()
		VMULPS(w.single(leakySlope), r, less)
		VMAXPS(r, less, r)
	}
	Label(label + "Done")
}

// What the kernels know of engine.Act.
const (
	actReLU, actLeakyReLU = 1, 2
	leakySlope            = 0.2
)
