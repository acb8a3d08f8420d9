package main

import "fmt"

// turn writes the copies and transpositions that pack panels.
func turn(p *program) {
	copyRows(p, 6)
	copyRows(p, 16)
	p.function("turn4NEON", "is dst[k·w + r] = src[r·ld + k] for r < 4 and k < 4·blocks.",
		"dst *float32, w int, src *float32, ld int, blocks int", "")
	dst, w, ld, blocks := p.param("dst"), p.param("w"), p.param("ld"), p.param("blocks")
	row := [4]reg{p.param("src"), p.take(), p.take(), p.take()}
	p.op("LSL", "$2", w)
	p.op("LSL", "$2", ld)
	for i := range 3 {
		p.op("ADD", ld, row[i], row[i+1])
	}
	p.label("block")
	p.op("CBZ", blocks, "end")
	for i, r := range row {
		p.op("FMOVQ.P", at(r, 16), f(vec(i)))
	}
	for i := range vec(2) { // pairs of rows: even columns, odd columns
		p.word(trn1, 4+i, 2*i, 2*i+1)
		p.word(trn2, 6+i, 2*i, 2*i+1)
	}
	p.word(zip1, 0, 4, 5)
	p.word(zip1, 1, 6, 7)
	p.word(zip2, 2, 4, 5)
	p.word(zip2, 3, 6, 7)
	for i := range vec(4) {
		p.op("FMOVQ", f(i), at(dst, 0))
		p.op("ADD", w, dst)
	}
	p.op("SUB", "$1", blocks)
	p.op("B", "block")
	p.label("end")
	p.op("RET")
}

// copyRows copies rows of w numbers.
func copyRows(p *program, w int) {
	p.function(fmt.Sprintf("copy%dNEON", w), fmt.Sprintf("is dst[k·step + i] = src[k·ld + i] for i < %d and k < rows.", w),
		"dst *float32, step int, src *float32, ld, rows int", "")
	dst, step, src, ld, rows := p.param("dst"), p.param("step"), p.param("src"), p.param("ld"), p.param("rows")
	p.op("LSL", "$2", step)
	p.op("LSL", "$2", ld)
	v := vectors(0, w/4)
	rest := vec(w / 4)
	p.label("row")
	p.op("CBZ", rows, "end")
	p.load(src, v...)
	if w%4 == 2 {
		p.op("FMOVD", at(src, 16*len(v)), f(rest))
	}
	p.store(dst, v...)
	if w%4 == 2 {
		p.op("FMOVD", f(rest), at(dst, 16*len(v)))
	}
	p.op("ADD", ld, src)
	p.op("ADD", step, dst)
	p.op("SUB", "$1", rows)
	p.op("B", "row")
	p.label("end")
	p.op("RET")
}
