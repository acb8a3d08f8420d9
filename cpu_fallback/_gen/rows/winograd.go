package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// winograd writes the transformations of Winograd's convolution F(4x4, 3x3) (Lavin and Gray, 2016): small matrices from
// both sides of a tile, whose elements are vectors of channels.
func winograd(v isa) {
	if v.lanes == 16 {
		prefetch()
	}
	w := &transformer{newConstants(v, "winograd")}
	line := func(f func(d func(int) VecVirtual) []VecVirtual, to ...int) group { return group{to, f} }
	w.write("Input", "the input's, Bᵀ·d·B of 6x6 pixels", 6, 6, patch, []float64{-4, 2, -2, -5, 4},
		line(func(d func(int) VecVirtual) []VecVirtual {
			near, far := w.sum(d(4), -4, d(2)), w.sum(d(3), -4, d(1))
			return []VecVirtual{w.sum(near, 1, far), w.sum(near, -1, far)}
		}, 1, 2), line(func(d func(int) VecVirtual) []VecVirtual {
			in, out := w.sum(d(4), -1, d(2)), w.sum(d(3), -1, d(1))
			return []VecVirtual{w.sum(in, 2, out), w.sum(in, -2, out)}
		}, 3, 4), line(func(d func(int) VecVirtual) []VecVirtual {
			return []VecVirtual{w.sum(w.sum(d(4), -5, d(2)), 4, d(0)), w.sum(w.sum(d(5), -5, d(3)), 4, d(1))}
		}, 0, 5))
	w.write("Output", "the output's, Aᵀ·m·A, which is 4x4 pixels", 6, 4, floored, []float64{2, 4, 8},
		line(func(m func(int) VecVirtual) []VecVirtual {
			s, u := w.sum(m(1), 1, m(2)), w.sum(m(3), 1, m(4))
			return []VecVirtual{w.sum(w.sum(m(0), 1, s), 1, u), w.sum(s, 4, u)}
		}, 0, 2), line(func(m func(int) VecVirtual) []VecVirtual {
			d, t := w.sum(m(1), -1, m(2)), w.sum(m(3), -1, m(4))
			return []VecVirtual{w.sum(d, 2, t), w.sum(w.sum(m(5), 1, d), 8, t)}
		}, 1, 3))
	w.write("Weights", "the weights', G·g·Gᵀ of 3x3 taps", 3, 6, plain, []float64{1. / 4, 1. / 6, 1. / 12, 1. / 24},
		line(func(g func(int) VecVirtual) []VecVirtual {
			return []VecVirtual{w.times(1./4, g(0)), g(2)}
		}, 0, 5), line(func(g func(int) VecVirtual) []VecVirtual {
			p, q := w.times(1./6, w.sum(g(0), 1, g(2))), w.times(1./6, g(1))
			return []VecVirtual{w.minus(p, q), w.sum(q, -1, p)}
		}, 1, 2), line(func(g func(int) VecVirtual) []VecVirtual {
			r, t := w.sum(w.times(1./24, g(0)), 1./6, g(2)), w.times(1./12, g(1))
			return []VecVirtual{w.sum(r, 1, t), w.sum(r, -1, t)}
		}, 3, 4))
	w.write("Gradient", "the output gradient's, A·y·Aᵀ of 4x4 pixels", 4, 6, patch, []float64{4, 2, -2},
		line(func(y func(int) VecVirtual) []VecVirtual {
			e, o := w.sum(y(0), 1, y(2)), w.sum(y(1), 1, y(3))
			return []VecVirtual{w.sum(e, 1, o), w.sum(e, -1, o)}
		}, 1, 2), line(func(y func(int) VecVirtual) []VecVirtual {
			e, o := w.sum(y(0), 4, y(2)), w.sum(y(1), 4, y(3))
			return []VecVirtual{w.sum(e, 2, o), w.sum(e, -2, o)}
		}, 3, 4), line(func(y func(int) VecVirtual) []VecVirtual { return []VecVirtual{y(0), y(3)} }, 0, 5))
	w.write("WeightsGradient", "the weights gradient's, Gᵀ·u·G, which is 3x3 taps", 6, 3, plain, []float64{1. / 4, 1. / 6, 1. / 12, 1. / 24},
		line(func(u func(int) VecVirtual) []VecVirtual {
			s, t := w.times(1./6, w.sum(u(1), 1, u(2))), w.sum(u(3), 1, u(4))
			return []VecVirtual{w.sum(w.sum(w.times(1./4, u(0)), -1, s), 1./24, t), w.sum(w.sum(u(5), -1, s), 1./6, t)}
		}, 0, 2), line(func(u func(int) VecVirtual) []VecVirtual {
			d, e := w.sum(u(2), -1, u(1)), w.sum(u(3), -1, u(4))
			return []VecVirtual{w.sum(w.times(1./6, d), 1./12, e)}
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
	plain   kind = iota
	patch        // its tiles are cut from a map, over whose borders they may reach
	floored      // its results are raised to a floor
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

// minus is -a - b, in a new vector.
func (w *transformer) minus(a, b VecVirtual) VecVirtual {
	zero := w.vec()
	w.zero(zero)
	return w.sum(w.sum(zero, -1, a), -1, b)
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
	case floored:
		arguments += ", floor float32"
		doc[1] += " Results below floor become floor."
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
	if kind == floored {
		t.floor = w.vec()
		VBROADCASTSS(NewParamAddr("floor", 56), t.floor)
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
	floor                                    VecVirtual // or nil
	inside, outside                          Register   // bits of the pixels that are there, zeros for the others; or nil
}

func (t *tiler) loop(c Register, name string) {
	t.vectors(c, t.lanes, name, func(m mask, _ string) {
		for _, g := range t.groups {
			t.columns(g, m)
		}
	}, func() { advance(4*t.lanes, t.dst, t.src) })
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
