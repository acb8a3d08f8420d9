//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

const (
	polyphaseDepth = 16      // channels whose weights are transformed in a piece
	polyphaseFew   = 8       // tiles that are transformed in a piece
	polyphaseLocal = 1 << 18 // elements of the transformed tiles of a piece: the second-level cache holds them
)

// compute runs all tiles. Weights that do not fit the cache are computed in parts, and a part in pieces: pack transforms
// weights of output channels [j0, j1) for input channels [c0, c1) to the panel at dst.
func (p *polyphase) compute(pack func(dst []float32, j0, j1, c0, c1 int)) {
	p.deep = p.ins * p.c
	if p.rows.tiles*p.cols.tiles*p.n == 0 {
		return
	}
	if alone := polyphaseLocal / (polyphaseSpots * (p.deep + spotPad)) / mr() * mr(); alone >= polyphaseTiles/2 {
		p.alone = min(alone, polyphaseTiles)
	}
	p.chunk = min(max(1, polyphaseMost/(4*polyphaseSpots*p.c)/polyphaseCols), pieces(p.k, polyphaseCols)) * polyphaseCols
	p.apart = p.chunk*p.deep + spotPad
	p.weights = borrow[float32](p.outs * polyphaseSpots * p.apart)
	for j := 0; j < p.k; j += p.chunk {
		cols := min(p.chunk, p.k-j)
		parts := pieces(p.c, polyphaseDepth)
		parallel(pieces(cols, nr())*parts, func(i int) {
			panel := i / parts
			c0, c1 := piece(i%parts, p.c, polyphaseDepth)
			pack(p.weights[panel*p.deep*nr():], j+panel*nr(), min(j+cols, j+(panel+1)*nr()), c0, c1)
		})
		if p.alone > 0 {
			p.fused(j, j+cols)
		} else {
			p.staged(j, j+cols)
		}
	}
	giveBack(p.weights)
}

// fused computes output channels [j0, j1) in pieces that transform their tiles themselves: for one component of the output,
// or for all if they share them.
func (p *polyphase) fused(j0, j1 int) {
	tiles, alone, each := p.n*p.rows.tiles*p.cols.tiles, p.alone, p.outs
	if p.shared {
		alone, each = min(alone, pieces(pieces(tiles, enough), mr())*mr()), 1
	}
	parallel(pieces(tiles, alone)*each, func(i int) {
		t0, t1 := piece(i/each, tiles, alone)
		b := polyphaseBatch{polyphase: p, f: i % each, from: t0, tiles: t1 - t0, apart: (t1-t0)*(p.deep+spotPad) + spotPad}
		b.v = borrow[float32](polyphaseSpots * b.apart)
		defer giveBack(b.v)
		for t := range b.tiles {
			p.input(b.v[t*(p.deep+spotPad):], b.apart, b.f, t0+t)
		}
		for range p.outs / each {
			for j := j0; j < j1; j += polyphaseCols {
				b.products(j0, j-j0, min(j+polyphaseCols, j1)-j0)
			}
			b.f++
		}
	})
}

// staged computes output channels [j0, j1) where tiles have too many channels for that: as many tiles as the cache holds
// are transformed at a time, and then read by pieces for parts of the output channels.
func (p *polyphase) staged(j0, j1 int) {
	tiles := p.n * p.rows.tiles * p.cols.tiles
	most := max(1, polyphaseMost/(p.outs*polyphaseSpots*(p.deep+spotPad))/polyphaseTiles) * polyphaseTiles
	part := pieces(pieces(tiles, pieces(tiles, most)), mr()) * mr()
	apart := part*(p.deep+spotPad) + spotPad
	v := borrow[float32](p.outs * polyphaseSpots * apart)
	for from := 0; from < tiles; from += part {
		n := min(part, tiles-from)
		parallel(pieces(n, polyphaseFew), func(i int) {
			t0, t1 := piece(i, n, polyphaseFew)
			for t := t0; t < t1; t++ {
				for f := range p.outs {
					p.input(v[f*polyphaseSpots*apart+t*(p.deep+spotPad):], apart, f, from+t)
				}
			}
		})
		groups := pieces(j1-j0, polyphaseCols)
		parallel(pieces(n, polyphaseTiles)*p.outs*groups, func(i int) {
			t0, t1 := piece(i/(p.outs*groups), n, polyphaseTiles)
			g0, g1 := piece(i%groups, j1-j0, polyphaseCols)
			f := i / groups % p.outs
			b := polyphaseBatch{polyphase: p, f: f, from: from + t0, tiles: t1 - t0, v: v[f*polyphaseSpots*apart+t0*(p.deep+spotPad):], apart: apart}
			b.products(j0, g0, g1)
		})
	}
	giveBack(v)
}

// place is the image of tile t, and the tile's row and column there.
func (p *polyphase) place(t int) (n, i, j int) {
	a := p.rows.tiles * p.cols.tiles
	return t / a, t % a / p.cols.tiles, t % p.cols.tiles
}

// input transforms to v what output component f reads of tile t.
func (p *polyphase) input(v []float32, apart, f, t int) {
	n, i, j := p.place(t)
	d := engine.ConvDims{H: p.h, W: p.w, C: p.c}
	i, j = p.rows.start[f/2]+i*p.rows.hop, p.cols.start[f%2]+j*p.cols.hop
	if p.ins == 1 {
		polyphaseInput.window(v, apart, &d, p.x, n, i, j, 1, 0, p.c)
		return
	}
	for g := range p.ins {
		polyphaseInput.window(v[g*p.c:], apart, &d, p.x, n, i+g/2, j+g%2, 2, 0, p.c)
	}
}
