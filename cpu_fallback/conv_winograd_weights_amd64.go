//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// forwardPanels is winograd's pack for weights [K, 3, 3, C] of a convolution's forward pass.
func forwardPanels(weights []float32, c int) func(dst []float32, apart, j0, j1 int) {
	return func(dst []float32, apart, j0, j1 int) {
		n := j1 - j0
		m := getMill[float32](winogradSpots * n * c)
		defer m.release()
		turned := m.space
		for k := range n {
			winogradWeights.tile(turned[k*c:], 6*n*c, n*c, weights[(j0+k)*9*c:], 3*c, c, c)
		}
		for s := range winogradSpots {
			panel := dst[s*apart:][:c*nr()]
			if n < nr() {
				clear(panel)
			}
			turn(panel, nr(), turned[s*n*c:], c, n, c)
		}
	}
}

// backwardPanels is winograd's pack for the gradient of the map: weights [K, 3, 3, C] upside down and back to front,
// from K channels to C.
func backwardPanels(weights []float32, k, c int) func(dst []float32, apart, j0, j1 int) {
	return func(dst []float32, apart, j0, j1 int) {
		m := getMill[float32](9 * nr())
		defer m.release()
		flipped := m.space
		for i := range k {
			for tap := range 9 {
				copy(flipped[(8-tap)*nr():], weights[(i*9+tap)*c+j0:(i*9+tap)*c+j1])
			}
			winogradWeights.tile(dst[i*nr():], 6*apart, apart, flipped, 3*nr(), nr(), nr())
		}
	}
}

// winogradGradient is the gradient of the weights: the sum over all tiles, for each spot, of the transformed output
// gradient times the transformed input. Pieces of the sum have their own accumulators, which are added in their order.
type winogradGradient struct {
	engine.ConvDims
	x, dy      []float32
	high, wide int
}

// winogradParts is how many pieces the sum has, at most: an accumulator is 4 times as large as the weights.
const winogradParts = 4

func (w *winogradGradient) compute(dw []float32) {
	w.high, w.wide = pieces(w.OutH, winogradTile), pieces(w.OutW, winogradTile)
	tiles := w.N * w.high * w.wide
	batch := winogradBatch(tiles, winogradParts, w.C+w.K)
	parts := min(winogradParts, pieces(tiles, batch))
	spot := w.K*w.C + spotPad
	size := winogradSpots * spot
	sums := borrow[float32](parts * size)
	parallel(parts, func(i int) { w.sum(sums[i*size:][:size], spot, batch, i*tiles/parts, (i+1)*tiles/parts) })
	grain := max(1, 512/w.C)
	parallel(pieces(w.K, grain), func(i int) {
		from, to := piece(i, w.K, grain)
		n := (to - from) * w.C
		m := getMill[float32](winogradSpots * n)
		defer m.release()
		for s := range winogradSpots {
			out := m.space[s*n:][:n]
			copy(out, sums[s*spot+from*w.C:])
			for i := 1; i < parts; i++ {
				fastBinary(engine.Add, out, out, sums[i*size+s*spot+from*w.C:][:n])
			}
		}
		for k := from; k < to; k++ {
			winogradWeightsGradient.tile(dw[k*9*w.C:], 3*w.C, w.C, m.space[(k-from)*w.C:], 6*n, n, w.C)
		}
	})
	giveBack(sums)
}

// sum sums over tiles [from, to), a batch at a time.
func (w *winogradGradient) sum(acc []float32, spot, batch, from, to int) {
	in, out := batch*w.C+spotPad, batch*w.K+spotPad
	m := getMill[float32](winogradSpots*(in+out) + nr())
	defer m.release()
	q, v := m.space[:winogradSpots*out], m.space[winogradSpots*out:] // the kernel reads whole vectors, over v's end
	for first := true; from < to; from, first = from+batch, false {
		n := min(batch, to-from)
		next := min(batch, to-from-n)
		for t := range n {
			image, i, j := w.place(from + t)
			winogradInput.tile(v[t*w.C:], in, w.x[image*w.H*w.W*w.C:], w.H, w.W, w.C, i-w.PadH, j-w.PadW)
			winogradGradientOf.tile(q[t*w.K:], out, w.dy[image*w.OutH*w.OutW*w.K:], w.OutH, w.OutW, w.K, i, j)
		}
		m.k, m.first = n, first
		m.rowA, m.stepA, m.stepB = 1, w.K, w.C
		for s := range winogradSpots {
			w.fetch(from+n+next*s/winogradSpots, from+n+next*(s+1)/winogradSpots)
			p := product[float32]{c: acc[s*spot:], ldc: w.C}
			for j := 0; j < w.C; j += nr() {
				m.b = v[s*in+j:]
				for t, parts := 0, pieces(w.K, mr()); t < parts; t++ {
					i0, i1 := t*w.K/parts, (t+1)*w.K/parts
					m.a = q[s*out+i0:]
					m.grind(&p, i0, i1, j, min(w.C, j+nr()))
				}
			}
		}
	}
}

// place is the image of tile t, and its first pixel of the output.
func (w *winogradGradient) place(t int) (n, i, j int) {
	return t / (w.high * w.wide), t / w.wide % w.high * winogradTile, t % w.wide * winogradTile
}

// fetch asks for what tiles [from, to) read.
func (w *winogradGradient) fetch(from, to int) {
	for t := from; t < to; t++ {
		n, i, j := w.place(t)
		fetchPatch(w.x[n*w.H*w.W*w.C:], w.H, w.W, w.C, i-w.PadH, j-w.PadW, 6)
		fetchPatch(w.dy[n*w.OutH*w.OutW*w.K:], w.OutH, w.OutW, w.K, i, j, winogradTile)
	}
}
