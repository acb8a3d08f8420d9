//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// compute runs all tiles. Weights and tiles that do not fit the cache are computed in parts, and a part in pieces: pack
// transforms weights of output channels [j0, j1) for input channels [c0, c1) to the panel at dst.
func (p *polyphase) compute(pack func(dst []float32, j0, j1, c0, c1 int)) {
	p.deep = p.ins * p.c
	p.tiles = p.n * p.rows.tiles * p.cols.tiles
	if p.tiles == 0 {
		return
	}
	most := max(1, polyphaseMost/(p.outs*polyphaseSpots*(p.deep+spotPad))/polyphaseTiles) * polyphaseTiles
	p.batch = pieces(pieces(p.tiles, pieces(p.tiles, most)), mr()) * mr()
	p.chunk = min(max(1, polyphaseMost/(4*polyphaseSpots*p.c)/polyphaseCols), pieces(p.k, polyphaseCols)) * polyphaseCols
	p.v = borrow[float32](p.outs * polyphaseSpots * p.batch * (p.deep + spotPad))
	p.weights = borrow[float32](4 * polyphaseSpots * p.c * p.chunk)
	for j := 0; j < p.k; j += p.chunk {
		cols := min(p.chunk, p.k-j)
		parts := pieces(p.c, polyphaseDepth)
		parallel(pieces(cols, nr())*parts, func(i int) {
			panel := i / parts
			c0, c1 := piece(i%parts, p.c, polyphaseDepth)
			pack(p.weights[panel*p.deep*nr():], j+panel*nr(), min(j+cols, j+(panel+1)*nr()), c0, c1)
		})
		for from := 0; from < p.tiles; from += p.batch {
			p.part(from, min(p.tiles, from+p.batch), j, j+cols)
		}
	}
	giveBack(p.weights)
	giveBack(p.v)
}

const (
	polyphaseDepth = 16 // channels whose weights are transformed at a time
	polyphaseFew   = 8  // tiles that are transformed in a piece
)

// part is tiles [from, to) and output channels [j0, j1).
func (p *polyphase) part(from, to, j0, j1 int) {
	parallel(pieces(to-from, polyphaseFew), func(i int) {
		m := getMill[float32](p.rows.size * p.cols.size * p.c)
		defer m.release()
		t0, t1 := piece(i, to-from, polyphaseFew)
		for t := t0; t < t1; t++ {
			p.input(t, from+t, m.space)
		}
	})
	batches, groups := pieces(to-from, polyphaseTiles), pieces(j1-j0, polyphaseCols)
	parallel(batches*p.outs*groups, func(i int) {
		t0, t1 := piece(i/(p.outs*groups), to-from, polyphaseTiles)
		g0, g1 := piece(i%groups, j1-j0, polyphaseCols)
		p.products(i/groups%p.outs, from, t0, t1, j0, g0, g1)
	})
}

// place is the image of tile t, and the tile's row and column there.
func (p *polyphase) place(t int) (n, i, j int) {
	a := p.rows.tiles * p.cols.tiles
	return t / a, t % a / p.cols.tiles, t % p.cols.tiles
}

// input transforms the input of tile t, which is the at-th in v.
func (p *polyphase) input(at, t int, edge []float32) {
	n, i, j := p.place(t)
	d := engine.ConvDims{H: p.h, W: p.w, C: p.c}
	src, row := winogradPatch(&d, p.x, n, p.rows.start+i*p.rows.hop, p.cols.start+j*p.cols.hop, p.rows.size, edge)
	apart := p.batch * (p.deep + spotPad)
	for f := range 4 {
		v := p.v[at*(p.deep+spotPad):]
		if p.ins > 1 {
			v = v[f*p.c:]
		} else {
			v = v[f*polyphaseSpots*apart:]
		}
		window := src[p.rows.window[f/2]*row+p.cols.window[f%2]*p.c:]
		polyphaseInput.tile(v, 5*apart, apart, window, p.rows.step*row, p.cols.step*p.c, p.c)
	}
}

// products are those of output component f, tiles [t0, t1) of v and output channels [g0, g1) of the weights, of which the
// first is j0; and they are transformed to pixels.
func (p *polyphase) products(f, from, t0, t1, j0, g0, g1 int) {
	tiles, cols := t1-t0, g1-g0
	out := tiles*cols + spotPad
	m := getMill[float32](polyphaseSpots*out + polyphaseTile*polyphaseTile*cols)
	defer m.release()
	sums, block := m.space[:polyphaseSpots*out], m.space[polyphaseSpots*out:]
	m.rowA, m.stepA, m.stepB = p.deep+spotPad, 1, nr()
	panels := p.chunk / nr()
	for s := range polyphaseSpots {
		q := product[float32]{c: sums[s*out:], ldc: cols}
		v := p.v[((f*polyphaseSpots+s)*p.batch+t0)*m.rowA:]
		for j := g0; j < g1; j += nr() {
			b := p.weights[((f*polyphaseSpots+s)*panels+j/nr())*p.deep*nr():]
			for k := 0; k < p.deep; k += depth {
				m.k = min(depth, p.deep-k)
				m.first, m.last = k == 0, k+m.k == p.deep
				m.b = b[k*nr():]
				for t, parts := 0, pieces(tiles, mr()); t < parts; t++ {
					i0, i1 := t*tiles/parts, (t+1)*tiles/parts
					m.a = v[i0*m.rowA+k:]
					m.grind(&q, i0, i1, j-g0, min(cols, j-g0+nr()))
				}
			}
		}
	}
	for t := range tiles {
		p.output(sums[t*cols:], out, f, from+t0+t, j0+g0, cols, block)
	}
}

// output transforms the sums of output component f and cols channels from j on to pixels of tile t.
func (p *polyphase) output(sums []float32, apart, f, t, j, cols int, block []float32) {
	n, i, q := p.place(t)
	high, wide := p.rows.n[f/2]-i*polyphaseTile, p.cols.n[f%2]-q*polyphaseTile
	if high <= 0 || wide <= 0 {
		return
	}
	var bias []float32
	if p.bias != nil {
		bias = p.bias[j:]
	}
	row, pixel := p.rows.outStep*p.row, p.cols.outStep*p.pixel
	y := p.y[n*p.image+p.rows.out[f/2]*p.row+p.cols.out[f%2]*p.pixel+i*polyphaseTile*row+q*polyphaseTile*pixel+j:]
	if high >= polyphaseTile && wide >= polyphaseTile {
		polyphaseOutput(y, row, pixel, sums, 5*apart, apart, cols, bias, p.act)
		return
	}
	polyphaseOutput(block, polyphaseTile*cols, cols, sums, 5*apart, apart, cols, bias, p.act)
	for r := range min(high, polyphaseTile) {
		for c := range min(wide, polyphaseTile) {
			copy(y[r*row+c*pixel:][:cols], block[(polyphaseTile*r+c)*cols:])
		}
	}
}
