package main

import "fmt"

// thin writes the passes over a matrix that is multiplied by few vectors.
func thin(p *program) {
	for _, rows := range []int{8, 1} {
		addRows(p, rows)
	}
	for rows := 1; rows <= 4; rows++ {
		dots(p, rows)
	}
}

// addRows has a number of a in lane 0 of a vector for each row.
func addRows(p *program, rows int) {
	p.function(fmt.Sprintf("addRows%dNEON", rows), fmt.Sprintf("is y[j] += Σ a[i·step]·x[i·ld + j] over i < %d·times, for j < n.", rows),
		"y *float32, n int, x *float32, ld int, a *float32, step, times int", "")
	y, n, x, ld, a, step, times := p.param("y"), p.param("n"), p.param("x"), p.param("ld"), p.param("a"), p.param("step"), p.param("times")
	to, left := p.take(), p.take()
	row := make([]reg, rows)
	for i := range row {
		row[i] = p.take()
	}
	p.op("LSL", "$2", ld)
	p.op("LSL", "$2", step)
	p.label("rows")
	p.op("CBZ", times, "end")
	for i, r := range row {
		p.op("FMOVS", at(a, 0), f(16+vec(i)))
		p.op("ADD", step, a)
		p.op("MOVD", x, r)
		p.op("ADD", ld, x)
	}
	p.op("MOVD", y, to)
	p.op("MOVD", n, left)
	for _, s := range []struct {
		label, next string
		vectors     int
		lanes
	}{{"several", "vector", 2, 4}, {"vector", "single", 1, 4}, {"single", "added", 1, 1}} {
		count := s.vectors * int(s.lanes)
		p.label(s.label)
		p.op("CMP", number(count), left)
		p.op("BLT", s.next)
		for v := range s.vectors {
			p.get(s.lanes, at(to, 16*v), vec(v))
		}
		for i, r := range row {
			for v := range s.vectors {
				in := 2 + vec(2*(i%4)+v)
				p.get(s.lanes, at(r, 16*v), in)
				p.word(fmla0, vec(v), in, 16+vec(i))
			}
		}
		for v := range s.vectors {
			p.put(s.lanes, vec(v), at(to, 16*v))
		}
		p.advance(4*count, append(row[:rows:rows], to)...)
		p.op("SUB", number(count), left)
		p.op("B", s.label)
	}
	p.label("added")
	p.op("SUB", "$1", times)
	p.op("B", "rows")
	p.label("end")
	p.op("RET")
}

// dots keeps the sums of rows x 4 products in vectors, whose lanes are added up at the end.
func dots(p *program, rows int) {
	p.function(fmt.Sprintf("dots%dNEON", rows), fmt.Sprintf("is y[i·ldy + j] = Σ a[i·lda + l]·x[j·ldx + l] over l < k, for i < %d and j < 4·times.", rows),
		"y *float32, ldy int, a *float32, lda int, x *float32, ldx, k, times int", "")
	y, ldy, lda, x, ldx, k, times := p.param("y"), p.param("ldy"), p.param("lda"), p.param("x"), p.param("ldx"), p.param("k"), p.param("times")
	left, to := p.take(), p.take()
	var ra, rx []reg
	for range rows {
		ra = append(ra, p.take())
	}
	for range 4 {
		rx = append(rx, p.take())
	}
	for _, r := range []reg{ldy, lda, ldx} {
		p.op("LSL", "$2", r)
	}
	acc := func(i, j int) vec { return vec(4*i + j) }
	va, vx := vec(16), vec(20)
	p.label("columns")
	p.op("CBZ", times, "end")
	p.op("MOVD", p.frame["a"].at, ra[0])
	for i := 1; i < rows; i++ {
		p.op("ADD", lda, ra[i-1], ra[i])
	}
	for _, r := range rx {
		p.op("MOVD", x, r)
		p.op("ADD", ldx, x)
	}
	p.zero(vectors(0, 4*rows)...)
	p.op("MOVD", k, left)
	for _, s := range []struct {
		label, next string
		lanes
	}{{"vector", "single", 4}, {"single", "added", 1}} {
		p.label(s.label)
		p.op("CMP", number(int(s.lanes)), left)
		p.op("BLT", s.next)
		for i, r := range ra {
			p.get(s.lanes, at(r, 0), va+vec(i))
		}
		for j, r := range rx {
			p.get(s.lanes, at(r, 0), vx+vec(j))
		}
		for i := range rows {
			for j := range 4 {
				p.word(fmla, acc(i, j), va+vec(i), vx+vec(j))
			}
		}
		p.advance(4*int(s.lanes), ra...)
		p.advance(4*int(s.lanes), rx...)
		p.op("SUB", number(int(s.lanes)), left)
		p.op("B", s.label)
	}
	p.label("added")
	p.op("MOVD", y, to)
	for i := range rows {
		p.word(faddp4, acc(i, 0), acc(i, 0), acc(i, 1))
		p.word(faddp4, acc(i, 1), acc(i, 2), acc(i, 3))
		p.word(faddp4, acc(i, 0), acc(i, 0), acc(i, 1))
		p.op("FMOVQ", f(acc(i, 0)), at(to, 0))
		p.op("ADD", ldy, to)
	}
	p.advance(16, y)
	p.op("SUB", "$1", times)
	p.op("B", "columns")
	p.label("end")
	p.op("RET")
}
