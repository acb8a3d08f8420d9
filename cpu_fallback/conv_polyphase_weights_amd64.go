//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// polyphaseGradient is the gradient of a strided convolution's weights: for each spot, the product of the transformed
// output gradient, transposed, and the transformed map, over all tiles. Tiles that do not fit the cache are summed up in
// parts, and what each part gives is added to the gradient in their order.
type polyphaseGradient struct {
	engine.ConvDims
	rows, cols phases
	x, dy, dw  []float32
	batch      int       // tiles of a part
	apart      int       // from spot to spot in v and q
	v, q       []float32 // transformed: [component, block, spot, tile, polyphaseBlock], and for dy without component
}

// polyphaseBlock is how many channels lie side by side in v and q: a piece reads two such columns of tiles from end to end.
const polyphaseBlock = 64

// polyphaseBwdWeights is Conv2DBwdWeights, if it fits.
func polyphaseBwdWeights(op engine.Conv2DBwd) bool {
	d := op.ConvDims
	rows, cols := stridedPhases(d.OutH, d.PadH), stridedPhases(d.OutW, d.PadW)
	if d.N*d.OutH*d.OutW == 0 || !polyphaseFits(&d) || !polyphaseGains(d.N, rows, cols, 1, 0) {
		return false
	}
	g := polyphaseGradient{ConvDims: d, rows: rows, cols: cols, x: view[float32](op.X), dy: view[float32](op.DY), dw: view[float32](op.DW)}
	g.compute()
	return true
}

func (g *polyphaseGradient) compute() {
	tiles := g.N * g.rows.tiles * g.cols.tiles
	ins, outs := 4*pieces(g.C, polyphaseBlock), pieces(g.K, polyphaseBlock)
	most := max(polyphaseTiles, polyphaseMost/(polyphaseSpots*(ins+outs)*polyphaseBlock))
	g.batch = pieces(tiles, pieces(tiles, most))
	g.apart = g.batch*polyphaseBlock + spotPad
	g.v = borrow[float32](ins*polyphaseSpots*g.apart + nr()) // the kernel reads whole vectors, over the end
	g.q = borrow[float32](outs * polyphaseSpots * g.apart)
	for from := 0; from < tiles; from += g.batch {
		n := min(g.batch, tiles-from)
		parallel(pieces(n, polyphaseFew), func(i int) {
			t0, t1 := piece(i, n, polyphaseFew)
			for t := t0; t < t1; t++ {
				g.transform(t, from+t)
			}
		})
		parallel(ins*outs, func(i int) { g.products(i/outs%4, i/outs/4, i%outs, n, from == 0) })
	}
	giveBack(g.q)
	giveBack(g.v)
}

// transform transforms tile t of both maps, which is the at-th in v and q.
func (g *polyphaseGradient) transform(at, t int) {
	n, i, j := t/(g.rows.tiles*g.cols.tiles), t/g.cols.tiles%g.rows.tiles, t%g.cols.tiles
	h, w := g.rows.start[0]+i*g.rows.hop, g.cols.start[0]+j*g.cols.hop
	for f := range 4 {
		for c := 0; c < g.C; c += polyphaseBlock {
			v := g.v[(f*pieces(g.C, polyphaseBlock)+c/polyphaseBlock)*polyphaseSpots*g.apart+at*polyphaseBlock:]
			polyphaseInput.window(v, g.apart, &g.ConvDims, g.x, n, h+f/2, w+f%2, 2, c, min(polyphaseBlock, g.C-c))
		}
	}
	dy := engine.ConvDims{H: g.OutH, W: g.OutW, C: g.K}
	for k := 0; k < g.K; k += polyphaseBlock {
		q := g.q[k/polyphaseBlock*polyphaseSpots*g.apart+at*polyphaseBlock:]
		polyphaseGradientOf.window(q, g.apart, &dy, g.dy, n, polyphaseTile*i, polyphaseTile*j, 1, k, min(polyphaseBlock, g.K-k))
	}
}

// products are those of tiles [0, n), of block in of component f of the map and of block out of the output gradient; and
// they are transformed to taps.
func (g *polyphaseGradient) products(f, in, out, n int, first bool) {
	c0, c1 := piece(in, g.C, polyphaseBlock)
	k0, k1 := piece(out, g.K, polyphaseBlock)
	cols, rows := c1-c0, k1-k0
	spot := rows*cols + spotPad
	m := getMill[float32](polyphaseSpots*spot + 4*cols)
	defer m.release()
	sums, taps := m.space[:polyphaseSpots*spot], m.space[polyphaseSpots*spot:]
	m.rowA, m.stepA, m.stepB = 1, polyphaseBlock, polyphaseBlock
	for s := range polyphaseSpots {
		v := g.v[((f*pieces(g.C, polyphaseBlock)+in)*polyphaseSpots+s)*g.apart:]
		q := g.q[(out*polyphaseSpots+s)*g.apart:]
		p := product[float32]{c: sums[s*spot:], ldc: cols}
		for t := 0; t < n; t += polyphaseSteps {
			m.k, m.first = min(polyphaseSteps, n-t), t == 0
			for j := 0; j < cols; j += nr() {
				m.b = v[t*polyphaseBlock+j:]
				for i, parts := 0, pieces(rows, mr()); i < parts; i++ {
					i0, i1 := i*rows/parts, (i+1)*rows/parts
					m.a = q[t*polyphaseBlock+i0:]
					m.grind(&p, i0, i1, j, min(cols, j+nr()))
				}
			}
		}
	}
	for k := range rows {
		dw := g.dw[((k0+k)*16+f/2*4+f%2)*g.C+c0:]
		if first {
			polyphaseWeightsGradient.tile(dw, 8*g.C, 2*g.C, sums[k*cols:], 5*spot, spot, cols)
			continue
		}
		polyphaseWeightsGradient.tile(taps, 2*cols, cols, sums[k*cols:], 5*spot, spot, cols)
		for tap := range 4 {
			addScaled(dw[(tap/2*8+tap%2*2)*g.C:][:cols], 1, taps[tap*cols:])
		}
	}
}

// polyphaseSteps is how many tiles a call of the kernel sums up: of both operands they fit the first-level cache.
const polyphaseSteps = 128
