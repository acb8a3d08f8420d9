package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// arith writes arithmetic on two rows, sums, and the optimiser Adam.
func arith(v isa) {
	for _, f := range []struct {
		name, sign string
		op         func(b, a, y VecVirtual)
	}{
		{"add", "+", func(b, a, y VecVirtual) { VADDPS(b, a, y) }},
		{"sub", "-", func(b, a, y VecVirtual) { VSUBPS(b, a, y) }},
		{"mul", "·", func(b, a, y VecVirtual) { VMULPS(b, a, y) }},
		{"div", "/", func(b, a, y VecVirtual) { VDIVPS(b, a, y) }},
	} {
		TEXT(f.name+v.name, NOSPLIT, "func(y, a, b *float32, n int)")
		Doc(f.name + v.name + " is y = a " + f.sign + " b.")
		Pragma("noescape")
		v.sweep([]string{"y", "a", "b"}, v.lanes, 4, func(at []Mem, m mask) {
			a, b := v.vec(), v.vec()
			v.load(at[1], a, m)
			v.load(at[2], b, m)
			f.op(b, a, a)
			v.store(a, at[0], m)
		})
		VZEROUPPER()
		RET()
	}
	TEXT("scale"+v.name, NOSPLIT, "func(y, x *float32, a float32, n int)")
	Doc("scale" + v.name + " is y = a·x.")
	Pragma("noescape")
	a := v.vec()
	VBROADCASTSS(NewParamAddr("a", 16), a)
	v.sweep([]string{"y", "x"}, v.lanes, 4, func(at []Mem, m mask) {
		x := v.vec()
		v.load(at[1], x, m)
		VMULPS(a, x, x)
		v.store(x, at[0], m)
	})
	VZEROUPPER()
	RET()
	rowSum(v, "rowSum", "the sum", func(x, sum VecVirtual) { VADDPD(x, sum, sum) })
	rowSum(v, "rowSquares", "the sum of the squares", func(x, sum VecVirtual) { VFMADD231PD(x, x, sum) })
	columnSum(v, "columnSums", "adds the rows of x to sum.", func(x, sum VecVirtual) { VADDPD(x, sum, sum) })
	columnSum(v, "columnSquares", "adds the squares of the rows of x to sum.", func(x, sum VecVirtual) { VFMADD231PD(x, x, sum) })
	adam(v)
}

func rowSum(v isa, name, doc string, add func(x, sum VecVirtual)) {
	TEXT(name+v.name, NOSPLIT, "func(sum *float64, x *float32, n, rows int)")
	Doc(name + v.name + " sets sum to " + doc + " of each of the rows of n.")
	Pragma("noescape")
	to, from, rows := Load(Param("sum"), GP64()), Load(Param("x"), GP64()), Load(Param("rows"), GP64())
	Label("row")
	var sum [8]VecVirtual // as many as additions are under way at once
	for i := range sum {
		sum[i] = v.vec()
		v.zero(sum[i])
	}
	next := 0
	v.along([]Register{from}, v.lanes/2, len(sum), func(at []Mem, m mask) {
		add(v.widened(at[0], m), sum[next%len(sum)])
		next++
	})
	n := Load(Param("n"), GP64())
	ANDQ(I32(v.lanes/2-1), n) // what the last vector had
	LEAQ(Mem{Base: from, Index: n, Scale: 4}, from)
	for n := len(sum) / 2; n > 0; n /= 2 {
		for i := range n {
			VADDPD(sum[i+n], sum[i], sum[i])
		}
	}
	v.fold(sum[0], func(a, b, to VecVirtual) { VADDPD(a, b, to) }, 8)
	VMOVSD(sum[0].AsX(), Mem{Base: to})
	ADDQ(U8(8), to)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// columnSum has its rows stride numbers apart, as they may be part of longer ones.
func columnSum(v isa, name, doc string, add func(x, sum VecVirtual)) {
	p := v.begin(name, "func(sum *float64, x *float32, w, rows, stride int)", doc, []string{"sum"}, []string{"x"})
	Load(Param("stride"), p.stride)
	SHLQ(U8(2), p.stride)
	lanes := v.lanes / 2
	p.blocks(lanes, []int{8, 4, 2}, []int{8}, func(vectors int, m mask, name string) {
		chains := max(2, vectors)
		sum := make([]VecVirtual, chains)
		for i := range sum {
			sum[i] = v.vec()
			v.zero(sum[i])
		}
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				for i := range vectors {
					add(v.widened(at(0, r).Offset(4*lanes*i), m), sum[(r*vectors+i)%chains])
				}
			}
		})
		if vectors == 1 {
			VADDPD(sum[1], sum[0], sum[0])
		}
		for i := range vectors {
			v.addDoubles(sum[i], Mem{Base: p.column[0], Disp: 8 * lanes * i}, m)
		}
	})
}

// adam has its numbers in the order of fastAdam's. AVX2 has no registers for all of them, and loads what it does not multiply by.
func adam(v isa) {
	TEXT("adam"+v.name, NOSPLIT, "func(p, grad, s1, s2, k *float32, n int)")
	Doc("adam" + v.name + " is a step of Adam; k are fastAdam's numbers.")
	Pragma("noescape")
	const scale, low, high, shrink, decay, new1, beta2, new2, rate, root, eps, all = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	from := Load(Param("k"), GP64())
	broadcast := func(i int) VecVirtual {
		r := v.vec()
		VBROADCASTSS(Mem{Base: from, Disp: 4 * i}, r)
		return r
	}
	var held [all]VecVirtual
	for i := range held {
		if rare := i == low || i == high || i == eps; v.lanes == 16 || !rare {
			held[i] = broadcast(i)
		}
	}
	k := func(i int) VecVirtual {
		if held[i] == nil {
			return broadcast(i)
		}
		return held[i]
	}
	v.sweep([]string{"p", "grad", "s1", "s2"}, v.lanes, 1, func(at []Mem, m mask) {
		p, g, s1, s2 := v.vec(), v.vec(), v.vec(), v.vec()
		for i, r := range []VecVirtual{p, g, s1, s2} {
			v.load(at[i], r, m)
			if m.op == nil {
				PREFETCHT0(at[i].Offset(1024)) // of four streams the processor does not foresee enough
			}
		}
		VMULPS(k(scale), g, g)
		VMAXPS(g, k(low), g) // the second source where either is NaN
		VMINPS(g, k(high), g)
		VFMADD231PS(k(decay), p, g)
		VFNMADD231PS(k(shrink), p, p)
		step, sq := v.vec(), v.vec()
		VSUBPS(s1, g, step)
		VFMADD231PS(k(new1), step, s1)
		v.store(s1, at[2], m)
		VMULPS(k(new2), g, sq)
		VMULPS(g, sq, sq)
		VFMADD231PS(k(beta2), s2, sq)
		v.store(sq, at[3], m)
		VSQRTPS(sq, sq)
		VFMADD213PS(k(eps), k(root), sq)
		VMULPS(k(rate), s1, s1)
		VDIVPS(sq, s1, s1)
		VSUBPS(s1, p, p)
		v.store(p, at[0], m)
	})
	VZEROUPPER()
	RET()
}
