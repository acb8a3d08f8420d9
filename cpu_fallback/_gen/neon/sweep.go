package main

import "fmt"

// lanes is how many numbers are worked on at once: four, or at an end one, which stands in a vector with zeros above it.
type lanes int

func (p *program) get(l lanes, from string, v vec) {
	p.op(map[lanes]string{4: "FMOVQ", 1: "FMOVS"}[l], from, f(v))
}

func (p *program) put(l lanes, v vec, to string) {
	p.op(map[lanes]string{4: "FMOVQ", 1: "FMOVS"}[l], f(v), to)
}

// some is a body's view of the elements that it works on.
type some struct {
	*program
	lanes
	ptr    []reg
	offset int // of the first, in bytes
	v      vec // the first of the registers that it may use
}

func (s *some) in(i int, v vec)  { s.get(s.lanes, at(s.ptr[i], s.offset), v) }
func (s *some) out(i int, v vec) { s.put(s.lanes, v, at(s.ptr[i], s.offset)) }

// sweep runs body over the n elements at the pointers: several vectors at a time, each in use registers, then one vector,
// then what is left. Each body's registers follow those of the one before.
func (p *program) sweep(names []string, several, use int, body func(s *some)) {
	var ptr []reg
	for _, name := range names {
		ptr = append(ptr, p.param(name))
	}
	n := p.param("n")
	for _, step := range []struct {
		label, next string
		vectors     int
		lanes
	}{{"several", "vector", several, 4}, {"vector", "single", 1, 4}, {"single", "end", 1, 1}} {
		count := step.vectors * int(step.lanes)
		p.label(step.label)
		p.op("CMP", number(count), n)
		p.op("BLT", step.next)
		for i := range step.vectors {
			body(&some{p, step.lanes, ptr, 16 * i, vec(i * use)})
		}
		p.advance(4*count, ptr...)
		p.op("SUB", number(count), n)
		p.op("B", step.label)
	}
	p.label("end")
}

func (p *program) advance(bytes int, ptr ...reg) {
	for _, r := range ptr {
		p.op("ADD", number(bytes), r)
	}
}

// columns is a function over rows of w columns that follow each other, or lie stride apart, being written. It keeps the
// numbers of a vector of columns in registers while it goes down the rows.
type columns struct {
	*program
	lanes
	stride       reg // bytes from row to row
	column, cell []reg
	left         reg
	here         []reg
}

// down runs body for the columns, four and then one at a time, and at the end moves the pointers on: to numbers of columns,
// of size[i] bytes, and to rows.
func (p *program) columns(stride string, column []string, size []int, cell []string, body func(c *columns)) {
	c := &columns{program: p}
	for _, name := range column {
		c.column = append(c.column, p.param(name))
	}
	for _, name := range cell {
		c.cell = append(c.cell, p.param(name))
		c.here = append(c.here, p.take())
	}
	w := p.param("w")
	c.stride, c.left = w, p.take()
	if stride == "w" {
		c.stride = p.take()
		p.op("LSL", "$2", w, c.stride)
	} else {
		c.stride = p.param(stride)
		p.op("LSL", "$2", c.stride)
	}
	for _, c.lanes = range []lanes{4, 1} {
		label, next := "columns4", "columns1"
		if c.lanes == 1 {
			label, next = "columns1", "end"
		}
		p.label(label)
		p.op("CMP", number(int(c.lanes)), w)
		p.op("BLT", next)
		body(c)
		for i, r := range c.column {
			p.advance(int(c.lanes)*size[i], r)
		}
		p.advance(int(c.lanes)*4, c.cell...)
		p.op("SUB", number(int(c.lanes)), w)
		p.op("B", label)
	}
	p.label("end")
	p.op("RET")
}

// down runs body for rows below the present columns, step of them at a time and then one at a time. body gets how many, and
// a function that loads a number of the next row: of each cell pointer, before the pointers go on.
func (c *columns) down(step int, body func(rows int)) {
	c.op("MOVD", c.frame["rows"].at, c.left)
	for i, r := range c.cell {
		c.op("MOVD", r, c.here[i])
	}
	for _, n := range []int{step, 1} {
		label, next := fmt.Sprintf("down%d_%d", n, c.lanes), fmt.Sprintf("down1_%d", c.lanes)
		if n == 1 {
			next = fmt.Sprintf("below_%d", c.lanes)
		}
		c.label(label)
		c.op("CMP", number(n), c.left)
		c.op("BLT", next)
		body(n)
		c.op("SUB", number(n), c.left)
		c.op("B", label)
		if n == 1 {
			c.label(next)
		}
	}
}

// row is a number of the present row of cell pointer i.
func (c *columns) row(i int, v vec) { c.get(c.lanes, at(c.here[i], 0), v) }

// next goes to the next row.
func (c *columns) next() {
	for _, h := range c.here {
		c.op("ADD", c.stride, h)
	}
}

// widen is v's numbers as float64s, two in low and two in high. A single number has no high.
func (p *program) widen(l lanes, v, low, high vec) {
	p.word(fcvtl, low, v)
	if l == 4 {
		p.word(fcvtl2, high, v)
	}
}

// both writes an instruction for both halves of numbers in float64, whose registers follow each other.
func (p *program) both(l lanes, i instruction, d, n, m vec) {
	p.word(i, d, n, m)
	if l == 4 {
		p.word(i, d+1, n+1, m+1)
	}
}

// addDoubles adds v and v+1 to the float64s at base.
func (c *columns) addDoubles(base reg, v, temp vec) {
	if c.lanes == 1 {
		c.op("FMOVD", at(base, 0), f(temp))
		c.word(fadd2, v, v, temp)
		c.op("FMOVD", f(v), at(base, 0))
		return
	}
	c.op("FLDPQ", at(base, 0), pair(temp, temp+1))
	c.both(4, fadd2, v, v, temp)
	c.op("FSTPQ", pair(v, v+1), at(base, 0))
}
