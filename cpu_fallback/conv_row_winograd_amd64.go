//go:build !purego

package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// The gradient of weights of three columns that few channels read is computed in Winograd's form in one dimension,
// F(3, 4): a tile of four pixels of dy and the six of x that meet in it become six numbers each, whose products, summed up
// over all tiles, become three taps. So it takes 6 multiplications for 12. The points are those of F(4x4, 3x3). Rows of x
// are transformed before, dy as the kernel comes by: three of the six numbers at a time, for which there are registers.

const (
	rowSpots    = 6
	rowBand     = 16      // output rows whose input is transformed at a time: its other rows, the filter's less one, are so twice
	rowBlock    = 1 << 15 // elements of a block of dy: it stays in the second-level cache
	rowChannels = 3       // fewer, and the kernel would wait for its own sums
)

// winogradRowBwdWeights is Conv2DBwdWeights, if it fits.
func winogradRowBwdWeights(op engine.Conv2DBwd) bool {
	d := op.ConvDims
	k := pixelKernel()
	if !useAVX2 || k == nil || d.S != 3 || d.StrideW != 1 || d.DilW != 1 || d.C < rowChannels || 3*d.C > k.spots ||
		d.K < 16 || d.OutW < 2*winogradTile || d.N*d.OutH == 0 || d.R*d.S*d.C*d.K > accumulatorMost {
		return false
	}
	g := &rowGradient{tapGradient: tapGradient{windows{d, view[float32](op.X)}, view[float32](op.DY)}, full: d.OutW / winogradTile}
	g.compute(view[float32](op.DW), g.sum)
	return true
}

// rowGradient is the gradient in that form.
type rowGradient struct {
	tapGradient
	full int // tiles of a row that lie within it
}

// sum adds what output rows [from, to) give to part. Element c of spot u of tile t of a transformed row of x is at
// (6·t + u)·C + c, and the spots' sums are [R, 6, C, K].
func (g *rowGradient) sum(part []float32, from, to int) {
	band, tiles := min(rowBand, to-from, g.OutH), pieces(g.OutW, winogradTile)
	row, size := tiles*rowSpots*g.C, g.R*rowSpots*g.C*g.K
	m := getPixelMill(g.space(band) + g.down(band)*row + rowSpots*g.C + 4*band*g.K + size)
	defer m.release()
	space, v, edge, edges, sums := m.space[:g.space(band)], m.space[g.space(band):], []float32(nil), []float32(nil), []float32(nil)
	v, edge = v[:g.down(band)*row], v[g.down(band)*row:]
	edge, edges = edge[:rowSpots*g.C], edge[rowSpots*g.C:]
	edges, sums = edges[:4*band*g.K], edges[4*band*g.K:][:size]
	clear(sums)
	clear(edge)
	clear(edges)
	t, step := &m.tapSums, rowSpots*g.C
	most, blocks := max(1, rowBlock/(g.OutW*g.K)), pieces(g.OutW*g.K, 2*rowBlock)
	for from < to {
		img, i := from/g.OutH, from%g.OutH
		rows := min(band, to-from, g.OutH-i)
		x, apart := g.rows(space, img, i, rows)
		for r := range g.down(rows) {
			g.input(v[r*row:][:row], x[r*apart:], edge)
		}
		*t = tapSums{stepX: step, stepDY: g.K, rowX: g.StrideH * row, rowDY: g.OutW * g.K, rowSums: g.K, apart: g.DilH * row}
		for r := 0; r < rows; r += most {
			t.rows = min(most, rows-r)
			for b := range blocks {
				j0, j1 := b*g.full/blocks, (b+1)*g.full/blocks
				t.pixels = j1 - j0
				dy := g.dy[((from+r)*g.OutW+4*j0)*g.K:]
				size := t.rows * g.OutW * g.K / blocks
				g.block(t, v[r*t.rowX+j0*step:], dy, sums, fetcher{from: dy, at: size, to: 2 * size})
			}
		}
		if g.full < tiles {
			t.rows, t.pixels, t.rowDY = rows, 1, 4*g.K
			for r := range rows {
				copy(edges[r*t.rowDY:], g.dy[((from+r)*g.OutW+4*g.full)*g.K:(from+r+1)*g.OutW*g.K])
			}
			g.block(t, v[g.full*step:], edges, sums, fetcher{from: edges})
		}
		from += rows
	}
	g.taps(part, sums)
}

// input transforms a row of x; edge has room for a tile that reaches over its end, with zeros there.
func (g *rowGradient) input(v, x, edge []float32) {
	f := winogradRowInputAVX2
	if useAVX512 {
		f = winogradRowInputAVX512
	}
	last := g.full * rowSpots * g.C
	_, _ = x[(4*g.full+2)*g.C-1], v[last-1]
	f(&v[0], g.C, rowSpots*g.C, &x[0], g.C, g.full, g.C)
	if last < len(v) {
		copy(edge, x[4*g.full*g.C:(g.OutW+2)*g.C])
		_ = v[last:][rowSpots*g.C-1]
		f(&v[last], g.C, 0, &edge[0], g.C, 1, g.C)
	}
}

// block adds the products of rows of tiles to the sums of the spots.
func (g *rowGradient) block(t *tapSums, x, dy, sums []float32, f fetcher) {
	k := pixelKernel()
	bands := pieces(g.R, k.spots/(3*g.C))
	for j := 0; j < g.K; j += k.lanes {
		t.cols, t.dy = min(k.lanes, g.K-j), dy[j:]
		for half := range 2 {
			for b := range bands {
				r0, r1 := b*g.R/bands, (b+1)*g.R/bands
				t.x, t.filterRows = x[r0*t.apart+3*half*g.C:], r1-r0
				t.sums, t.fetch = sums[3*(2*r0+half)*g.C*g.K+j:], f.lines(2*t.rows*t.pixels)
				k.spot(t, g.C, half)
			}
		}
	}
}

// taps adds the taps that the sums of the spots are, Gᵀ·u, to part.
func (g *rowGradient) taps(part, sums []float32) {
	const near, far = math.Sqrt2 / 6, math.Sqrt2 / 3
	run := g.C * g.K
	for r := range g.R {
		var u [rowSpots][]float32
		for i := range u {
			u[i] = sums[(rowSpots*r+i)*run:][:run]
		}
		left, middle, right := part[3*r*run:][:run], part[(3*r+1)*run:][:run], part[(3*r+2)*run:][:run]
		for i := range run {
			sum1, dif1, sum2, dif2 := u[1][i]+u[2][i], u[1][i]-u[2][i], u[3][i]+u[4][i], u[3][i]-u[4][i]
			left[i] += u[0][i] + (sum2-sum1)/3
			middle[i] += far*dif2 - near*dif1
			right[i] += u[5][i] + (4*sum2-sum1)/6
		}
	}
}
