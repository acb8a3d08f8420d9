package cpu

import "sync"

// gemmGrid is a product on its way: the part of it that is packed and computed in one go, columns j0 to j1 and k from
// k0 to k1, is cut into panels, and those are shared out in pieces of rise x span panels.
type gemmGrid[T float] struct {
	product[T]
	j0, j1, k0, k1 int
	up, across     int  // panels of A and of B
	rise, span     int  // panels of A and of B in one piece
	step           int  // of k in one call of the kernel
	inPlace        int  // so many of the first panels of B are read where they are
	atOnce         bool // a piece packs the panels of B that it reads
	packedA        []T  // all of A if several pieces share its rows, else nil
	packedB        []T  // the other panels of B, unless atOnce

	slim  thinGrid[T] // if it has few rows or columns
	parts []T         // sums of pieces of k, of which each is deep
	deep  int

	gridPieces
	packGrain int // packs in one piece
}

// gridPieces are the functions that a grid gives to parallel.
type gridPieces struct {
	packPiece, computePiece, splitPiece, sumPiece, thinPiece, placePiece func(int)
}

// Grids are pooled, with the functions they give to parallel, so that a product allocates next to nothing.
var grids32, grids64 sync.Pool

func gridPool[T float]() *sync.Pool {
	var t T
	if _, ok := any(t).(float32); ok {
		return &grids32
	}
	return &grids64
}

func getGrid[T float]() *gemmGrid[T] {
	if g, ok := gridPool[T]().Get().(*gemmGrid[T]); ok {
		return g
	}
	g := new(gemmGrid[T])
	g.packPiece = func(i int) {
		for from, to := piece(i, g.packs(), g.packGrain); from < to; from++ {
			g.pack(from)
		}
	}
	g.computePiece = func(i int) {
		wide := pieces(g.across, g.span)
		g.compute(i/wide*g.rise, i%wide*g.span)
	}
	g.splitPiece, g.sumPiece = g.split, g.sum
	g.thinPiece, g.placePiece = g.part, g.turnBack
	return g
}

func (g *gemmGrid[T]) release() {
	*g = gemmGrid[T]{gridPieces: g.gridPieces}
	gridPool[T]().Put(g)
}

// rows is the rows of A's panel i. They are shared out evenly: a last panel of one row would be slow.
func (g *gemmGrid[T]) rows(i int) (int, int) { return i * g.m / g.up, (i + 1) * g.m / g.up }

// cols is the columns of B's panel j.
func (g *gemmGrid[T]) cols(j int) (int, int) { return g.j0 + j*nr(), min(g.j1, g.j0+(j+1)*nr()) }

// blocks cuts a product so large that its packed operands would not fit into packMost: columns first, then k.
func (g *gemmGrid[T]) blocks() {
	width := min(g.n, max(packMost/g.k/nr(), 512/nr())*nr())
	deep := min(g.k, max(1, packMost/width/depth)*depth)
	for j := 0; j < g.n; j += width {
		for k := 0; k < g.k; k += deep {
			g.j0, g.j1, g.k0, g.k1 = j, min(g.n, j+width), k, min(g.k, k+deep)
			g.run()
		}
	}
}

// lay chooses the pieces: blocks of A by all of B, cut smaller where that gives too few. A few rows of A do not repay
// packing a B that is row-major, unless its rows are so far apart that they fall into the same sets of the caches.
func (g *gemmGrid[T]) lay() {
	k := g.k1 - g.k0
	g.up, g.across = pieces(g.m, mr()), pieces(g.j1-g.j0, nr())
	g.step = pieces(k, pieces(k, depth))
	g.inPlace = 0
	if g.rowsB() && g.m <= 64 && g.ldb <= nearRows {
		g.inPlace = (g.j1 - g.j0) / nr()
	}
	g.rise, g.span = min(tall, g.up), min(max(1, wide/nr()), g.across)
	// What another core has packed comes from its cache, line by line. Packing anew costs less where no other piece needs the
	// panel, or few do and it is but copied.
	g.atOnce = g.inPlace < g.across && (g.rise == g.up || g.rowsB() && g.ldb <= nearRows && g.up <= 4*tall)
	most, narrow := enough, 2
	if g.rise == g.up { // every cut of A packs B once more
		most, narrow = 4, 1
	}
	for g.rise*mr()*g.span*nr()*k >= 2*pieceWork {
		n := pieces(g.up, g.rise) * pieces(g.across, g.span)
		switch {
		case n < enough && (g.span > narrow || g.rise == 1 && g.span > 1):
			g.span = (g.span + 1) / 2
		case n < most && g.rise > 1:
			g.rise = (g.rise + 1) / 2
		default:
			return
		}
	}
}

func (g *gemmGrid[T]) run() {
	g.lay()
	k := g.k1 - g.k0
	if !g.atOnce {
		g.packedB = borrow[T]((g.across - g.inPlace) * k * nr())
	}
	if g.span < g.across && !g.nearA() && (g.packA != nil || g.turnedA) {
		g.packedA = borrow[T](g.up * k * mr())
	}
	if n := g.packs(); n > 0 {
		g.packGrain = max(1, pieceWork/32*n/((g.across+g.up)*k*nr()))
		parallel(pieces(n, g.packGrain), g.packPiece)
	}
	parallel(pieces(g.up, g.rise)*pieces(g.across, g.span), g.computePiece)
	if g.packedB != nil {
		giveBack(g.packedB)
		g.packedB = nil
	}
	if g.packedA != nil {
		giveBack(g.packedA)
		g.packedA = nil
	}
}

// nearA reports whether A lies transposed in memory and its columns, there rows, are near each other.
func (p *product[T]) nearA() bool { return p.packA == nil && p.turnedA && p.lda <= nearRows }

// rowsB reports whether B lies row-major in memory.
func (p *product[T]) rowsB() bool { return p.packB == nil && !p.turnedB }

// bands reports whether B is packed by bands of rows, not by panels.
func (g *gemmGrid[T]) bands() bool { return g.rowsB() && g.inPlace == 0 }

const bandRows = 32 // of B

// packsB is how many panels, or bands, of B are packed before anything is computed, and packs counts those of A as well.
func (g *gemmGrid[T]) packsB() int {
	switch {
	case g.atOnce:
		return 0
	case g.bands():
		return pieces(g.k1-g.k0, bandRows)
	}
	return g.across - g.inPlace
}

func (g *gemmGrid[T]) packs() int {
	if g.packedA != nil {
		return g.packsB() + g.up
	}
	return g.packsB()
}

// pack packs panel or band i of B, or a panel of A if i is beyond them.
func (g *gemmGrid[T]) pack(i int) {
	k := g.k1 - g.k0
	n := g.packsB()
	switch {
	case i >= n:
		i -= n
		i0, i1 := g.rows(i)
		g.fillA(g.packedA[i*k*mr():][:k*mr()], i0, i1, g.k0, g.k1)
	case g.bands():
		from, to := piece(i, k, bandRows)
		copyBand(g.packedB[from*nr():], k*nr(), g.b[(g.k0+from)*g.ldb+g.j0:], g.ldb, g.j1-g.j0, to-from)
	default:
		j0, j1 := g.cols(g.inPlace + i)
		g.fillB(g.packedB[i*k*nr():][:k*nr()], j0, j1, g.k0, g.k1)
	}
}

// compute computes rise x span panels of C from panel (i, j) on.
func (g *gemmGrid[T]) compute(i, j int) {
	i1, j1 := min(g.up, i+g.rise), min(g.across, j+g.span)
	// Reading A in place saves packing it, but costs about 6 % where rows that lie far apart are read for many columns.
	private := g.packedA == nil && !g.nearA() && (g.packA != nil || g.turnedA || g.span*nr() > 1024)
	space, panelA := 0, g.step*mr()
	if private {
		space = (i1 - i) * panelA
	}
	if g.atOnce {
		space += g.step * nr()
	}
	m := getMill[T](space)
	defer m.release()
	for k := g.k0; k < g.k1; k += g.step {
		m.k = min(g.step, g.k1-k)
		m.first = k == 0
		m.last = k+m.k == g.k
		if private {
			for p := i; p < i1; p++ {
				from, to := g.rows(p)
				g.fillA(m.space[(p-i)*panelA:][:m.k*mr()], from, to, k, k+m.k)
			}
		}
		for q := j; q < j1; q++ {
			from, to := g.cols(q)
			g.panelB(m, q, k)
			for p := i; p < i1; p++ {
				top, bottom := g.rows(p)
				switch {
				case private:
					m.a, m.rowA, m.stepA = m.space[(p-i)*panelA:], 1, mr()
				case g.packedA != nil:
					m.a, m.rowA, m.stepA = g.packedA[(p*(g.k1-g.k0)+k-g.k0)*mr():], 1, mr()
				case g.turnedA:
					m.a, m.rowA, m.stepA = g.a[k*g.lda+top:], 1, g.lda
				default:
					m.a, m.rowA, m.stepA = g.a[top*g.lda+k:], g.lda, 1
				}
				m.grind(&g.product, top, bottom, from, to)
			}
		}
	}
}

// panelB points m at panel q of B, from k on, or packs it behind what m has of A.
func (g *gemmGrid[T]) panelB(m *mill[T], q, k int) {
	from, to := g.cols(q)
	switch {
	case q < g.inPlace:
		m.b, m.stepB = g.b[k*g.ldb+from:], g.ldb
	case g.atOnce:
		m.b, m.stepB = m.space[len(m.space)-g.step*nr():], nr()
		g.fillB(m.b[:m.k*nr()], from, to, k, k+m.k)
	default:
		m.b, m.stepB = g.packedB[((q-g.inPlace)*(g.k1-g.k0)+k-g.k0)*nr():], nr()
	}
}
