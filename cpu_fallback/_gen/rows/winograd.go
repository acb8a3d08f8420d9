package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// winograd writes the transformations of Winograd's convolution F(4x4, 3x3) (Lavin and Gray, 2016): small matrices from
// both sides of a tile, whose elements are vectors of channels.
func winograd(v isa) {
	w := &transformer{newConstants(v, "winograd")}
	w.transform("Input", "the input's, Bᵀ·d·B of 6x6 pixels", 6, 6, func(d []VecVirtual) []VecVirtual {
		near, far := w.sum(d[4], -4, d[2]), w.sum(d[3], -4, d[1])
		in, out := w.sum(d[4], -1, d[2]), w.sum(d[3], -1, d[1])
		return []VecVirtual{w.sum(w.sum(d[4], -5, d[2]), 4, d[0]), w.sum(near, 1, far), w.sum(near, -1, far),
			w.sum(in, 2, out), w.sum(in, -2, out), w.sum(w.sum(d[5], -5, d[3]), 4, d[1])}
	})
	w.transform("Output", "the output's, Aᵀ·m·A, which is 4x4 pixels", 6, 4, func(m []VecVirtual) []VecVirtual {
		s, d, u, t := w.sum(m[1], 1, m[2]), w.sum(m[1], -1, m[2]), w.sum(m[3], 1, m[4]), w.sum(m[3], -1, m[4])
		return []VecVirtual{w.sum(w.sum(m[0], 1, s), 1, u), w.sum(d, 2, t), w.sum(s, 4, u), w.sum(w.sum(m[5], 1, d), 8, t)}
	})
	w.transform("Weights", "the weights', G·g·Gᵀ of 3x3 taps", 3, 6, func(g []VecVirtual) []VecVirtual {
		p, q := w.times(-1./6, w.sum(g[0], 1, g[2])), w.times(-1./6, g[1])
		r, t := w.sum(w.times(1./24, g[0]), 1./6, g[2]), w.times(1./12, g[1])
		return []VecVirtual{w.times(1./4, g[0]), w.sum(p, 1, q), w.sum(p, -1, q), w.sum(r, 1, t), w.sum(r, -1, t), g[2]}
	})
	w.transform("Gradient", "the output gradient's, A·y·Aᵀ of 4x4 pixels", 4, 6, func(y []VecVirtual) []VecVirtual {
		e, o := w.sum(y[0], 1, y[2]), w.sum(y[1], 1, y[3])
		e4, o8 := w.sum(y[0], 4, y[2]), w.times(2, w.sum(y[1], 4, y[3]))
		return []VecVirtual{y[0], w.sum(e, 1, o), w.sum(e, -1, o), w.sum(e4, 1, o8), w.sum(e4, -1, o8), y[3]}
	})
	w.transform("WeightsGradient", "the weights gradient's, Gᵀ·u·G, which is 3x3 taps", 6, 3, func(u []VecVirtual) []VecVirtual {
		s, d := w.times(-1./6, w.sum(u[1], 1, u[2])), w.sum(u[2], -1, u[1])
		t, e := w.sum(u[3], 1, u[4]), w.sum(u[3], -1, u[4])
		return []VecVirtual{w.sum(w.sum(s, 1./4, u[0]), 1./24, t), w.sum(w.times(1./6, d), 1./12, e), w.sum(w.sum(s, 1./6, t), 1, u[5])}
	})
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
		VFMADD231PS(w.single(k), b, y)
	}
	return y
}

// times is k·a, in a new vector.
func (w *transformer) times(k float64, a VecVirtual) VecVirtual {
	y := w.vec()
	VMULPS(w.single(k), a, y)
	return y
}

func (w *transformer) single(k float64) Mem {
	return w.of(k).(Mem)
}

// transform writes the function that applies f to the columns and then to the rows of tiles of in x in elements, which
// makes them out x out. What is between lies in space, as there are not enough registers.
func (w *transformer) transform(name, what string, in, out int, f func([]VecVirtual) []VecVirtual) {
	TEXT("winograd"+name+w.name, NOSPLIT, "func(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol int, space *float32, c int)")
	Doc("winograd"+name+w.name+" is Winograd's transformation of "+what+", for each of c channels. Rows and",
		"columns of the tiles lie dstRow and dstCol, srcRow and srcCol numbers apart; space is for 36 vectors.")
	Pragma("noescape")
	dst, src, space := Load(Param("dst"), GP64()), Load(Param("src"), GP64()), Load(Param("space"), GP64())
	dstRow, dstCol := Load(Param("dstRow"), GP64()), Load(Param("dstCol"), GP64())
	srcRow, srcCol := Load(Param("srcRow"), GP64()), Load(Param("srcCol"), GP64())
	for _, r := range []Register{dstRow, dstCol, srcRow, srcCol} {
		SHLQ(U8(2), r)
	}
	c := Load(Param("c"), GP64())
	between := func(row, col int) Mem { return Mem{Base: space, Disp: 4 * w.lanes * (row*in + col)} }
	// lines goes along n lines of m numbers: lines are outer apart, numbers inner.
	lines := func(base, outer, inner Register, n, m int, line func(i int, along func(each func(j int, at Mem)))) {
		first := GP64()
		MOVQ(base, first)
		for i := range n {
			line(i, func(each func(j int, at Mem)) {
				at := GP64()
				MOVQ(first, at)
				for j := range m {
					each(j, Mem{Base: at})
					if j+1 < m {
						ADDQ(inner, at)
					}
				}
			})
			if i+1 < n {
				ADDQ(outer, first)
			}
		}
	}
	w.vectors(c, w.lanes, "channels", func(m mask, _ string) {
		lines(src, srcCol, srcRow, in, in, func(col int, along func(func(int, Mem))) {
			var x []VecVirtual
			along(func(_ int, at Mem) {
				r := w.vec()
				w.load(at, r, m)
				x = append(x, r)
			})
			for row, r := range f(x) {
				VMOVUPS(r, between(row, col))
			}
		})
		lines(dst, dstRow, dstCol, out, out, func(row int, along func(func(int, Mem))) {
			var x []VecVirtual
			for col := range in {
				r := w.vec()
				VMOVUPS(between(row, col), r)
				x = append(x, r)
			}
			y := f(x)
			along(func(j int, at Mem) { w.store(y[j], at, m) })
		})
	}, func() { advance(4*w.lanes, dst, src) })
	VZEROUPPER()
	RET()
}
