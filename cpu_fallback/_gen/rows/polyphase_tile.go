package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// polyphaser writes transformations of tiles so small that AVX-512's registers hold what is between columns and rows.
type polyphaser struct {
	*constants
	patch  bool // tiles are cut from a map, over whose borders they may reach
	output bool // a bias is added to what comes out, and an activation applied
}

// sum is a + k·b, in a new vector.
func (w *polyphaser) sum(a VecVirtual, k float64, b VecVirtual) VecVirtual {
	y := w.vec()
	switch k {
	case 1:
		VADDPS(b, a, y)
	case -1:
		VSUBPS(b, a, y)
	default:
		VMOVAPS(a, y)
		VFMADD231PS(w.single(k), b, y)
	}
	return y
}

// minus is k·a - b, in a new vector.
func (w *polyphaser) minus(k float64, a, b VecVirtual) VecVirtual {
	y := w.vec()
	VMOVAPS(b, y)
	VFMSUB231PS(w.single(k), a, y)
	return y
}

// times is k·a, in a new vector.
func (w *polyphaser) times(k float64, a VecVirtual) VecVirtual {
	y := w.vec()
	VMULPS(w.single(k), a, y)
	return y
}

func (w *polyphaser) single(k float64) Mem {
	return w.of(k).(Mem)
}

// transform writes the function that applies f to the columns and then to the rows of tiles of in x in elements, which
// makes them out x out.
func (w *polyphaser) transform(name, what string, in, out int, f func([]VecVirtual) []VecVirtual) {
	signature, also := "dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c int", "."
	if w.output {
		signature += ", bias *float32, act int"
		also = "; bias may be nil, and act is an engine.Act, of which ReLU and LeakyReLU are applied."
	}
	if w.patch {
		signature += ", at int, inside uint64"
		also = ". The first pixel is src[at]; those whose bit of inside, the one of row times " + fmt.Sprint(in) +
			" plus column, is 0 are 0: they may lie outside of src."
	}
	attributes := NOSPLIT
	if w.lanes == 8 {
		attributes = 0 // the stack holds what is between
	}
	TEXT("polyphase"+name+w.name, attributes, "func("+signature+")")
	Doc("polyphase"+name+w.name+" is a transformation of F(4x4, 2x2): "+what+", for each of c channels. Rows and",
		"columns of the tiles lie dstRow and dstCol, srcRow and srcCol numbers apart"+also)
	Pragma("noescape")
	t := &polyphaseTile{polyphaser: w, in: in, out: out, f: f, rest: make([][]VecVirtual, out)}
	t.dst, t.src, t.c = Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("c"), GP64())
	t.columns, t.rows = loadLines("srcCol", "srcRow"), loadLines("dstRow", "dstCol")
	t.pointers = []Register{t.dst, t.src}
	if w.output {
		act, err := Param("act").Resolve()
		if err != nil {
			panic(err)
		}
		t.end = finish{bias: Load(Param("bias"), GP64()), act: act.Addr, at: GP64(), zero: w.vec()}
		XORQ(t.end.at, t.end.at)
		w.zero(t.end.zero)
		t.pointers = append(t.pointers, t.end.at)
	}
	if w.lanes == 8 {
		t.space = AllocLocal(4 * w.lanes * in * out)
	}
	if w.patch {
		at := Load(Param("at"), GP64())
		LEAQ(Mem{Base: t.src, Index: at, Scale: 4}, t.src)
		inside, all := Load(Param("inside"), GP64()), GP64()
		MOVQ(U64(1<<(in*in)-1), all)
		CMPQ(inside, all)
		JNE(LabelRef("edge"))
		t.loop("channels")
		Label("edge")
		t.inside, t.outside = inside, GP64()
		LEAQ(w.bits(0).(Mem), t.outside)
	}
	t.loop("pixels")
}

// polyphaseTile is the state of a transformation that is being written.
type polyphaseTile struct {
	*polyphaser
	in, out         int
	f               func([]VecVirtual) []VecVirtual
	dst, src, c     Register
	columns, rows   lines
	pointers        []Register
	end             finish
	inside, outside Register       // bits of the pixels that are there, and zeros for the others; or nil
	rest            [][]VecVirtual // a tile whose columns are transformed, and whose rows are not: in registers,
	space           Mem            // or on the stack
}

func (t *polyphaseTile) loop(name string) {
	t.vectors(t.c, t.lanes, name, func(m mask, label string) {
		t.columns.each(t.src, t.in, func(col int, at func(int) Mem) {
			var x []VecVirtual
			for row := range t.in {
				r := t.vec()
				t.load(t.pixel(row*t.in+col, at(row)), r, m)
				x = append(x, r)
			}
			for row, r := range t.f(x) {
				t.put(r, row, col)
			}
		})
		if t.output {
			t.end.load(t.polyphaser, m, label)
		}
		t.rows.each(t.dst, t.out, func(row int, at func(int) Mem) {
			y := t.f(t.take(row))
			if t.output {
				t.end.apply(t.polyphaser, y, fmt.Sprint(label, row))
			}
			for col, r := range y {
				t.store(r, at(col), m)
			}
		})
	}, func() { advance(4*t.lanes, t.pointers...) })
	VZEROUPPER()
	RET()
}

// pixel is at, or zeros where bit i of inside says so.
func (t *polyphaseTile) pixel(i int, at Mem) Mem {
	if t.inside == nil {
		return at
	}
	to := GP64()
	LEAQ(at, to)
	BTQ(U8(i), t.inside)
	CMOVQCC(t.outside, to)
	return Mem{Base: to}
}

func (t *polyphaseTile) put(r VecVirtual, row, col int) {
	if t.lanes == 8 {
		VMOVUPS(r, t.space.Offset(4*t.lanes*(row*t.in+col)))
	} else {
		t.rest[row] = append(t.rest[row], r)
	}
}

func (t *polyphaseTile) take(row int) (x []VecVirtual) {
	if t.lanes == 16 {
		x, t.rest[row] = t.rest[row], nil
		return x
	}
	for col := range t.in {
		r := t.vec()
		VMOVUPS(t.space.Offset(4*t.lanes*(row*t.in+col)), r)
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
