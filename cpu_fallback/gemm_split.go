package cpu

const (
	splitMost  = 16      // pieces of k
	splitLeast = 512     // k steps of a piece
	splitSmall = 1 << 16 // elements of C that are few beside what a piece reads
	splitLarge = 1 << 19 // elements of C for which sums of their own may be had at all
	nearRows   = 512     // elements from one row of an operand to the next: the caches hold a block of it as it lies
)

// splits is into how many pieces of k a product is cut: more than one where C is small and k is long, as in the
// gradient of a convolution's weights. Cutting C would pack the long operands several times, and hold them whole.
func (p *product[T]) splits() int {
	size := p.m * p.n
	if size > splitLarge || size > splitSmall && p.k < splitMost*splitLeast {
		return 1
	}
	return max(1, min(splitMost, p.k/splitLeast, size*p.k/(pieceWork/2)))
}

// reduce computes pieces of k into accumulators of their own and adds those up in order.
func (g *gemmGrid[T]) reduce() {
	size := g.m * g.n
	g.deep = pieces(g.k, g.splits())
	n := pieces(g.k, g.deep)
	g.parts = borrow[T](n * size)
	g.up, g.across, g.j1 = pieces(g.m, mr()), pieces(g.n, nr()), g.n
	g.inPlace = 0
	if g.rowsB() && g.ldb <= nearRows {
		g.inPlace = g.n / nr()
	}
	parallel(n, g.splitPiece)
	g.rise = max(1, 1<<14/g.n)
	parallel(pieces(g.m, g.rise), g.sumPiece)
	giveBack(g.parts)
}

// sum adds piece i of the rows of all parts up.
func (g *gemmGrid[T]) sum(i int) {
	for i, to := piece(i, g.m, g.rise); i < to; i++ {
		row := g.start(i)
		addRows(row, g.parts[i*g.n:], g.m*g.n, factorOne[T](), 0, pieces(g.k, g.deep))
		g.end(i, row)
	}
}

// split computes the product over piece s of k on this goroutine, a block of k at a time. A is read in place if its rows
// are columns of the matrix in memory, as many as the caches hold, and B if its rows are not too far apart.
func (g *gemmGrid[T]) split(s int) {
	size := g.m * g.n
	part := product[T]{c: g.parts[s*size:][:size], ldc: g.n}
	panelA, panelB := depth*mr(), depth*nr()
	asItLies := g.nearA()
	packed := g.up * panelA
	if asItLies {
		packed = 0
	}
	m := getMill[T](packed + panelB)
	defer m.release()
	k0, k1 := piece(s, g.k, g.deep)
	step := pieces(k1-k0, pieces(k1-k0, depth))
	for k := k0; k < k1; k += step {
		m.k = min(step, k1-k)
		m.first, m.last = k == k0, false
		if !asItLies {
			for i := range g.up {
				i0, i1 := g.rows(i)
				g.fillA(m.space[i*panelA:][:m.k*mr()], i0, i1, k, k+m.k)
			}
		}
		for j := range g.across {
			j0, j1 := g.cols(j)
			if j < g.inPlace {
				m.b, m.stepB = g.b[k*g.ldb+j0:], g.ldb
			} else {
				m.b, m.stepB = m.space[packed:], nr()
				g.fillB(m.b[:m.k*nr()], j0, j1, k, k+m.k)
			}
			for i := range g.up {
				i0, i1 := g.rows(i)
				if asItLies {
					m.a, m.rowA, m.stepA = g.a[k*g.lda+i0:], 1, g.lda
				} else {
					m.a, m.rowA, m.stepA = m.space[i*panelA:], 1, mr()
				}
				m.grind(&part, i0, i1, j0, j1)
			}
		}
	}
}
