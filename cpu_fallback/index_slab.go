package cpu

import "github.com/braidml/braid/internal/engine"

// Slab copies a strided box.
func (s *Stream) Slab(op engine.Slab) error {
	if op.Y.DType != op.X.DType || op.Accumulate && !op.Y.DType.Real() {
		return engine.ErrUnsupported
	}
	switch op.Y.DType {
	case engine.F32:
		slab[float32](&op)
	case engine.F64:
		slab[float64](&op)
	case engine.I32:
		slab[int32](&op)
	case engine.U8:
		slab[uint8](&op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// slabAxis is a dimension of a box: how many steps, and how far one goes.
type slabAxis struct{ n, y, x int }

// slabBox is a Slab in its simplest form: two inner dimensions, of which q is the innermost, and those around them.
type slabBox struct {
	outer       [engine.Rank]slabAxis
	rank        int // of outer
	p, q        slabAxis
	offY, offX  int
	blockP      int // a block is blockP x blockQ elements of the inner dimensions
	blockQ      int
	blocks      int // how many there are in the whole box
	blocksInner int // and how many in one step of the outer dimensions
}

// newSlabBox drops dimensions of one step, turns those that run backwards in Y, orders them by their stride in Y, so that Y
// is written in the order of its memory, and joins neighbours that are one dimension in both. It reports whether there
// is anything to copy.
func newSlabBox(op *engine.Slab) (b slabBox, ok bool) {
	var axes [engine.Rank]slabAxis
	rank := 0
	b.offY, b.offX = op.OffY, op.OffX
	for d, n := range op.Dims {
		a := slabAxis{n, op.StrideY[d], op.StrideX[d]}
		switch {
		case n == 0:
			return b, false
		case n == 1:
			continue
		case a.y < 0:
			b.offY += (n - 1) * a.y
			b.offX += (n - 1) * a.x
			a.y, a.x = -a.y, -a.x
		}
		at := rank
		for ; at > 0 && axes[at-1].y < a.y; at-- {
			axes[at] = axes[at-1]
		}
		axes[at] = a
		rank++
	}
	kept := 0
	for _, a := range axes[:rank] {
		if kept > 0 {
			if last := &axes[kept-1]; last.y == a.n*a.y && last.x == a.n*a.x {
				*last = slabAxis{last.n * a.n, a.y, a.x}
				continue
			}
		}
		axes[kept] = a
		kept++
	}
	b.choose(axes[:kept])
	return b, true
}

// choose takes the inner dimensions: q, the one Y is written along, and p, the one X is read along where that is another
// one (a transpose, done in tiles), else the next.
func (b *slabBox) choose(axes []slabAxis) {
	b.p, b.q = slabAxis{n: 1}, slabAxis{n: 1}
	if n := len(axes); n > 0 {
		b.q, axes = axes[n-1], axes[:n-1]
	}
	if n := len(axes); n > 0 {
		best := n - 1
		for i, a := range axes {
			if a.x != 0 && (axes[best].x == 0 || magnitude(a.x) < magnitude(axes[best].x)) && magnitude(a.x) < magnitude(b.q.x) {
				best = i
			}
		}
		b.p = axes[best]
		b.rank = copy(b.outer[:], axes[:best])
		b.rank += copy(b.outer[b.rank:], axes[best+1:])
	}
	b.blockQ = min(b.q.n, indexGrain)
	b.blockP = min(b.p.n, max(1, indexGrain/b.blockQ))
	if b.transposes() {
		b.blockQ = min(b.q.n, slabTile*slabTile)
		b.blockP = min(b.p.n, max(slabTile, indexGrain/b.blockQ))
	}
	b.blocksInner = pieces(b.p.n, b.blockP) * pieces(b.q.n, b.blockQ)
	b.blocks = b.blocksInner
	for _, a := range b.outer[:b.rank] {
		b.blocks *= a.n
	}
}

// transposes reports whether X's elements lie nearer to each other along p than along q.
func (b *slabBox) transposes() bool { return b.p.x != 0 && magnitude(b.p.x) < magnitude(b.q.x) }

func magnitude(i int) int { return max(i, -i) }

func slab[T number](op *engine.Slab) {
	b, ok := newSlabBox(op)
	if !ok {
		return
	}
	y, x, add := view[T](op.Y), view[T](op.X), op.Accumulate
	grain := indexRows(b.blockP * b.blockQ)
	parallel(pieces(b.blocks, grain), func(i int) {
		from, to := piece(i, b.blocks, grain)
		for k := from; k < to; k++ {
			slabBlock(&b, y, x, k, add)
		}
	})
}
