package cpu

// slabTile is the side of a tile of a transpose: as many cache lines as one set of L1 holds at the worst strides, and
// half of a line's float32 numbers.
const slabTile = 8

// slabBlock copies block i of b.
func slabBlock[T number](b *slabBox, y, x []T, i int, add bool) {
	outer, inner := i/b.blocksInner, i%b.blocksInner
	across := pieces(b.q.n, b.blockQ)
	p0, p1 := piece(inner/across, b.p.n, b.blockP)
	q0, q1 := piece(inner%across, b.q.n, b.blockQ)
	atY := b.offY + p0*b.p.y + q0*b.q.y
	atX := b.offX + p0*b.p.x + q0*b.q.x
	for d := b.rank - 1; d >= 0; d-- {
		a := b.outer[d]
		step := outer % a.n
		outer /= a.n
		atY += step * a.y
		atX += step * a.x
	}
	if !b.transposes() {
		for range p1 - p0 {
			slabRun(y, x, atY, atX, q1-q0, b.q, add)
			atY += b.p.y
			atX += b.p.x
		}
		return
	}
	for q := q0; q < q1; q += slabTile {
		n := min(slabTile, q1-q)
		u, v := atY, atX
		for range p1 - p0 {
			slabStrided(y, x, u, v, n, b.q, add)
			u += b.p.y
			v += b.p.x
		}
		atY += n * b.q.y
		atX += n * b.q.x
	}
}

// slabRun is one row of n elements.
func slabRun[T number](y, x []T, atY, atX, n int, q slabAxis, add bool) {
	switch {
	case q.y != 1 && n > 1:
		slabStrided(y, x, atY, atX, n, q, add)
	case q.x == 1 || n == 1:
		dst, src := y[atY:atY+n], x[atX:atX+n]
		if add {
			indexAdd(dst, src)
		} else {
			copy(dst, src)
		}
	case q.x == 0:
		v := x[atX]
		dst := y[atY : atY+n]
		if add {
			for i := range dst {
				dst[i] += v
			}
		} else {
			for i := range dst {
				dst[i] = v
			}
		}
	default:
		slabStrided(y, x, atY, atX, n, q, add)
	}
}

// slabStrided is one row of n elements, with any strides.
func slabStrided[T number](y, x []T, atY, atX, n int, q slabAxis, add bool) {
	if q.y == 1 && !add {
		dst := y[atY : atY+n]
		for i := range dst {
			dst[i] = x[atX]
			atX += q.x
		}
		return
	}
	for range n {
		if add {
			y[atY] += x[atX]
		} else {
			y[atY] = x[atX]
		}
		atY += q.y
		atX += q.x
	}
}
