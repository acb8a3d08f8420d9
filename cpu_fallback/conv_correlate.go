package cpu

import "github.com/braidml/braid/internal/engine"

// correlation is a convolution as an implicit matrix product: rows are output pixels, read from strips; columns are
// output channels, from weights packed once. Both directions of a convolution are correlations.
type correlation struct {
	strips
	y                 []float32
	image, row, pixel int // elements from one image, row, pixel of y to the next
	bias              []float32
	act               engine.Act
	pool              int // as in engine.Conv2D; y is then contiguous
	arg               []uint8

	weights []float32 // packed: panels of nr() columns, rows in the order (s, r, c)
	begin   []float32 // the bias, filled up with zeros; only where maps are read in place
	deep    int       // S·R·C
}

const (
	bandPixels = 96      // output pixels worth the fetching of a panel of weights into the first-level cache
	bandMost   = 1 << 16 // elements of strips in a band: they stay in the second-level cache
)

// compute packs the weights by pack, which fills tap column s of a panel for output channels [j0, j1), and runs all
// rows. A piece of work is some units of rows: what one row of Y comes from, so pool rows, or one.
func (c *correlation) compute(pack func(dst []float32, s, j0, j1 int), packFew func(dst []float32, w, j0, j1 int)) {
	unit := max(1, c.pool)
	units := c.N * (c.OutH / unit)
	if units*c.OutW*c.K == 0 {
		return
	}
	c.deep = c.S * c.R * c.C
	if c.deep == 0 {
		c.nothing()
		return
	}
	if c.few() {
		c.computeFew(packFew)
		return
	}
	panels := pieces(c.K, nr())
	c.weights = borrow[float32](panels * c.deep * nr())
	part := c.R * c.C * nr()
	parallel(panels*c.S, func(i int) {
		j, s := i/c.S*nr(), i%c.S
		dst := c.weights[i*part:][:part]
		if j+nr() > c.K {
			clear(dst)
		}
		pack(dst, s, j, min(c.K, j+nr()))
	})
	work := unit * c.OutW * c.deep * c.K
	grain := max(1, pieceWork/work, min(units/enough, bandPixels/(unit*c.OutW)))
	parallel(pieces(units, grain), func(i int) {
		from, to := piece(i, units, grain)
		c.rows(from*unit, to*unit)
	})
	giveBack(c.weights)
}

// nothing is a correlation of no taps or no channels. It never pools: convForward leaves that to convDirect.
func (c *correlation) nothing() {
	parallel(c.N*c.OutH, func(i int) {
		row := c.y[i/c.OutH*c.image+i%c.OutH*c.row:]
		for j := range c.OutW {
			out := row[j*c.pixel:][:c.K]
			clear(out)
			copy(out, c.bias)
			activateRow(c.act, out)
		}
	})
}

// rows computes output rows [from, to), counted over all images.
func (c *correlation) rows(from, to int) {
	unit := max(1, c.pool)
	height := c.OutH / unit * unit // pooling drops the rest
	size := min(to-from, max(1, bandMost/max(1, unit*c.span))*unit)
	space := size * c.span
	if c.pool > 0 {
		space += size * c.OutW * c.K
	}
	m := getMill[float32](space)
	defer m.release()
	b := band{correlation: c, mill: m, strips: m.space[:size*c.span], unpooled: m.space[size*c.span:]}
	for ; from < to; from += size {
		b.from, b.rows = from, min(size, to-from)
		for i := range b.rows {
			c.fill(b.strips[i*c.span:][:c.span], (from+i)/height, (from+i)%height)
		}
		b.compute(height)
		if c.pool > 0 {
			b.maxPool()
		}
	}
}

// band is some output rows that are computed together.
type band struct {
	*correlation
	mill       *mill[float32]
	from, rows int
	strips     []float32
	unpooled   []float32 // what pooling reads
}

// compute goes over the weights in the outer loops, so that a block of them stays in the first-level cache.
func (b *band) compute(height int) {
	p := product[float32]{bias: b.bias, act: b.act, ldc: b.pixel}
	for j := 0; j < b.K; j += nr() {
		panel := b.weights[j*b.deep:]
		for k := 0; k < b.deep; k += depth {
			m := b.mill
			m.k = min(depth, b.deep-k)
			m.first, m.last = k == 0, k+m.k == b.deep
			m.b, m.stepB = panel[k*nr():], nr()
			m.rowA, m.stepA = b.step, 1
			rows, width := b.rows, b.OutW
			if b.dense && b.packed() { // pixels are equally far apart across rows, in strips and in C
				rows, width = 1, b.rows*b.OutW
			}
			for i := range rows {
				p.c = b.target(i, height)
				tiles := pieces(width, mr())
				for t := range tiles {
					i0, i1 := t*width/tiles, (t+1)*width/tiles
					m.a = b.strips[i*b.span+i0*b.step+k:]
					m.grind(&p, i0, i1, j, min(b.K, j+nr()))
				}
			}
		}
	}
}

// packed reports whether the band's part of C is contiguous.
func (b *band) packed() bool {
	return b.pixel == b.K && b.row == b.OutW*b.K && b.image == b.OutH*b.row || b.pool > 0
}

// target is row i of the band in C.
func (b *band) target(i, height int) []float32 {
	if b.pool > 0 {
		return b.unpooled[i*b.OutW*b.K:]
	}
	n, row := (b.from+i)/height, (b.from+i)%height
	return b.y[n*b.image+row*b.row:]
}
