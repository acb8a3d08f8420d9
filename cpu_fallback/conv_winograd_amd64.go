//go:build !purego

package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// A 3x3 convolution takes 9 multiplications for an output pixel, Winograd's form F(4x4, 3x3) 2.25: tiles of 6x6 input
// pixels, which overlap by two, are transformed to 36 numbers a channel, and so are the weights; each of the 36 then is a
// matrix product of its own, tiles by channels; and what these give is transformed to tiles of 4x4 output pixels
// (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
//
// Polynomials are evaluated at 0, ±√½, ±√2 and infinity, where the transformations' rounding errors are a quarter of those
// at the usual 0, ±1 and ±2: about twice the direct form's, see TestWinogradError.

const (
	winogradTile  = 4       // output pixels across a tile
	winogradSpots = 36      // products, one for each element of a transformed tile
	winogradMost  = 3 << 17 // elements of the transformed tiles of a batch: more tiles read the weights less often, fewer stay in caches
	winogradFar   = 1 << 22 // elements of a map that is not in the caches when it is written
	winogradTiles = 96      // tiles of a batch, at most
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
	batch := winogradBatch(tiles, enough, w.C+min(w.K, nr()))
	grain := batch * winogradRun(tiles, batch)
	parallel(pieces(tiles, grain), func(i int) {
		from, to := piece(i, tiles, grain)
		w.tiles(from, to, batch)
	})
	giveBack(w.weights)
}

// winogradBatch is how many tiles are computed together: as many as fit the cache, but so many batches at least.
func winogradBatch(tiles, batches, channels int) int {
	most := min(winogradTiles, winogradMost/(winogradSpots*channels), pieces(tiles, batches))
	return max(1, most/mr()) * mr()
}

// spotPad keeps the products' operands from falling on the same lines of the cache.
const spotPad = 16

// winogradRun is how many batches a piece has: of more than one, the next one's input is fetched while one is computed.
func winogradRun(tiles, batch int) int { return max(1, min(16, tiles/batch/enough)) }

// tiles computes tiles [from, to), counted over all images, a batch at a time: the input of all of them, and then a panel
// of output channels at a time, so that its products are still in the cache when they are transformed.
func (w *winograd) tiles(from, to, batch int) {
	wide := min(w.K, nr())
	in, out := batch*w.C+spotPad, batch*wide+spotPad // from spot to spot
	m := getMill[float32](winogradSpots*(in+out) + 16*wide)
	defer m.release()
	v, rest := m.space[:winogradSpots*in], m.space[winogradSpots*in:]
	p, block := rest[:winogradSpots*out], rest[winogradSpots*out:]
	far := w.pool == 0 && w.N*w.image > winogradFar
	for ; from < to; from += batch {
		n := min(batch, to-from)
		for t := range n {
			image, i, j := w.place(from + t)
			winogradInput.tile(v[t*w.C:], in, w.x[image*w.H*w.W*w.C:], w.H, w.W, w.C, i-w.PadH, j-w.PadW)
		}
		next := min(batch, to-from-n)
		for panel := range w.panels {
			j := panel * nr()
			k := min(w.K-j, nr())
			for s := range winogradSpots {
				w.product(m, p[s*out:], wide, v[s*in:], n, panel, s)
				step, steps := panel*winogradSpots+s, w.panels*winogradSpots
				w.fetchInput(from+n+next*step/steps, from+n+next*(step+1)/steps)
				if far {
					w.fetchOutput(from+n*s/winogradSpots, from+n*(s+1)/winogradSpots, j, k)
				}
			}
			for t := range n {
				w.output(p[t*wide:], out, from+t, j, block[:16*k])
			}
		}
	}
}

// fetchInput asks for what tiles [from, to) read.
func (w *winograd) fetchInput(from, to int) {
	for t := from; t < to; t++ {
		n, i, j := w.place(t)
		fetchPatch(w.x[n*w.H*w.W*w.C:], w.H, w.W, w.C, i-w.PadH, j-w.PadW, 6)
	}
}

// fetchOutput asks for what tiles [from, to) write, channels from k on.
func (w *winograd) fetchOutput(from, to, k, c int) {
	for t := from; t < to; t++ {
		n, i, j := w.place(t)
		y := w.y[n*w.image+i*w.row+j*w.pixel+k:]
		for r := range min(winogradTile, w.OutH-i) {
			prefetchRows(&y[r*w.row], min(winogradTile, w.OutW-j), w.pixel, c)
		}
	}
}

// fetchPatch asks for size x size pixels from (i, j) on of a map of h x w pixels of c channels, without those of the
// first two columns, which another tile has had.
func fetchPatch(x []float32, h, w, c, i, j, size int) {
	from, to := max(0, j+size-winogradTile), min(j+size, w)
	if rows := min(i+size, h) - max(0, i); rows > 0 && from < to {
		prefetchRows(&x[(max(0, i)*w+from)*c], rows, w*c, (to-from)*c)
	}
}

// place is the image of tile t, and its first output pixel.
func (w *winograd) place(t int) (n, i, j int) {
	return t / (w.high * w.wide), t / w.wide % w.high * winogradTile, t % w.wide * winogradTile
}

// product is that of a spot for a panel, its rows wide apart.
func (w *winograd) product(m *mill[float32], p []float32, wide int, v []float32, tiles, panel, spot int) {
	j := panel * nr()
	cols := min(w.K-j, nr())
	q := product[float32]{c: p, ldc: wide}
	m.rowA, m.stepA, m.stepB = w.C, 1, nr()
	b := w.weights[(spot*w.panels+panel)*w.C*nr():]
	for k := 0; k < w.C; k += depth {
		m.k = min(depth, w.C-k)
		m.first, m.last = k == 0, k+m.k == w.C
		m.b = b[k*nr():]
		for t, parts := 0, pieces(tiles, mr()); t < parts; t++ {
			i0, i1 := t*tiles/parts, (t+1)*tiles/parts
			m.a = v[i0*w.C+k:]
			m.grind(&q, i0, i1, 0, cols)
		}
	}
}

// noBias is as many zeros as a panel has columns, at most.
var noBias [32]float32

// output transforms the products of tile t to channels of y from k on: as many as block has of 16 pixels.
func (w *winograd) output(p []float32, apart, t, k int, block []float32) {
	n, i, j := w.place(t)
	rows, cols, c := min(winogradTile, w.OutH-i), min(winogradTile, w.OutW-j), len(block)/16
	floor, act, bias := float32(math.Inf(-1)), w.act, noBias[:]
	if w.bias != nil {
		bias = w.bias[k:]
	}
	if act == engine.ActReLU {
		floor, act = 0, engine.ActNone
	}
	if w.pool == 0 && act == engine.ActNone && rows == winogradTile && cols == winogradTile {
		winogradOutput(w.y[n*w.image+i*w.row+j*w.pixel+k:], w.row, w.pixel, p, apart, c, bias, floor)
		return
	}
	winogradOutput(block, 4*c, c, p, apart, c, bias, floor)
	activateRow(act, block)
	if w.pool > 0 {
		w.maxPool(block, n, i/2, j/2, rows/2, cols/2, k)
		return
	}
	for r := range rows {
		for q := range cols {
			copy(w.y[n*w.image+(i+r)*w.row+(j+q)*w.pixel+k:][:c], block[(4*r+q)*c:])
		}
	}
}

// maxPool pools a tile to rows x cols pixels of y from (i, j) on, channels from k on.
func (w *winograd) maxPool(block []float32, n, i, j, rows, cols, k int) {
	high, wide, c := w.OutH/2, w.OutW/2, len(block)/16
	for r := range rows {
		for q := range cols {
			at := ((n*high+i+r)*wide+j+q)*w.K + k
			out := w.y[at:][:c]
			var won []uint8
			if w.arg != nil {
				won = w.arg[at:][:c]
			}
			maxOfTile(out, won, block[(8*r+2*q)*c:], c)
		}
	}
}
