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
	rowSum(v, "rowSum", "the sum of n numbers", func(x, sum VecVirtual) { VADDPD(x, sum, sum) })
	rowSum(v, "rowSquares", "the sum of the squares of n numbers", func(x, sum VecVirtual) { VFMADD231PD(x, x, sum) })
	columnSum(v, "columnSums", "adds the rows of x to sum.", func(x, sum VecVirtual) { VADDPD(x, sum, sum) })
	columnSum(v, "columnSquares", "adds the squares of the rows of x to sum.", func(x, sum VecVirtual) { VFMADD231PD(x, x, sum) })
	adam(v)
}

func rowSum(v isa, name, doc string, add func(x, sum VecVirtual)) {
	TEXT(name+v.name, NOSPLIT, "func(x *float32, n int) float64")
	Doc(name + v.name + " is " + doc + ".")
	Pragma("noescape")
	var sum [4]VecVirtual
	for i := range sum {
		sum[i] = v.vec()
		v.zero(sum[i])
	}
	next := 0
	v.sweep([]string{"x"}, v.lanes/2, 4, func(at []Mem, m mask) {
		narrow, x := v.half(), v.vec()
		v.load(at[0], narrow, m)
		VCVTPS2PD(narrow, x)
		add(x, sum[next%4])
		next++
	})
	VADDPD(sum[1], sum[0], sum[0])
	VADDPD(sum[3], sum[2], sum[2])
	VADDPD(sum[2], sum[0], sum[0])
	v.fold(sum[0], func(a, b, to VecVirtual) { VADDPD(a, b, to) }, 8)
	Store(sum[0].AsX(), ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// columnSum has its rows stride numbers apart, as they may be part of longer ones.
func columnSum(v isa, name, doc string, add func(x, sum VecVirtual)) {
	p := v.begin(name, "func(sum *float64, x *float32, w, rows, stride int)", doc, []string{"sum"}, []string{"x"})
	Load(Param("stride"), p.stride)
	SHLQ(U8(2), p.stride)
	p.columns(v.lanes/2, []int{8}, func(m mask, name string) {
		sum := [2]VecVirtual{v.vec(), v.vec()}
		v.zero(sum[0])
		v.zero(sum[1])
		p.down(name, 4, func(rows int, at func(i, row int) Mem) {
			for r := range rows {
				narrow, x := v.half(), v.vec()
				v.load(at(0, r), narrow, m)
				VCVTPS2PD(narrow, x)
				add(x, sum[r%2])
			}
		})
		VADDPD(sum[1], sum[0], sum[0])
		v.addDoubles(sum[0], Mem{Base: p.column[0]}, m)
	})
}

// adam has its numbers in vectors of 16 floats, in the order of the type adamNumbers.
func adam(v isa) {
	TEXT("adam"+v.name, NOSPLIT, "func(p, grad, s1, s2 *float32, k *byte, n int)")
	Doc("adam" + v.name + " is a step of Adam; k is *adamNumbers.")
	Pragma("noescape")
	base := Load(Param("k"), GP64())
	k := func(i int) Mem { return Mem{Base: base, Disp: 64 * i} }
	const scale, low, high, shrink, decay, new1, beta2, new2, rate, root, eps = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
	v.sweep([]string{"p", "grad", "s1", "s2"}, v.lanes, 1, func(at []Mem, m mask) {
		p, g, s1, s2, limit := v.vec(), v.vec(), v.vec(), v.vec(), v.vec()
		for i, r := range []VecVirtual{p, g, s1, s2} {
			v.load(at[i], r, m)
		}
		VMULPS(k(scale), g, g)
		VMOVUPS(k(low), limit)
		VMAXPS(g, limit, g) // the second source where either is NaN
		VMOVUPS(k(high), limit)
		VMINPS(g, limit, g)
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
		VMOVUPS(k(eps), limit)
		VFMADD231PS(k(root), sq, limit)
		VMULPS(k(rate), s1, s1)
		VDIVPS(limit, s1, s1)
		VSUBPS(s1, p, p)
		v.store(p, at[0], m)
	})
	VZEROUPPER()
	RET()
}
