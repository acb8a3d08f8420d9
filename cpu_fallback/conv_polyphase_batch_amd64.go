//go:build !purego

package cpu

// polyphaseBatch is tiles of one output component that are multiplied together.
type polyphaseBatch struct {
	*polyphase
	f           int       // the component
	from, tiles int       // which tiles, counted over all images
	v           []float32 // transformed: [spot, tile, deep + spotPad]
	apart       int       // elements from spot to spot
}

// products are those with output channels [g0, g1) of the weights, of which the first is j0; and they are transformed to
// pixels.
func (b *polyphaseBatch) products(j0, g0, g1 int) {
	cols := g1 - g0
	out := b.tiles*cols + spotPad
	m := getMill[float32](polyphaseSpots*out + polyphaseTile*polyphaseTile*cols)
	defer m.release()
	sums, block := m.space[:polyphaseSpots*out], m.space[polyphaseSpots*out:]
	m.rowA, m.stepA, m.stepB = b.deep+spotPad, 1, nr()
	for s := range polyphaseSpots {
		q := product[float32]{c: sums[s*out:], ldc: cols}
		for j := g0; j < g1; j += nr() {
			weights := b.weights[(b.f*polyphaseSpots+s)*b.polyphase.apart+j*b.deep:]
			for k := 0; k < b.deep; k += depth {
				m.k = min(depth, b.deep-k)
				m.first, m.last = k == 0, k+m.k == b.deep
				m.b = weights[k*nr():]
				for t, parts := 0, pieces(b.tiles, mr()); t < parts; t++ {
					i0, i1 := t*b.tiles/parts, (t+1)*b.tiles/parts
					m.a = b.v[s*b.apart+i0*m.rowA+k:]
					m.grind(&q, i0, i1, j-g0, min(cols, j-g0+nr()))
				}
			}
		}
	}
	for t := range b.tiles {
		b.output(sums[t*cols:], out, b.from+t, j0+g0, cols, block)
	}
}

// output transforms the sums of cols channels from j on to pixels of tile t.
func (b *polyphaseBatch) output(sums []float32, apart, t, j, cols int, block []float32) {
	n, i, q := b.place(t)
	high, wide := b.rows.n[b.f/2]-i*polyphaseTile, b.cols.n[b.f%2]-q*polyphaseTile
	if high <= 0 || wide <= 0 {
		return
	}
	var bias []float32
	if b.bias != nil {
		bias = b.bias[j:]
	}
	top, left := 0, 0 // what of the tile is not of the output
	if i == 0 {
		top = b.rows.skip[b.f/2]
	}
	if q == 0 {
		left = b.cols.skip[b.f%2]
	}
	row, pixel := b.rows.outStep*b.row, b.cols.outStep*b.pixel
	at := n*b.image + b.rows.out[b.f/2]*b.row + b.cols.out[b.f%2]*b.pixel + i*polyphaseTile*row + q*polyphaseTile*pixel + j
	if high >= polyphaseTile && wide >= polyphaseTile && top+left == 0 {
		polyphaseOutput(b.y[at:], row, pixel, sums, 5*apart, apart, cols, bias, b.act)
		return
	}
	polyphaseOutput(block, polyphaseTile*cols, cols, sums, 5*apart, apart, cols, bias, b.act)
	for r := top; r < min(high, polyphaseTile); r++ {
		for c := left; c < min(wide, polyphaseTile); c++ {
			copy(b.y[at+r*row+c*pixel:][:cols], block[(polyphaseTile*r+c)*cols:])
		}
	}
}
