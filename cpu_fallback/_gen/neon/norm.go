package main

// norm writes the passes of batch normalisation over rows of w columns that follow each other.
func norm(p *program) {
	p.function("normMomentsNEON", "adds the rows of x, less pivot, to sum and their squares to sq.",
		"sum, sq *float64, pivot, x *float32, w, rows int", "")
	p.columns("w", []string{"sum", "sq", "pivot"}, []int{8, 8, 4}, []string{"x"}, func(c *columns) {
		sum, sq, pivot, narrow := vec(16), vec(20), vec(24), vec(26) // two sums, two registers each
		c.zero(vectors(sum, 8)...)
		c.get(c.lanes, at(c.column[2], 0), narrow)
		c.widen(c.lanes, narrow, pivot, pivot+1)
		c.down(4, func(rows int) {
			for r := range vec(rows) {
				d, x := 3*r, 3*r+2
				c.row(0, x)
				c.next()
				c.widen(c.lanes, x, d, d+1)
				c.both(c.lanes, fsub2, d, d, pivot)
				c.both(c.lanes, fadd2, sum+r%2*2, sum+r%2*2, d)
				c.both(c.lanes, fmla2, sq+r%2*2, d, d)
			}
		})
		for i, v := range []vec{sum, sq} {
			c.both(c.lanes, fadd2, v, v, v+2)
			c.addDoubles(c.column[i], v, 0)
		}
	})

	// Four rows are added up in float32 first: their rounding is that of a single product.
	p.function("normSumsNEON", "adds the rows of dz to sum and those of dz·(x - mean)·invstd to dot.",
		"sum, dot *float64, dz, x, mean, invstd *float32, w, rows int", "")
	p.columns("w", []string{"sum", "dot", "mean", "invstd"}, []int{8, 8, 4, 4}, []string{"dz", "x"}, func(c *columns) {
		sum, dot, mean, narrow, wide := vec(16), vec(18), vec(20), vec(21), vec(22)
		c.zero(vectors(sum, 4)...)
		c.get(c.lanes, at(c.column[2], 0), mean)
		c.down(4, func(rows int) {
			const s, d = 0, 1
			for r := range vec(rows) {
				dz, x := 2*r, 2*r+1
				c.row(0, dz)
				c.row(1, x)
				c.next()
				c.word(fsub, x, x, mean)
				if r == 0 {
					c.word(fmul, d, dz, x)
					continue
				}
				c.word(fmla, d, dz, x)
				c.word(fadd, s, s, dz)
			}
			for i, to := range []vec{sum, dot} {
				c.widen(c.lanes, vec(i), wide, wide+1)
				c.both(c.lanes, fadd2, to, to, wide)
			}
		})
		c.get(c.lanes, at(c.column[3], 0), narrow)
		c.widen(c.lanes, narrow, wide, wide+1)
		c.both(c.lanes, fmul2, dot, dot, wide)
		c.addDoubles(c.column[0], sum, 0)
		c.addDoubles(c.column[1], dot, 0)
	})

	p.function("normApplyNEON", "is y = (x - center)·gain + bias.", "y, x, center, gain, bias *float32, w, rows int", "")
	p.columns("w", []string{"center", "gain", "bias"}, []int{4, 4, 4}, []string{"y", "x"}, func(c *columns) {
		center, gain, bias := vec(16), vec(17), vec(18)
		for i := range 3 {
			c.get(c.lanes, at(c.column[i], 0), center+vec(i))
		}
		c.down(4, func(rows int) {
			for r := range vec(rows) {
				x, y := 2*r, 2*r+1
				c.row(1, x)
				c.word(fsub, x, x, center)
				c.move(bias, y)
				c.word(fmla, y, x, gain)
				c.put(c.lanes, y, at(c.here[0], 0))
				c.next()
			}
		})
	})

	p.function("normApplyBwdNEON", "is dx = dz·gain + (x - mean)·slope + bias.",
		"dx, dz, x, gain, mean, slope, bias *float32, w, rows int", "")
	p.columns("w", []string{"gain", "mean", "slope", "bias"}, []int{4, 4, 4, 4}, []string{"dx", "dz", "x"}, func(c *columns) {
		gain, mean, slope, bias := vec(16), vec(17), vec(18), vec(19)
		for i := range 4 {
			c.get(c.lanes, at(c.column[i], 0), gain+vec(i))
		}
		c.down(4, func(rows int) {
			for r := range vec(rows) {
				dz, x, dx := 3*r, 3*r+1, 3*r+2
				c.row(1, dz)
				c.row(2, x)
				c.word(fsub, x, x, mean)
				c.move(bias, dx)
				c.word(fmla, dx, x, slope)
				c.word(fmla, dx, dz, gain)
				c.put(c.lanes, dx, at(c.here[0], 0))
				c.next()
			}
		})
	})
}
