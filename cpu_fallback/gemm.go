package cpu

import "github.com/braidml/braid/internal/engine"

// product is C = act(A·B + bias + from), or C = (A·B + bias + from)·act'(y), with operands that pack themselves, so that
// a convolution never materialises its im2col matrix. A is m x k, B is k x n, C row i is c[i·ldc : i·ldc+n].
//
// packA is called for at most one panel's rows at a time, i1-i0 <= mr(), and writes element (i, k) to
// dst[(k-k0)·mr() + i-i0]. packB is called for one panel's columns, j1-j0 <= nr(), and writes element (k, j) to
// dst[(k-k0)·nr() + j-j0] and zeros where j >= j1. Both are called from several goroutines at once, at any k0.
//
// An operand that lies in memory may be given instead as a, lda (A) or b, ldb (B), row-major or, with turnedA or turnedB,
// transposed; it is then read in place where that is faster. c must not overlap an operand, but from may be c.
//
// Every element of C is summed in an order that follows from m, n and k alone.
type product[T float] struct {
	c        []T
	ldc      int
	m, n, k  int
	a, b     []T
	lda, ldb int
	turnedA  bool // element (i, k) of A is a[k·lda + i], not a[i·lda + k]
	turnedB  bool // element (k, j) of B is b[j·ldb + k], not b[k·ldb + j]
	packA    func(dst []T, i0, i1, k0, k1 int)
	packB    func(dst []T, j0, j1, k0, k1 int)
	bias     []T // [n], or nil
	from     []T // m x n, what the sums start with, or nil
	y        []T // m x n, the output of act, which is undone then; or nil
	ldFrom   int
	ldy      int
	act      engine.Act
}

const (
	depth     = 256     // k steps of one call of the kernel: an A block and a B panel share the first-level cache
	tall      = 12      // panels of A in a block: it stays in the second-level cache
	wide      = 128     // columns of C in a piece, which stay there as well while k goes on
	enough    = 16      // pieces that keep the cores busy and balanced
	pieceWork = 1 << 20 // multiply-adds worth a piece
)

// packMost is how many elements of packed operands are held at once; a test makes it small.
var packMost = 1 << 24

// gemm computes p.
func gemm[T float](p product[T]) {
	if p.m == 0 || p.n == 0 {
		return
	}
	g := getGrid[T]()
	defer g.release()
	g.product = p
	switch {
	case p.k == 0:
		g.nothing()
	case g.thin():
		g.few()
	case g.splits() > 1:
		g.reduce()
	default:
		g.blocks()
	}
}

// nothing is the product over k = 0.
func (p *product[T]) nothing() {
	for i := range p.m {
		row := p.start(i)
		p.end(i, row)
	}
}

// start is row i of C, holding what the sums start with.
func (p *product[T]) start(i int) []T {
	row := p.c[i*p.ldc:][:p.n]
	if p.from == nil {
		clear(row)
	} else {
		copy(row, p.from[i*p.ldFrom:])
	}
	return row
}

// end is what comes behind the sums in row i: bias and activation.
func (p *product[T]) end(i int, row []T) {
	if p.bias != nil {
		for j, v := range p.bias {
			row[j] += v
		}
	}
	if p.y != nil {
		undo(p.act, row, p.n, p.y[i*p.ldy:], p.ldy, 1, p.n)
	} else {
		activateRow(p.act, row)
	}
}

// fillA and fillB pack one panel.
func (p *product[T]) fillA(dst []T, i0, i1, k0, k1 int) {
	switch {
	case p.packA != nil:
		p.packA(dst, i0, i1, k0, k1)
	case p.turnedA:
		copyRows(dst, mr(), mr(), p.a[k0*p.lda+i0:], p.lda, i1-i0, k1-k0)
	default:
		turn(dst, mr(), p.a[i0*p.lda+k0:], p.lda, i1-i0, k1-k0)
	}
}

func (p *product[T]) fillB(dst []T, j0, j1, k0, k1 int) {
	switch {
	case p.packB != nil:
		p.packB(dst, j0, j1, k0, k1)
	case p.turnedB:
		copyTall(dst, p.b[j0*p.ldb+k0:], p.ldb, j1-j0, k1-k0)
	default:
		copyWide(dst, p.b[k0*p.ldb+j0:], p.ldb, j1-j0, k1-k0)
	}
}
