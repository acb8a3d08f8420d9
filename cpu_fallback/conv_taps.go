package cpu

import "github.com/braidml/braid/internal/engine"

// tapSums is one call of the kernel of the gradient of weights that few channels read: sums[(r·run + i)·rowSums + j] grows
// by Σ x[pixel + r·apart + i]·dy[pixel + j] over rows of pixels, for r < filterRows, i < run and j < cols.
//
// The assembly kernels know the offsets of the fields; a test compares.
type tapSums struct {
	x, dy, sums                []float32
	rows, pixels               int
	stepX, stepDY, rowX, rowDY int // elements from one pixel to the next, and from one row to the next
	rowSums, cols              int
	fetch                      *float32 // what the cache should fetch meanwhile, a line a pixel
	apart                      int
	filterRows, run            int
}

const (
	tapRows = 4 // the most rows of a filter in a tile, which has several where
	tapBusy = 8 // a row's run is shorter than this: so few sums do not keep the multipliers busy
)

// tapGradient is the gradient of weights as rows of taps, in the order (r, s, c), by columns of filters: taps read maps in
// place, and dy as it lies. Pieces of the sum over pixels have their own accumulators, added in the order of the pieces.
type tapGradient struct {
	windows
	dy []float32
}

// tapPixels is how many pixels of k filters a block has: dy's part for it stays in the first-level cache.
func tapPixels(k int) int { return max(64, 6<<10/k) }

// tapsGradient reports whether the weights' gradient is computed so.
func tapsGradient(d *engine.ConvDims) bool { return pixelKernel() != nil && d.DilW == 1 && d.C < 16 }

// compute cuts the sum over rows of the output, counted over all images, into pieces, of which sum adds one to part.
func (g *tapGradient) compute(dw []float32, sum func(part []float32, from, to int)) {
	rows, deep := g.N*g.OutH, g.R*g.S*g.C
	size := deep * g.K
	parts := max(1, min(accumulators, pieces(rows*g.OutW, tapPixels(g.K)), rows*g.OutW*size/pieceWork))
	sums := borrow[float32](parts * size)
	defer giveBack(sums)
	parallel(parts, func(i int) {
		part := sums[i*size:][:size]
		clear(part)
		sum(part, i*rows/parts, (i+1)*rows/parts)
	})
	addRows(sums[:size], sums[size:], size, factorOne[float32](), 0, parts-1)
	turn(dw, deep, sums, g.K, deep, g.K)
}

// sum sums over output rows [from, to).
func (g *tapGradient) sum(sums []float32, from, to int) {
	most := tapPixels(g.K)
	band := min(to-from, g.OutH, max(1, most/g.OutW))
	m := getPixelMill(g.space(band))
	defer m.release()
	for from < to {
		img, i := from/g.OutH, from%g.OutH
		rows := min(band, to-from, g.OutH-i)
		x, apart := g.rows(m.space, img, i, rows)
		blocks := pieces(g.OutW, most)
		for b := range blocks {
			j0, j1 := b*g.OutW/blocks, (b+1)*g.OutW/blocks
			m.tapSums = tapSums{x: x[j0*g.StrideW*g.C:], rows: rows, pixels: j1 - j0, stepX: g.StrideW * g.C, stepDY: g.K,
				rowX: g.StrideH * apart, rowDY: g.OutW * g.K, rowSums: g.K, apart: g.DilH * apart}
			g.block(&m.tapSums, g.dy[(from*g.OutW+j0)*g.K:], sums)
		}
		from += rows
	}
}

// block adds all taps of a block of pixels of dy.
func (g *tapGradient) block(t *tapSums, dy, sums []float32) {
	f := fetcher{from: dy, at: t.rows * t.pixels * g.K, to: 2 * t.rows * t.pixels * g.K}
	for j, wide := 0, 2*pixelKernel().lanes; j < g.K; j += wide {
		t.dy, t.cols = dy[j:], min(wide, g.K-j)
		t.add(sums[j:], g.R, g.S*g.C, &f)
	}
}

// add adds rows·deep taps: deep neighbours in each of rows of the filter.
func (t *tapSums) add(sums []float32, rows, deep int, f *fetcher) {
	k, x := pixelKernel(), t.x
	most := k.taps / k.width(t.cols)
	tiles, bands := pieces(deep, most), rows
	if deep < min(tapBusy, most+1) {
		bands = pieces(rows, min(tapRows, most/deep))
	}
	for b := range bands {
		r0, r1 := b*rows/bands, (b+1)*rows/bands
		for i := range tiles {
			q0, q1 := i*deep/tiles, (i+1)*deep/tiles
			t.x, t.filterRows, t.run = x[r0*t.apart+q0:], r1-r0, q1-q0
			t.sums, t.fetch = sums[(r0*deep+q0)*t.rowSums:], f.lines(t.rows*t.pixels)
			k.tap(t)
		}
	}
	t.x = x
}

// fetcher hands out what the cache should fetch meanwhile: from[at:to], in lines.
type fetcher struct {
	from   []float32
	at, to int
}

// lines is the next n lines, if there are any left.
func (f *fetcher) lines(n int) *float32 {
	at := f.at
	if at >= min(f.to, len(f.from)) {
		return &f.from[0]
	}
	f.at += n * line
	return &f.from[at]
}
