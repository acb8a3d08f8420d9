package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Winograd's form F(4x4, 3x3) evaluates polynomials at 0, ±near3, ±far3 and infinity. These points amplify rounding errors a
// quarter as much as 0, ±1 and ±2 do, and only odd powers of them are rounded themselves (a test of the transformations
// derives the figure). Products at ±near3 are halved and those at ±far3 doubled, which saves multiplications.
const near3, far3 = math.Sqrt2 / 2, math.Sqrt2

// winograd writes the transformations of Winograd's convolution F(4x4, 3x3) (Lavin and Gray, 2016): small matrices from
// both sides of a tile, whose elements are vectors of channels.
func winograd(v isa) {
	if v.lanes == 16 {
		prefetch()
	}
	w := &transformer{newConstants(v, "winograd")}
	line := func(f func(d func(int) VecVirtual) []VecVirtual, to ...int) group { return group{to, f} }
	input := []group{line(func(d func(int) VecVirtual) []VecVirtual {
		e, o := w.sum(d(4), -2, d(2)), w.sum(d(3), -2, d(1))
		return []VecVirtual{w.sum(e, near3, o), w.sum(e, -near3, o)}
	}, 1, 2), line(func(d func(int) VecVirtual) []VecVirtual {
		e, o := w.sum(d(4), -1./2, d(2)), w.sum(d(3), -1./2, d(1))
		return []VecVirtual{w.sum(e, far3, o), w.sum(e, -far3, o)}
	}, 3, 4), line(func(d func(int) VecVirtual) []VecVirtual {
		return []VecVirtual{w.sum(w.sum(d(4), -5./2, d(2)), 1, d(0)), w.sum(w.sum(d(5), -5./2, d(3)), 1, d(1))}
	}, 0, 5)}
	w.write("Input", "the input's, Bᵀ·d·B of 6x6 pixels", 6, 6, patch, []float64{-2, near3, -near3, -1. / 2, far3, -far3, -5. / 2}, input...)
	w.write("Output", "the output's, Aᵀ·m·A, which is 4x4 pixels", 6, 4, finished, []float64{2, 1. / 2, far3, near3},
		line(func(m func(int) VecVirtual) []VecVirtual {
			s, u := w.sum(m(1), 1, m(2)), w.sum(m(3), 1, m(4))
			return []VecVirtual{w.sum(w.sum(m(0), 2, s), 1./2, u), w.sum(s, 1, u)}
		}, 0, 2), line(func(m func(int) VecVirtual) []VecVirtual {
			d, t := w.sum(m(1), -1, m(2)), w.sum(m(3), -1, m(4))
			return []VecVirtual{w.sum(w.times(far3, d), near3, t), w.sum(w.sum(m(5), near3, d), far3, t)}
		}, 1, 3))
	w.write("Weights", "the weights', G·g·Gᵀ of 3x3 taps", 3, 6, plain, []float64{-1. / 3, -1. / 6, -near3 / 3, 1. / 3, 2. / 3, far3 / 3},
		line(func(g func(int) VecVirtual) []VecVirtual { return []VecVirtual{g(0), g(2)} }, 0, 5),
		line(func(g func(int) VecVirtual) []VecVirtual {
			p, q := w.sum(w.times(-1./3, g(0)), -1./6, g(2)), w.times(-near3/3, g(1))
			return []VecVirtual{w.sum(p, 1, q), w.sum(p, -1, q)}
		}, 1, 2), line(func(g func(int) VecVirtual) []VecVirtual {
			r, t := w.sum(w.times(1./3, g(0)), 2./3, g(2)), w.times(far3/3, g(1))
			return []VecVirtual{w.sum(r, 1, t), w.sum(r, -1, t)}
		}, 3, 4))
	w.write("Gradient", "the output gradient's, A·y·Aᵀ of 4x4 pixels", 4, 6, patch, []float64{2, near3, -near3, 1. / 2, far3, -far3},
		line(func(y func(int) VecVirtual) []VecVirtual {
			e, o := w.sum(y(2), 2, y(0)), w.sum(y(3), 2, y(1))
			return []VecVirtual{w.sum(e, near3, o), w.sum(e, -near3, o)}
		}, 1, 2), line(func(y func(int) VecVirtual) []VecVirtual {
			e, o := w.sum(y(2), 1./2, y(0)), w.sum(y(3), 1./2, y(1))
			return []VecVirtual{w.sum(e, far3, o), w.sum(e, -far3, o)}
		}, 3, 4), line(func(y func(int) VecVirtual) []VecVirtual { return []VecVirtual{y(0), y(3)} }, 0, 5))
	w.row("Input", "the input's, Bᵀ·d of 6 pixels", 6, input)
	w.write("WeightsGradient", "the weights gradient's, Gᵀ·u·G, which is 3x3 taps", 6, 3, plain,
		[]float64{-1. / 3, 1. / 3, -1. / 6, 2. / 3, -near3 / 3, far3 / 3},
		line(func(u func(int) VecVirtual) []VecVirtual {
			s, t := w.sum(u(1), 1, u(2)), w.sum(u(3), 1, u(4))
			return []VecVirtual{w.sum(w.sum(u(0), -1./3, s), 1./3, t), w.sum(w.sum(u(5), -1./6, s), 2./3, t)}
		}, 0, 2), line(func(u func(int) VecVirtual) []VecVirtual {
			d, e := w.sum(u(1), -1, u(2)), w.sum(u(3), -1, u(4))
			return []VecVirtual{w.sum(w.times(-near3/3, d), far3/3, e)}
		}, 1))
}

// prefetch writes the function that asks for rows of numbers before they are needed, into the second-level cache.
func prefetch() {
	TEXT("prefetchRows", NOSPLIT, "func(x *float32, rows, apart, n int)")
	Doc("prefetchRows asks for rows of n numbers, apart from each other, to be brought to the second-level cache.")
	Pragma("noescape")
	x, rows, apart, n := Load(Param("x"), GP64()), Load(Param("rows"), GP64()), Load(Param("apart"), GP64()), Load(Param("n"), GP64())
	SHLQ(U8(2), apart)
	SHLQ(U8(2), n)
	Label("row")
	i := GP64()
	XORQ(i, i)
	Label("line")
	PREFETCHT0(Mem{Base: x, Index: i, Scale: 1})
	ADDQ(I32(64), i)
	CMPQ(i, n)
	JLT(LabelRef("line"))
	ADDQ(apart, x)
	DECQ(rows)
	JNZ(LabelRef("row"))
	RET()
}

// kind is what a transformation does beside that.
type kind int

const (
	plain    kind = iota
	patch         // its tiles are cut from a map, over whose borders they may reach
	finished      // a bias is added to its results, which then are raised to a floor
)

// group is elements of a transformed line that are computed together, since they have terms in common.
type group struct {
	to []int
	f  func(x func(i int) VecVirtual) []VecVirtual
}

type transformer struct{ *constants }

// sum is a + k·b, in a new vector.
func (w *transformer) sum(a VecVirtual, k float64, b VecVirtual) VecVirtual {
	y := w.vec()
	switch k {
	case 1:
		VADDPS(b, a, y)
	case -1:
		VSUBPS(b, a, y)
	default:
		VMOVAPS(a, y)
		VFMADD231PS(w.of(k), b, y)
	}
	return y
}

// times is k·a, in a new vector.
func (w *transformer) times(k float64, a VecVirtual) VecVirtual {
	y := w.vec()
	VMULPS(w.of(k), a, y)
	return y
}

// write writes the function that applies groups to the rows and then to the columns of tiles of in x in elements, which
// makes them out x out. It goes through the columns of the result a group at a time, so that what is between stays in
// registers.
func (w *transformer) write(name, what string, in, out int, kind kind, factors []float64, groups ...group) {
	arguments := "dst *float32, dstRow, dstCol int, src *float32, "
	if kind == patch {
		arguments += "at int, "
	}
	arguments += "srcRow, srcCol, c int"
	doc := []string{"winograd" + name + w.name + " is Winograd's transformation of " + what + ", for each of c channels. Rows and",
		"columns of the tiles lie dstRow and dstCol, srcRow and srcCol numbers apart."}
	switch kind {
	case finished:
		arguments += ", bias *float32, floor float32"
		doc[1] += " The bias is added to the results;"
		doc = append(doc, "those below floor become floor.")
	case patch:
		arguments += ", inside uint64"
		doc[1] += " The first pixel is src[at]; pixels (i, j)"
		doc = append(doc, "whose bit of inside, the one of i times the tile's side plus j, is 0, are 0: they may lie outside of src.")
	}
	TEXT("winograd"+name+w.name, NOSPLIT, "func("+arguments+")")
	Doc(doc...)
	Pragma("noescape")
	t := &tiler{transformer: w, in: in, out: out, groups: groups}
	t.dst, t.dstRow, t.dstCol = Load(Param("dst"), GP64()), Load(Param("dstRow"), GP64()), Load(Param("dstCol"), GP64())
	t.src, t.srcRow, t.srcCol = Load(Param("src"), GP64()), Load(Param("srcRow"), GP64()), Load(Param("srcCol"), GP64())
	for _, r := range []Register{t.dstRow, t.dstCol, t.srcRow, t.srcCol} {
		SHLQ(U8(2), r)
	}
	zeros := w.bits(0)
	if w.lanes == 16 {
		var from []Op
		for _, k := range factors {
			from = append(from, w.of(k))
		}
		w.held, w.order = map[string]VecVirtual{}, nil
		for i, k := range factors {
			VMOVUPS(from[i], w.of(k))
		}
	}
	c := Load(Param("c"), GP64())
	if kind == finished {
		t.bias, t.floor = Load(Param("bias"), GP64()), w.vec()
		VBROADCASTSS(NewParamAddr("floor", 64), t.floor)
	}
	if kind == patch {
		at := Load(Param("at"), GP64())
		LEAQ(Mem{Base: t.src, Index: at, Scale: 4}, t.src)
		inside, all := Load(Param("inside"), GP64()), GP64()
		MOVQ(U64(1<<(in*in)-1), all)
		CMPQ(inside, all)
		JNE(LabelRef("edge"))
		t.loop(c, "channels")
		Label("edge")
		t.inside = inside
		t.outside = GP64()
		LEAQ(zeros, t.outside)
	}
	t.loop(c, "pixels")
	if w.held != nil && len(w.order) != len(factors) {
		panic("winograd" + name + " has a factor that is in no register")
	}
	w.held = nil
}

// tiler is the state of a transformation that is being written.
type tiler struct {
	*transformer
	in, out                                  int
	groups                                   []group
	dst, dstRow, dstCol, src, srcRow, srcCol Register
	bias                                     Register
	floor                                    VecVirtual // or nil
	inside, outside                          Register   // bits of the pixels that are there, zeros for the others; or nil
}

func (t *tiler) loop(c Register, name string) {
	t.vectors(c, t.lanes, name, func(m mask, _ string) {
		for _, g := range t.groups {
			t.columns(g, m)
		}
	}, func() {
		advance(4*t.lanes, t.dst, t.src)
		if t.floor != nil {
			advance(4*t.lanes, t.bias)
		}
	})
	VZEROUPPER()
	RET()
}

// columns computes the columns of the result that g is.
func (t *tiler) columns(g group, m mask) {
	between := make([][]VecVirtual, len(g.to)) // [column, row of the source]
	row := GP64()
	MOVQ(t.src, row)
	for i := range t.in {
		second := GP64()
		LEAQ(Mem{Base: row, Index: t.srcCol, Scale: 1}, second)
		x := map[int]VecVirtual{}
		for col, v := range g.f(func(j int) VecVirtual {
			if x[j] == nil {
				x[j] = t.vec()
				t.load(t.pixel(i*t.in+j, along(row, second, t.srcCol, j)), x[j], m)
			}
			return x[j]
		}) {
			between[col] = append(between[col], v)
		}
		if i+1 < t.in {
			ADDQ(t.srcRow, row)
		}
	}
	for col, j := range g.to {
		first, second := GP64(), GP64()
		switch j {
		case 0:
			MOVQ(t.dst, first)
		case 1, 2, 4:
			LEAQ(Mem{Base: t.dst, Index: t.dstCol, Scale: uint8(j)}, first)
		case 3, 5:
			LEAQ(Mem{Base: t.dst, Index: t.dstCol, Scale: uint8(j - 1)}, first)
			ADDQ(t.dstCol, first)
		}
		LEAQ(Mem{Base: first, Index: t.dstRow, Scale: 1}, second)
		for _, h := range t.groups {
			for k, v := range h.f(func(i int) VecVirtual { return between[col][i] }) {
				if t.floor != nil {
					bias := t.vec()
					t.load(Mem{Base: t.bias}, bias, m)
					VADDPS(bias, v, v)
					VMAXPS(v, t.floor, v) // NaN stays NaN: of two operands, one a NaN, it takes this order's first
				}
				t.store(v, along(first, second, t.dstRow, h.to[k]), m)
			}
		}
	}
}

// along is element i of a line with the given stride; second is its element 1.
func along(first, second, stride Register, i int) Mem {
	switch i {
	case 0:
		return Mem{Base: first}
	case 4:
		return Mem{Base: first, Index: stride, Scale: 4}
	case 1:
		return Mem{Base: second}
	}
	return Mem{Base: second, Index: stride, Scale: uint8(i - 1)}
}

// pixel is at, or zeros where bit i of inside says so.
func (t *tiler) pixel(i int, at Mem) Mem {
	if t.inside == nil {
		return at
	}
	to := GP64()
	LEAQ(at, to)
	BTQ(U8(i), t.inside)
	CMOVQCC(t.outside, to)
	return Mem{Base: to}
}

// single is a vector of k in memory.
func (w *transformer) single(k float64) Mem { return w.of(k).(Mem) }
