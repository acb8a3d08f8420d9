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
	ahead                      int // elements from dy to what the cache should fetch meanwhile, a line a pixel
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
	dy     []float32
	pixels int // of a block: dy's part for it stays in the first-level cache
}

// tapBlock is the size of a block of dy in elements.
const tapBlock = 6 << 10

// tapsGradient reports whether the weights' gradient is computed so.
func tapsGradient(d *engine.ConvDims) bool { return pixelKernel() != nil && d.DilW == 1 && d.C < 16 }

func (g *tapGradient) compute(dw []float32) {
	rows, deep := g.N*g.OutH, g.R*g.S*g.C
	size := deep * g.K
	g.pixels = max(64, tapBlock/g.K)
	parts := max(1, min(accumulators, pieces(rows*g.OutW, g.pixels), rows*g.OutW*size/pieceWork))
	sums := borrow[float32](parts * size)
	defer giveBack(sums)
	parallel(parts, func(i int) {
		part := sums[i*size:][:size]
		clear(part)
		g.sum(part, i*rows/parts, (i+1)*rows/parts)
	})
	one := [1]float32{1}
	addRows(sums[:size], sums[size:], size, one[:], 0, parts-1)
	turn(dw, deep, sums, g.K, deep, g.K)
}

// sum sums over output rows [from, to), counted over all images.
func (g *tapGradient) sum(sums []float32, from, to int) {
	band := min(to-from, g.OutH, max(1, g.pixels/g.OutW))
	m := getPixelMill(g.space(band))
	defer m.release()
	for from < to {
		img, i := from/g.OutH, from%g.OutH
		rows := min(band, to-from, g.OutH-i)
		x, apart := g.rows(m.space, img, i, rows)
		blocks := pieces(g.OutW, g.pixels)
		for b := range blocks {
			j0, j1 := b*g.OutW/blocks, (b+1)*g.OutW/blocks
			dy := g.dy[(from*g.OutW+j0)*g.K:]
			m.tapSums = tapSums{x: x[j0*g.StrideW*g.C:], dy: dy, rows: rows, pixels: j1 - j0,
				stepX: g.StrideW * g.C, stepDY: g.K, rowX: g.StrideH * apart, rowDY: g.OutW * g.K, rowSums: g.K, apart: g.DilH * apart}
			g.block(&m.tapSums, sums)
		}
		from += rows
	}
}

// block adds all taps of a block of pixels.
func (g *tapGradient) block(t *tapSums, sums []float32) {
	k := pixelKernel()
	x, dy, deep, fetched := t.x, t.dy, g.S*g.C, 0
	for j := 0; j < g.K; j += 2 * k.lanes {
		t.cols = min(2*k.lanes, g.K-j)
		t.dy = dy[j:]
		most := k.taps / k.width(t.cols)
		tiles := pieces(deep, most)
		bands := g.R
		if deep < tapBusy {
			bands = pieces(g.R, min(tapRows, most/deep))
		}
		for b := range bands {
			r0, r1 := b*g.R/bands, (b+1)*g.R/bands
			for i := range tiles {
				q0, q1 := i*deep/tiles, (i+1)*deep/tiles
				t.x, t.filterRows, t.run = x[r0*t.apart+q0:], r1-r0, q1-q0
				t.sums = sums[(r0*deep+q0)*g.K+j:]
				if t.ahead = 0; fetched < g.K { // each call fetches a part of the next block
					t.ahead = t.rows*t.pixels*(g.K+fetched) - j
					fetched += line
				}
				k.tap(t)
			}
		}
	}
}
