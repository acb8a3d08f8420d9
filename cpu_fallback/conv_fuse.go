package cpu

// maxPool pools the band's rows into Y and Arg.
func (b *band) maxPool() {
	w, rowSize := b.OutW/b.pool, b.OutW*b.K
	for i := 0; i < b.rows; i += b.pool {
		at := (b.from + i) / b.pool * w * b.K
		corner := b.unpooled[i*rowSize:]
		for range w {
			var won []uint8
			if b.arg != nil {
				won = b.arg[at:][:b.K]
			}
			best := b.y[at:][:b.K]
			if b.pool == 2 {
				maxOfFour(best, won, corner, corner[b.K:], corner[rowSize:], corner[rowSize+b.K:])
			} else {
				copy(best, corner)
				clear(won)
				for p := 1; p < b.pool*b.pool; p++ {
					takeMax(best, won, corner[p/b.pool*rowSize+p%b.pool*b.K:][:b.K], uint8(p))
				}
			}
			at += b.K
			corner = corner[b.pool*b.K:]
		}
	}
}

// maxOfFour is takeMax over a 2x2 window in one go.
func maxOfFour(best []float32, won []uint8, x0, x1, x2, x3 []float32) {
	n := len(best)
	x0, x1, x2, x3 = x0[:n], x1[:n], x2[:n], x3[:n]
	if won == nil {
		for i := range best {
			best[i] = max(x0[i], x1[i], x2[i], x3[i])
		}
		return
	}
	won = won[:n]
	for i := range best {
		a, b, c, d := x0[i], x1[i], x2[i], x3[i]
		w, lower := uint32(0), uint32(2)
		if b > a {
			w = 1
		}
		if d > c {
			lower = 3
		}
		above, below := max(a, b), max(c, d)
		if below > above {
			w = lower
		}
		m := max(above, below)
		best[i], won[i] = m, uint8(w)
		if m != m {
			won[i] = firstNaN(a, b, c)
		}
	}
}

// firstNaN is the place of the first NaN among four, one of which is.
func firstNaN(a, b, c float32) uint8 {
	switch {
	case a != a:
		return 0
	case b != b:
		return 1
	case c != c:
		return 2
	}
	return 3
}
