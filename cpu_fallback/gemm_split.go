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
func (p *product[T]) reduce(splits int) {
	deep := pieces(pieces(p.k, splits), depth) * depth
	splits = pieces(p.k, deep)
	size := p.m * p.n
	parts := borrow[T](splits * size)
	parallel(splits, func(s int) {
		from, to := piece(s, p.k, deep)
		part := *p
		part.c, part.ldc, part.bias, part.act, part.accumulate = parts[s*size:][:size], p.n, nil, 0, false
		part.alone(from, to)
	})
	grain := max(1, 1<<14/p.n)
	parallel(pieces(p.m, grain), func(i int) {
		for from, to := piece(i, p.m, grain); from < to; from++ {
			p.sum(from, parts, splits)
		}
	})
	giveBack(parts)
}

// sum adds row i of all parts up.
func (p *product[T]) sum(i int, parts []T, splits int) {
	row := p.c[i*p.ldc:][:p.n]
	if !p.accumulate {
		clear(row)
	}
	for s := range splits {
		for j, v := range parts[(s*p.m+i)*p.n:][:p.n] {
			row[j] += v
		}
	}
	if p.bias != nil {
		for j, v := range p.bias {
			row[j] += v
		}
	}
	activateRow(p.act, row)
}

// alone computes the product over k0 <= k < k1 on this goroutine, a block of k at a time, into a C that is all its own.
func (p *product[T]) alone(k0, k1 int) {
	g := gemmGrid[T]{product: p, j1: p.n}
	g.up, g.across = pieces(p.m, mr()), pieces(p.n, nr())
	panelA, panelB := depth*mr(), depth*nr()
	m := getMill[T](g.up*panelA + g.across*panelB)
	defer m.release()
	packedB := m.space[g.up*panelA:]
	for k := k0; k < k1; k += depth {
		m.k = min(depth, k1-k)
		m.first, m.last = k == k0, false
		for i := range g.up {
			i0, i1 := g.rows(i)
			p.packA(m.space[i*panelA:][:m.k*mr()], i0, i1, k, k+m.k)
		}
		for j := range g.across {
			j0, j1 := g.cols(j)
			p.packB(packedB[j*panelB:][:m.k*nr()], j0, j1, k, k+m.k)
			m.b, m.stepB = packedB[j*panelB:], nr()
			for i := range g.up {
				i0, i1 := g.rows(i)
				m.a, m.rowA, m.stepA = m.space[i*panelA:], 1, mr()
				m.grind(p, i0, i1, j0, j1)
			}
		}
	}
}
