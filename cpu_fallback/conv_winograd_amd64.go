//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// A 3x3 convolution takes 9 multiplications for an output pixel, Winograd's form F(4x4, 3x3) 2.25: tiles of 6x6 input
// pixels, which overlap by two, are transformed to 36 numbers a channel, and so are the weights; each of the 36 then is a
// matrix product of its own, tiles by channels; and what these give is transformed to tiles of 4x4 output pixels
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//
// The transformations add and subtract numbers up to 8 times as large as the results, so rounding errors are some ten
// times those of the direct form: 3e-5 of the outputs' root mean square for 64 channels, see TestWinogradError.

const (
	winogradTile  = 4       // output pixels across a tile
	winogradSpots = 36      // products, one for each element of a transformed tile
	winogradMost  = 1 << 18 // elements of the transformed tiles of a batch: they stay in the second-level cache
	winogradTiles = 96      // tiles of a batch, at most
	winogradSpace = winogradSpots * 16
)

// winogradFits reports whether d can be computed in Winograd's form, and gains from it: the transformations cost as
// much for every channel, the products save the more the more channels there are.
func winogradFits(d *engine.ConvDims) bool {
	return useAVX2 && d.R == 3 && d.S == 3 && d.StrideH == 1 && d.StrideW == 1 && d.DilH == 1 && d.DilW == 1 &&
		d.C >= 16 && d.K >= 16 && d.OutH >= winogradTile && d.OutW >= winogradTile
}

// winogradForward is Conv2D, if it fits.
func winogradForward(op engine.Conv2D) bool {
	if !winogradFits(&op.ConvDims) || op.Pool != 0 && op.Pool != 2 {
		return false
	}
	d := op.ConvDims
	w := winograd{ConvDims: d, x: view[float32](op.X), y: view[float32](op.Y), image: d.OutH * d.OutW * d.K, row: d.OutW * d.K,
		pixel: d.K, bias: view[float32](op.Bias), act: op.Act, pool: op.Pool, arg: view[uint8](op.Arg)}
	w.compute(forwardPanels(view[float32](op.W), d.C))
	return true
}

// winogradTranspose is ConvTranspose2D, if it fits: a convolution of what is Y otherwise, padded the other way.
func winogradTranspose(op engine.Conv2D) bool {
	d := op.ConvDims
	t := d
	t.H, t.W, t.C, t.OutH, t.OutW, t.K = d.OutH, d.OutW, d.K, d.H, d.W, d.C
	t.PadH, t.PadW = 2-d.PadH, 2-d.PadW
	if !winogradFits(&t) {
		return false
	}
	w := winograd{ConvDims: t, x: view[float32](op.X), y: view[float32](op.Y), image: d.H * d.W * d.C, row: d.W * d.C,
		pixel: d.C, bias: view[float32](op.Bias), act: op.Act}
	w.compute(backwardPanels(view[float32](op.W), d.K, d.C))
	return true
}

// winogradBwdWeights is Conv2DBwdWeights, if it fits.
func winogradBwdWeights(op engine.Conv2DBwd) bool {
	if !winogradFits(&op.ConvDims) || op.N == 0 {
		return false
	}
	w := winogradGradient{ConvDims: op.ConvDims, x: view[float32](op.X), dy: view[float32](op.DY)}
	w.compute(view[float32](op.DW))
	return true
}

// winograd is a convolution in that form. Both directions of a convolution are one.
type winograd struct {
	engine.ConvDims
	x, y              []float32
	image, row, pixel int // elements from one image, row, pixel of y to the next
	bias              []float32
	act               engine.Act
	pool              int // 0 or 2, as in engine.Conv2D; y is then contiguous
	arg               []uint8

	high, wide int       // tiles of an image
	weights    []float32 // transformed and packed: [spot, panel, C, nr()]
	panels     int
}

// compute packs the weights by pack, which fills panels of output channels [j0, j1) at dst: one for each spot, apart
// elements from one to the next, each with C rows of nr() columns. Then it runs all tiles.
func (w *winograd) compute(pack func(dst []float32, apart, j0, j1 int)) {
	w.high, w.wide = pieces(w.OutH, winogradTile), pieces(w.OutW, winogradTile)
	w.panels = pieces(w.K, nr())
	size := w.C * nr()
	w.weights = borrow[float32](winogradSpots * w.panels * size)
	parallel(w.panels, func(i int) { pack(w.weights[i*size:], w.panels*size, i*nr(), min(w.K, (i+1)*nr())) })
	tiles := w.N * w.high * w.wide
	batch := winogradBatch(tiles, w.C+w.K)
	parallel(pieces(tiles, batch), func(i int) {
		from, to := piece(i, tiles, batch)
		w.tiles(from, to)
	})
	giveBack(w.weights)
}

// winogradBatch is how many tiles are computed together: as many as fit the cache, but enough batches for all cores.
func winogradBatch(tiles, channels int) int {
	most := min(winogradTiles, winogradMost/(winogradSpots*channels), pieces(tiles, enough))
	return max(1, most/mr()) * mr()
}

// spotPad keeps the products' operands from falling on the same lines of the cache.
const spotPad = 16

// tiles computes tiles [from, to), counted over all images.
func (w *winograd) tiles(from, to int) {
	n := to - from
	in, out := n*w.C+spotPad, n*w.K+spotPad // from spot to spot
	m := getMill[float32](winogradSpots*(in+out) + 36*w.C + 16*w.K + winogradSpace)
	defer m.release()
	v, rest := m.space[:winogradSpots*in], m.space[winogradSpots*in:]
	p, rest := rest[:winogradSpots*out], rest[winogradSpots*out:]
	edge, rest := rest[:36*w.C], rest[36*w.C:]
	block, space := rest[:16*w.K], rest[16*w.K:]
	for t := range n {
		w.input(v[t*w.C:], in, from+t, edge, space)
	}
	w.products(m, p, out, v, in, n)
	for t := range n {
		w.output(p[t*w.K:], out, from+t, block, space)
	}
}

// place is the image of tile t, and its first output pixel.
func (w *winograd) place(t int) (n, i, j int) {
	return t / (w.high * w.wide), t / w.wide % w.high * winogradTile, t % w.wide * winogradTile
}

// input transforms the input of tile t; what lies beside the map is copied to edge with zeros first.
func (w *winograd) input(v []float32, apart, t int, edge, space []float32) {
	n, i, j := w.place(t)
	src, row := winogradPatch(&w.ConvDims, w.x, n, i-w.PadH, j-w.PadW, 6, edge)
	winogradInput.tile(v, 6*apart, apart, src, row, w.C, space, w.C)
}

// winogradPatch is size x size pixels of image n of x from (h, v) on, and its row length: in place, or in edge where a
// part lies beside the map.
func winogradPatch(d *engine.ConvDims, x []float32, n, h, v, size int, edge []float32) (src []float32, row int) {
	x = x[n*d.H*d.W*d.C:][:d.H*d.W*d.C]
	if h >= 0 && v >= 0 && h+size <= d.H && v+size <= d.W {
		return x[(h*d.W+v)*d.C:], d.W * d.C
	}
	edge = edge[:size*size*d.C]
	clear(edge)
	from, to := max(0, -v), min(size, d.W-v)
	for r := max(0, -h); r < min(size, d.H-h) && from < to; r++ {
		copy(edge[(r*size+from)*d.C:(r*size+to)*d.C], x[((h+r)*d.W+v+from)*d.C:])
	}
	return edge, size * d.C
}

// products are those of all spots. All of Aᵀ's column 1 is 1: what is added to spot (1, 1), is added to every pixel.
func (w *winograd) products(m *mill[float32], p []float32, out int, v []float32, in, tiles int) {
	for s := range winogradSpots {
		q := product[float32]{c: p[s*out:], ldc: w.K}
		if s == 7 {
			q.bias = w.bias
		}
		m.rowA, m.stepA, m.stepB = w.C, 1, nr()
		for panel := range w.panels {
			b := w.weights[(s*w.panels+panel)*w.C*nr():]
			for k := 0; k < w.C; k += depth {
				m.k = min(depth, w.C-k)
				m.first, m.last = k == 0, k+m.k == w.C
				m.b = b[k*nr():]
				for t, parts := 0, pieces(tiles, mr()); t < parts; t++ {
					i0, i1 := t*tiles/parts, (t+1)*tiles/parts
					m.a = v[s*in+i0*w.C+k:]
					m.grind(&q, i0, i1, panel*nr(), min(w.K, (panel+1)*nr()))
				}
			}
		}
	}
}

// output transforms the products of tile t to pixels of y.
func (w *winograd) output(p []float32, apart, t int, block, space []float32) {
	n, i, j := w.place(t)
	rows, cols := min(winogradTile, w.OutH-i), min(winogradTile, w.OutW-j)
	if w.pool > 0 || rows < winogradTile || cols < winogradTile {
		winogradOutput.tile(block, 4*w.K, w.K, p, 6*apart, apart, space, w.K)
		activateRow(w.act, block)
		if w.pool > 0 {
			w.maxPool(block, n, i/2, j/2, rows/2, cols/2)
			return
		}
		for r := range rows {
			for q := range cols {
				copy(w.y[n*w.image+(i+r)*w.row+(j+q)*w.pixel:][:w.K], block[(4*r+q)*w.K:])
			}
		}
		return
	}
	y := w.y[n*w.image+i*w.row+j*w.pixel:]
	winogradOutput.tile(y, w.row, w.pixel, p, 6*apart, apart, space, w.K)
	if w.act == engine.ActNone {
		return
	}
	for r := range winogradTile {
		if w.pixel == w.K {
			activateRow(w.act, y[r*w.row:][:winogradTile*w.K])
			continue
		}
		for q := range winogradTile {
			activateRow(w.act, y[r*w.row+q*w.pixel:][:w.K])
		}
	}
}

// maxPool pools a tile to rows x cols pixels of y from (i, j) on.
func (w *winograd) maxPool(block []float32, n, i, j, rows, cols int) {
	high, wide := w.OutH/2, w.OutW/2
	for r := range rows {
		for q := range cols {
			at := ((n*high+i+r)*wide + j + q) * w.K
			out := w.y[at:][:w.K]
			var won []uint8
			if w.arg != nil {
				won = w.arg[at:][:w.K]
			}
			maxOfTile(out, won, block[(8*r+2*q)*w.K:], w.K)
		}
	}
}
