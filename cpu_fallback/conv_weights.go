package cpu

import "github.com/braidml/braid/internal/engine"

// The gradient of the weights is the product dyᵀ·strips: rows are filters, columns are taps and channels in the order
// of a strip, and the sum goes over all output pixels. Both operands are read in place. Pieces of the sum have their
// own accumulators, which are added in the order of the pieces.

const (
	accumulators    = 16      // pieces of the sum, at most
	accumulatorMost = 1 << 18 // elements of one accumulator; larger gradients are cut up by filters and channels instead
)

// gradient is one call of convWeights.
type gradient struct {
	strips
	dy    []float32
	deep  int // columns of an accumulator: S·R·C
	width int // pixels from one row of the sum to the next: more than OutW if rows run on, see newGradient
	rows  int // output rows summed up at a time
}

// convWeights is Conv2DBwdWeights in float32.
func convWeights(op engine.Conv2DBwd) {
	d := op.ConvDims
	dw, dy, x := view[float32](op.DW), view[float32](op.DY), view[float32](op.X)
	deep, pixels := d.R*d.S*d.C, d.N*d.OutH*d.OutW
	switch {
	case len(dw) == 0:
	case pixels == 0:
		clear(dw)
	case pointwise(&d):
		gemm(product[float32]{c: dw, ldc: d.C, m: d.K, n: d.C, k: pixels, a: dy, lda: d.K, turnedA: true, b: x, ldb: d.C})
	case tapsGradient(&d) && deep*d.K <= accumulatorMost:
		g := &tapGradient{windows: windows{d, x}, dy: dy}
		g.compute(dw, g.sum)
	case deep*d.K > accumulatorMost:
		gemm(product[float32]{c: dw, ldc: deep, m: d.K, n: deep, k: pixels, packA: packCols(dy, d.K), packB: packWindows(&d, x)})
	default:
		newGradient(&d, dy, x).compute(dw)
	}
}

// newGradient chooses the form of the strips. A call of the kernel should sum over many pixels. So rows run on into each
// other, for which a gap of zeros is left in dy as wide as the strip is longer than the row; or, where the gaps would be
// half as wide as the rows, strips are dense, and a whole band is one run.
func newGradient(d *engine.ConvDims, dy, x []float32) *gradient {
	g := &gradient{dy: dy, deep: d.R * d.S * d.C, width: d.OutW}
	g.strips = newStrips(*d, x, d.StrideW > 1 || 2*(d.S-1) >= d.OutW)
	if !g.dense {
		g.width = d.OutW + d.S - 1
	}
	g.rows = max(1, min(depth/g.width, bandMost/g.span))
	return g
}

func (g *gradient) compute(dw []float32) {
	rows, size := g.N*g.OutH, g.K*g.deep
	parts := max(1, min(accumulators, rows/g.rows, rows*g.OutW*size/pieceWork))
	sums := borrow[float32](parts * size)
	parallel(parts, func(i int) { g.sum(sums[i*size:][:size], i*rows/parts, (i+1)*rows/parts) })
	parallel(g.K, func(k int) { g.collect(dw[k*g.deep:][:g.deep], sums[k*g.deep:], size, parts) })
	giveBack(sums)
}

// collect adds up filter k's parts, and turns the order (s, r, c) into (r, s, c).
func (g *gradient) collect(dw, sums []float32, size, parts int) {
	for tap := range g.R * g.S {
		out := dw[tap*g.C:][:g.C]
		from := (tap%g.S*g.R + tap/g.S) * g.C
		copy(out, sums[from:])
		for i := 1; i < parts; i++ {
			addScaled(out, 1, sums[i*size+from:])
		}
	}
}

// sum sums over output rows [from, to), counted over all images.
func (g *gradient) sum(acc []float32, from, to int) {
	strips := g.rows*g.span + nr() // the kernel reads whole vectors, over the end
	gapped := 0
	if !g.dense {
		gapped = g.rows * g.width * g.K
	}
	m := getMill[float32](strips + gapped)
	defer m.release()
	p := product[float32]{c: acc, ldc: g.deep}
	m.first = true
	for ; from < to; from += g.rows {
		rows := min(g.rows, to-from)
		dy := g.dy[from*g.OutW*g.K:]
		if !g.dense {
			dy = m.space[strips:]
			g.gap(dy, from, rows)
		}
		for i := range rows {
			g.fill(m.space[i*g.span:][:g.span], (from+i)/g.OutH, (from+i)%g.OutH)
		}
		pixels := rows*g.width - (g.width - g.OutW) // no gap after the last row
		for k := 0; k < pixels; k += depth {
			m.k = min(depth, pixels-k)
			m.rowA, m.stepA, m.stepB = 1, g.K, g.step
			g.block(m, &p, dy[k*g.K:], m.space[k*g.step:])
			m.first = false
		}
	}
}

// block adds the product of a block of dy and strips to the accumulator.
func (g *gradient) block(m *mill[float32], p *product[float32], dy, strips []float32) {
	tiles := pieces(g.K, mr())
	for j := 0; j < g.deep; j += nr() {
		m.b = strips[j:]
		for t := range tiles {
			i0, i1 := t*g.K/tiles, (t+1)*g.K/tiles
			m.a = dy[i0:]
			m.grind(p, i0, i1, j, min(g.deep, j+nr()))
		}
	}
}

// gap copies rows of dy apart.
func (g *gradient) gap(dst []float32, from, rows int) {
	row := g.OutW * g.K
	for i := range rows {
		out := dst[i*g.width*g.K:][:g.width*g.K]
		clear(out[copy(out, g.dy[(from+i)*row:][:row]):])
	}
}

// packWindows is a packB whose row k is what output pixel k reads, in the order (r, s, c).
func packWindows(d *engine.ConvDims, x []float32) func(dst []float32, j0, j1, k0, k1 int) {
	return func(dst []float32, j0, j1, k0, k1 int) {
		for k := k0; k < k1; k++ {
			n, i, j := k/(d.OutH*d.OutW), k/d.OutW%d.OutH, k%d.OutW
			out := dst[(k-k0)*nr():][:nr()]
			clear(out)
			for at := j0; at < j1; {
				tap, c := at/d.C, at%d.C
				size := min(d.C-c, j1-at)
				h, v := i*d.StrideH-d.PadH+tap/d.S*d.DilH, j*d.StrideW-d.PadW+tap%d.S*d.DilW
				if h >= 0 && h < d.H && v >= 0 && v < d.W {
					copy(out[at-j0:][:size], x[((n*d.H+h)*d.W+v)*d.C+c:])
				}
				at += size
			}
		}
	}
}
