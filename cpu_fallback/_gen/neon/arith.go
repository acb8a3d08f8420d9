package main

// arith writes rectifiers, arithmetic on two rows, sums, and the optimiser Adam.
func arith(p *program) {
	p.function("reluNEON", "is y = x where x > 0 or NaN, else 0.", "y, x *float32, n int", "")
	zero := vec(31)
	p.zero(zero)
	p.sweep([]string{"y", "x"}, 4, 1, func(s *some) {
		s.in(1, s.v)
		s.word(fmax, s.v, s.v, zero)
		s.out(0, s.v)
	})
	p.op("RET")
	p.function("reluGradNEON", "is dx = dy where y > 0 or NaN, else 0.", "dx, dy, y *float32, n int", "")
	p.sweep([]string{"dx", "dy", "y"}, 4, 2, func(s *some) {
		s.in(1, s.v)
		s.in(2, s.v+1)
		s.word(fcmle, s.v+1, s.v+1)
		s.word(bic, s.v, s.v, s.v+1)
		s.out(0, s.v)
	})
	p.op("RET")
	for _, a := range []struct {
		name, sign string
		instruction
	}{{"add", "+", fadd}, {"sub", "-", fsub}, {"mul", "·", fmul}, {"div", "/", fdiv}} {
		p.function(a.name+"NEON", "is y = a "+a.sign+" b.", "y, a, b *float32, n int", "")
		p.sweep([]string{"y", "a", "b"}, 4, 2, func(s *some) {
			s.in(1, s.v)
			s.in(2, s.v+1)
			s.word(a.instruction, s.v, s.v, s.v+1)
			s.out(0, s.v)
		})
		p.op("RET")
	}
	p.function("scaleNEON", "is y = a·x.", "y, x *float32, a float32, n int", "")
	factor := vec(31)
	p.op("FMOVS", p.frame["a"].at, f(factor))
	p.op("VDUP", "V31.S[0]", s4(factor))
	p.sweep([]string{"y", "x"}, 4, 1, func(s *some) {
		s.in(1, s.v)
		s.word(fmul, s.v, s.v, factor)
		s.out(0, s.v)
	})
	p.op("RET")
	sums(p)
	adam(p)
}

// sums writes the sums of rows and of columns, of numbers and of squares, in float64.
func sums(p *program) {
	// add adds x, and x+1 if there are four numbers, to sum and sum+1.
	add := func(l lanes, squares bool, x, sum vec) {
		if squares {
			p.both(l, fmla2, sum, x, x)
		} else {
			p.both(l, fadd2, sum, sum, x)
		}
	}
	for _, kind := range []struct {
		squares   bool
		name, doc string
	}{{false, "Sum", "numbers"}, {true, "Squares", "squares of n numbers"}} {
		doc := "is the sum of n numbers."
		if kind.squares {
			doc = "is the sum of the squares of n numbers."
		}
		p.function("row"+kind.name+"NEON", doc, "x *float32, n int", "float64")
		sum := vec(24)
		p.zero(vectors(sum, 8)...)
		p.sweep([]string{"x"}, 4, 3, func(s *some) {
			s.in(0, s.v+2)
			s.widen(s.lanes, s.v+2, s.v, s.v+1)
			add(s.lanes, kind.squares, s.v, sum+vec(s.offset/8))
		})
		for n := vec(4); n > 0; n /= 2 {
			for v := range n {
				p.word(fadd2, sum+v, sum+v, sum+v+n)
			}
		}
		p.word(faddp, sum, sum)
		p.op("FMOVD", f(sum), p.frame["ret"].at)
		p.op("RET")
	}
	for _, squares := range []bool{false, true} {
		name, doc := "columnSumsNEON", "adds n rows of w numbers of x, stride numbers apart, to sum."
		if squares {
			name, doc = "columnSquaresNEON", "adds the squares of n rows of w numbers of x, stride numbers apart, to sum."
		}
		p.function(name, doc, "sum *float64, x *float32, w, rows, stride int", "")
		p.columns("stride", []string{"sum"}, []int{8}, []string{"x"}, func(c *columns) {
			sum := vec(16) // two of them, two registers each
			c.zero(vectors(sum, 4)...)
			c.down(4, func(rows int) {
				for r := range vec(rows) {
					c.row(0, 3*r+2)
					c.next()
					c.widen(c.lanes, 3*r+2, 3*r, 3*r+1)
					add(c.lanes, squares, 3*r, sum+r%2*2)
				}
			})
			c.both(c.lanes, fadd2, sum, sum, sum+2)
			c.addDoubles(c.column[0], sum, 0)
		})
	}
}

// adam has its numbers in the order of fastAdam's.
func adam(p *program) {
	const scale, low, high, shrink, decay, new1, beta2, new2, rate, root, eps vec = 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26
	p.function("adamNEON", "is a step of Adam; k are fastAdam's numbers.", "p, grad, s1, s2, k *float32, n int", "")
	k := p.param("k")
	for v := scale; v <= eps; v++ {
		p.op("VLD1R.P", "4("+k.String()+")", "["+s4(v)+"]")
	}
	p.sweep([]string{"p", "grad", "s1", "s2"}, 2, 8, func(s *some) {
		w, g, s1, s2, step, sq, below := s.v, s.v+1, s.v+2, s.v+3, s.v+4, s.v+5, s.v+6
		for i := range 4 {
			s.in(i, s.v+vec(i))
		}
		s.word(fmul, g, g, scale)
		s.word(fmax, g, g, low)
		s.word(fmin, g, g, high)
		s.word(fmla, g, w, decay)
		s.word(fmls, w, w, shrink)
		s.word(fsub, step, g, s1)
		s.word(fmla, s1, step, new1)
		s.out(2, s1)
		s.word(fmul, sq, g, new2)
		s.word(fmul, sq, sq, g)
		s.word(fmla, sq, s2, beta2)
		s.out(3, sq)
		s.word(fsqrt, sq, sq)
		s.move(eps, below)
		s.word(fmla, below, sq, root)
		s.word(fmul, s1, s1, rate)
		s.word(fdiv, s1, s1, below)
		s.word(fsub, w, w, s1)
		s.out(0, w)
	})
	p.op("RET")
}
