package cpu

// splits is into how many pieces of k a product is cut: more than one where C is small and k is long, as in the
// gradient of a convolution's weights. Cutting C would pack the long operands several times, and hold them whole.
func (p *product[T]) splits() int {
	const longest, least = 16, 512
	if p.k < longest*least || p.m*p.n > 1<<19 {
		return 1
	}
	return longest
}

// reduce computes pieces of k into accumulators of their own and adds those up in order.
func (g *gemmGrid[T]) reduce(splits int) {
	deep := pieces(pieces(g.k, splits), depth) * depth
	splits = pieces(g.k, deep)
	size := g.m * g.n
	parts := borrow[T](splits * size)
	g.up, g.across, g.j1 = pieces(g.m, mr()), pieces(g.n, nr()), g.n
	parallel(splits, func(s int) {
		from, to := piece(s, g.k, deep)
		g.alone(parts[s*size:][:size], from, to)
	})
	grain := max(1, 1<<14/g.n)
	parallel(pieces(g.m, grain), func(i int) {
		for from, to := piece(i, g.m, grain); from < to; from++ {
			g.sum(from, parts, splits)
		}
	})
	giveBack(parts)
}

// sum adds row i of all parts up.
func (p *product[T]) sum(i int, parts []T, splits int) {
	row := p.start(i)
	one := [1]T{1}
	addRows(row, parts[i*p.n:], p.m*p.n, one[:], 0, splits)
	p.end(i, row)
}

// alone computes the product over k0 <= k < k1 into c on this goroutine, a block of k at a time.
func (g *gemmGrid[T]) alone(c []T, k0, k1 int) {
	part := product[T]{c: c, ldc: g.n}
	panelA, panelB := depth*mr(), depth*nr()
	m := getMill[T](g.up*panelA + g.across*panelB)
	defer m.release()
	packedB := m.space[g.up*panelA:]
	for k := k0; k < k1; k += depth {
		m.k = min(depth, k1-k)
		m.first, m.last = k == k0, false
		for i := range g.up {
			i0, i1 := g.rows(i)
			g.fillA(m.space[i*panelA:][:m.k*mr()], i0, i1, k, k+m.k)
		}
		whole := g.packB == nil && !g.turnedB
		if whole {
			copyBand(packedB, panelB, g.b[k*g.ldb:], g.ldb, g.n, m.k)
		}
		for j := range g.across {
			j0, j1 := g.cols(j)
			m.b, m.stepB = packedB[j*panelB:], nr()
			if !whole {
				g.fillB(m.b[:m.k*nr()], j0, j1, k, k+m.k)
			}
			for i := range g.up {
				i0, i1 := g.rows(i)
				m.a, m.rowA, m.stepA = m.space[i*panelA:], 1, mr()
				m.grind(&part, i0, i1, j0, j1)
			}
		}
	}
}
