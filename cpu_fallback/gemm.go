package cpu

import "github.com/braidml/braid/internal/engine"

// product is C = act(A·B + bias), or C += A·B, with operands that pack themselves, so that a convolution never
// materialises its im2col matrix. A is m x k, B is k x n, C row i is c[i·ldc : i·ldc+n].
//
// packA is called for at most one panel's rows at a time, i1-i0 <= mr(), and writes element (i, k) to
// dst[(k-k0)·mr() + i-i0]. packB is called for one panel's columns, j1-j0 <= nr(), and writes element (k, j) to
// dst[(k-k0)·nr() + j-j0] and zeros where j >= j1. Both are called from several goroutines at once, at any k0.
//
// An operand that is row-major in memory may be given instead as a, lda (A) or b, ldb (B); it is then read in place
// where that is faster. c must not overlap an operand.
//
// Every element of C is summed in an order that follows from m, n and k alone.
type product[T float] struct {
	c          []T
	ldc        int
	m, n, k    int
	a, b       []T
	lda, ldb   int
	packA      func(dst []T, i0, i1, k0, k1 int)
	packB      func(dst []T, j0, j1, k0, k1 int)
	bias       []T // [n], or nil
	act        engine.Act
	accumulate bool // then bias is nil and act is none
}

const (
	depth     = 256     // k steps of one call of the kernel: an A block and a B panel share the first-level cache
	tall      = 12      // panels of A in a block: it stays in the second-level cache
	packMost  = 1 << 24 // elements of packed operands held at once
	enough    = 16      // pieces that keep the cores busy and balanced
	pieceWork = 1 << 20 // multiply-adds worth a piece
)

// gemm computes p.
func gemm[T float](p product[T]) {
	if p.m == 0 || p.n == 0 {
		return
	}
	if p.packA == nil {
		p.packA = packRows(p.a, p.lda)
	}
	if p.packB == nil {
		p.packB = packWide(p.b, p.ldb)
	}
	switch {
	case p.k == 0:
		p.nothing()
	case p.splits() > 1:
		p.reduce(p.splits())
	default:
		p.blocks()
	}
}

// nothing is the product over k = 0.
func (p *product[T]) nothing() {
	if p.accumulate {
		return
	}
	for i := range p.m {
		row := p.c[i*p.ldc:][:p.n]
		clear(row)
		copy(row, p.bias)
		activateRow(p.act, row)
	}
}

// blocks cuts a product so large that its packed operands would not fit into packMost: columns first, then k.
func (p *product[T]) blocks() {
	width := min(p.n, max(packMost/p.k/nr(), 512/nr())*nr())
	deep := min(p.k, max(1, packMost/width/depth)*depth)
	for j := 0; j < p.n; j += width {
		for k := 0; k < p.k; k += deep {
			g := gemmGrid[T]{product: p, j0: j, j1: min(p.n, j+width), k0: k, k1: min(p.k, k+deep)}
			g.compute()
		}
	}
}

// gemmGrid is the part of a product that is packed and computed in one go: columns j0 to j1, k from k0 to k1.
type gemmGrid[T float] struct {
	*product[T]
	j0, j1, k0, k1 int
	up, across     int // panels of A and of B
	rise, span     int // panels of A and of B in one piece
	packedA        []T // all of A if several pieces share its rows, else nil
	packedB        []T
}

// rows is the rows of A's panel i. They are shared out evenly: a last panel of one row would be slow.
func (g *gemmGrid[T]) rows(i int) (int, int) { return i * g.m / g.up, (i + 1) * g.m / g.up }

// cols is the columns of B's panel j.
func (g *gemmGrid[T]) cols(j int) (int, int) { return g.j0 + j*nr(), min(g.j1, g.j0+(j+1)*nr()) }

// lay chooses the pieces: blocks of A by all of B, cut smaller where that gives too few.
func (g *gemmGrid[T]) lay() {
	k := g.k1 - g.k0
	g.up, g.across = pieces(g.m, mr()), pieces(g.j1-g.j0, nr())
	g.rise, g.span = min(tall, g.up), g.across
	for pieces(g.up, g.rise)*pieces(g.across, g.span) < enough && g.rise*mr()*g.span*nr()*k >= 2*pieceWork {
		if g.span > 2 || g.rise == 1 && g.span > 1 {
			g.span = (g.span + 1) / 2
		} else if g.rise > 1 {
			g.rise = (g.rise + 1) / 2
		} else {
			break
		}
	}
}

func (g *gemmGrid[T]) compute() {
	g.lay()
	k := g.k1 - g.k0
	g.packedB = borrow[T](g.across * k * nr())
	panels := g.across
	if g.span < g.across && g.a == nil {
		g.packedA = borrow[T](g.up * k * mr())
		panels += g.up
	}
	grain := max(1, pieceWork/32/(k*nr()))
	parallel(pieces(panels, grain), func(i int) {
		for from, to := piece(i, panels, grain); from < to; from++ {
			g.pack(from)
		}
	})
	wide := pieces(g.across, g.span)
	parallel(pieces(g.up, g.rise)*wide, func(i int) { g.piece(i/wide*g.rise, i%wide*g.span) })
	giveBack(g.packedB)
	if g.packedA != nil {
		giveBack(g.packedA)
	}
}

// pack packs panel i of B, or of A if i is beyond them.
func (g *gemmGrid[T]) pack(i int) {
	k := g.k1 - g.k0
	if i < g.across {
		j0, j1 := g.cols(i)
		g.packB(g.packedB[i*k*nr():][:k*nr()], j0, j1, g.k0, g.k1)
		return
	}
	i -= g.across
	i0, i1 := g.rows(i)
	g.packA(g.packedA[i*k*mr():][:k*mr()], i0, i1, g.k0, g.k1)
}

// piece computes rise x span panels of C from panel (i, j) on.
func (g *gemmGrid[T]) piece(i, j int) {
	i1, j1 := min(g.up, i+g.rise), min(g.across, j+g.span)
	m := getMill[T](g.rise * depth * mr())
	defer m.release()
	for k := g.k0; k < g.k1; k += depth {
		m.k = min(depth, g.k1-k)
		m.first = k == 0 && !g.accumulate
		m.last = k+m.k == g.k
		private := g.packedA == nil && g.a == nil
		if private {
			for p := i; p < i1; p++ {
				from, to := g.rows(p)
				g.packA(m.space[(p-i)*depth*mr():][:m.k*mr()], from, to, k, k+m.k)
			}
		}
		for q := j; q < j1; q++ {
			from, to := g.cols(q)
			m.b, m.stepB = g.packedB[(q*(g.k1-g.k0)+k-g.k0)*nr():], nr()
			for p := i; p < i1; p++ {
				switch {
				case private:
					m.a, m.rowA, m.stepA = m.space[(p-i)*depth*mr():], 1, mr()
				case g.packedA != nil:
					m.a, m.rowA, m.stepA = g.packedA[(p*(g.k1-g.k0)+k-g.k0)*mr():], 1, mr()
				default:
					r, _ := g.rows(p)
					m.a, m.rowA, m.stepA = g.a[r*g.lda+k:], g.lda, 1
				}
				top, bottom := g.rows(p)
				m.grind(g.product, top, bottom, from, to)
			}
		}
	}
}
