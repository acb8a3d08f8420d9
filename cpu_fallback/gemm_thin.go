package cpu

// A product of a few vectors and a matrix is bound by reading the matrix. It is read once, row after row, and never
// packed: rows that lie along k are multiplied by the vectors (dots), and of rows that lie across k multiples are added
// up (addRows).

const (
	thinPiece = 1 << 16 // elements of the matrix in a piece
	thinParts = 16      // pieces of k, at most
	thinLines = 1 << 13 // elements of the matrix that stay in the first-level cache while all vectors meet them
)

// thinGrid is such a product on its way. Vector i is s[i·rowS + k·stepS]; the matrix's element (k, l) is x[l·ldx + k], or
// x[k·ldx + l] where it lies across k. The result, few x long, is what C holds, or C transposed.
type thinGrid[T float] struct {
	x, s             []T
	ldx, rowS, stepS int
	few, long        int
	along            bool // rows of x lie along k
	turnedC          bool
	wide             int // of a piece
}

// thin reports whether p is such a product and, if so, prepares it.
func (g *gemmGrid[T]) thin() bool {
	if g.packA != nil || g.packB != nil || g.k < 32 {
		return false
	}
	t := &g.slim
	if t.turnedC = g.n < g.m; t.turnedC {
		t.few, t.long, t.x, t.ldx, t.along = g.n, g.m, g.a, g.lda, !g.turnedA
		t.s, t.rowS, t.stepS = g.b, 1, g.ldb
		if g.turnedB {
			t.rowS, t.stepS = g.ldb, 1
		}
	} else {
		t.few, t.long, t.x, t.ldx, t.along = g.m, g.n, g.b, g.ldb, g.turnedB
		t.s, t.rowS, t.stepS = g.a, g.lda, 1
		if g.turnedA {
			t.rowS, t.stepS = 1, g.lda
		}
	}
	return t.few <= t.most(g.k)
}

// most is how many vectors there may be: more where the matrix would have to be packed, and packing it is much work.
func (t *thinGrid[T]) most(k int) int {
	switch {
	case t.along && k >= 256 && !t.turnedC:
		return 12
	case t.along && k >= 256 || !t.along && k >= 64 && t.ldx > 512:
		return 8
	case t.along && k >= 64:
		return 4
	}
	return 2
}

// few computes it.
func (g *gemmGrid[T]) few() {
	t := &g.slim
	least := max(256, pieces(g.k, thinParts)) // k steps that repay adding up a part
	if t.along {
		t.wide = min(t.long, max(16, pieces(thinPiece/g.k, 4)*4))
		g.deep = min(g.k, max(least, thinPiece/t.wide))
	} else {
		t.wide = min(t.long, 1<<12)
		g.deep = min(g.k, max(8, thinPiece/t.wide, pieces(g.k, thinParts)))
	}
	g.deep = min(g.k, pieces(g.deep, 64)*64)
	var packed []T
	if t.along && t.stepS != 1 {
		packed = borrow[T](t.few * g.k)
		for i := range t.few {
			for k := range g.k {
				packed[i*g.k+k] = t.s[i*t.rowS+k*t.stepS]
			}
		}
		t.s, t.rowS, t.stepS = packed, g.k, 1
	}
	n, size := pieces(g.k, g.deep), t.few*t.long
	g.parts = borrow[T](n * size)
	parallel(n*pieces(t.long, t.wide), g.thinPiece)
	if n > 1 {
		addRows(g.parts[:size], g.parts[size:], size, factorOne[T](), 0, n-1)
	}
	g.place()
	giveBack(g.parts)
	if packed != nil {
		giveBack(packed)
	}
}

// part computes piece i of the matrix: some of k for some of the results.
func (g *gemmGrid[T]) part(i int) {
	t := &g.slim
	n := pieces(t.long, t.wide)
	k0, k1 := piece(i/n, g.k, g.deep)
	l0, l1 := piece(i%n, t.long, t.wide)
	y := g.parts[i/n*t.few*t.long+l0:]
	if t.along {
		dots(y, t.long, t.s[k0:], t.rowS, t.few, t.x[l0*t.ldx+k0:], t.ldx, l1-l0, k1-k0)
		return
	}
	for v := range t.few {
		clear(y[v*t.long:][:l1-l0])
	}
	block := thinPiece
	if t.few > 1 {
		block = thinLines
	}
	step := max(8, block/(l1-l0)/8*8)
	for k := k0; k < k1; k += step {
		for v := range t.few {
			addRows(y[v*t.long:][:l1-l0], t.x[k*t.ldx+l0:], t.ldx, t.s[v*t.rowS+k*t.stepS:], t.stepS, min(step, k1-k))
		}
	}
}

// place brings the results to C.
func (g *gemmGrid[T]) place() {
	t := &g.slim
	if g.n == 1 && g.ldc == 1 && (g.from == nil || g.ldFrom == 1) && (g.y == nil || g.ldy == 1) { // a column is like a row
		if g.bias != nil {
			for i := range g.m {
				g.parts[i] += g.bias[0]
			}
			g.bias = nil
		}
		g.m, g.n, t.turnedC = 1, g.m, false
	}
	if t.turnedC {
		parallel(pieces(g.m, thinRows), g.placePiece)
		return
	}
	for i := range g.m {
		row := g.start(i)
		addRows(row, g.parts[i*t.long:], t.long, factorOne[T](), 0, 1)
		g.end(i, row)
	}
}

const thinRows = 256 // of C that are turned in a piece

// turnBack brings piece p of the results to C, of which they are the columns.
func (g *gemmGrid[T]) turnBack(p int) {
	for i, to := piece(p, g.m, thinRows); i < to; i++ {
		row := g.start(i)
		for j := range row {
			row[j] += g.parts[j*g.m+i]
		}
		g.end(i, row)
	}
}

var (
	unit32 = []float32{1}
	unit64 = []float64{1}
)

// factorOne is a factor of 1 for addRows, which would move one of its caller's to the heap.
func factorOne[T float]() []T {
	if one, ok := any(unit32).([]T); ok {
		return one
	}
	return any(unit64).([]T)
}

// addRows is y[j] += Σ a[i·step]·x[i·ld + j] over i < rows, for all of y.
func addRows[T float](y, x []T, ld int, a []T, step, rows int) {
	if fastAddRows(y, x, ld, a, step, rows) {
		return
	}
	for i := range rows {
		addScaled(y, a[i*step], x[i*ld:])
	}
}

// dots is y[i·ldy + j] = Σ a[i·lda + l]·x[j·ldx + l] over l < k, for i < rows and j < cols.
func dots[T float](y []T, ldy int, a []T, lda, rows int, x []T, ldx, cols, k int) {
	if fastDots(y, ldy, a, lda, rows, x, ldx, cols, k) {
		return
	}
	for i := range rows {
		v := a[i*lda:][:k]
		for j := range cols {
			var sum T
			for l, x := range x[j*ldx:][:k] {
				sum += v[l] * x
			}
			y[i*ldy+j] = sum
		}
	}
}
