package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// row writes the function of the form in one dimension, F(4, 3), that applies groups to a row of tiles of in pixels.
func (w *transformer) row(name, what string, in int, groups []group) {
	arguments := "dst *float32, apart, tile int, src *float32, pixel, tiles, c int"
	doc := []string{"winogradRow" + name + w.name + " is Winograd's transformation of " + what + ", for each of c channels and of tiles",
		"tiles, which begin four pixels after each other and whose pixels lie pixel numbers apart. Element i of tile t's result is at",
		"dst[i*apart+t*tile:]."}
	TEXT("winogradRow"+name+w.name, NOSPLIT, "func("+arguments+")")
	Doc(doc...)
	Pragma("noescape")
	w.hold(true, func() {
		dst, apart, tile := Load(Param("dst"), GP64()), Load(Param("apart"), GP64()), Load(Param("tile"), GP64())
		src, pixel, c := Load(Param("src"), GP64()), Load(Param("pixel"), GP64()), Load(Param("c"), GP64())
		for _, r := range []Register{apart, tile, pixel} {
			SHLQ(U8(2), r)
		}
		w.vectors(c, w.lanes, "channels", func(m mask, name string) {
			to, from, n := GP64(), GP64(), Load(Param("tiles"), GP64())
			MOVQ(dst, to)
			MOVQ(src, from)
			Label(name + "Tile")
			toSecond, fromSecond := GP64(), GP64()
			LEAQ(Mem{Base: to, Index: apart, Scale: 1}, toSecond)
			LEAQ(Mem{Base: from, Index: pixel, Scale: 1}, fromSecond)
			x := make([]VecVirtual, in)
			for i := range x {
				x[i] = w.vec()
				w.load(along(from, fromSecond, pixel, i), x[i], m)
			}
			for _, g := range groups {
				for k, v := range g.f(func(i int) VecVirtual { return x[i] }) {
					w.store(v, along(to, toSecond, apart, g.to[k]), m)
				}
			}
			ADDQ(tile, to)
			LEAQ(Mem{Base: from, Index: pixel, Scale: 4}, from)
			DECQ(n)
			JNZ(LabelRef(name + "Tile"))
		}, func() { advance(4*w.lanes, dst, src) })
	}, func() {})
}
