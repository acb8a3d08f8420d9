//go:build !purego

package cpu

import "github.com/braidml/braid/internal/engine"

// A 4x4 convolution of stride 2 reads pixels of one parity with taps of one parity: it is the sum of four convolutions
// with 2x2 taps and stride 1, one of each polyphase component of the map, as signal processing has it. The transposed
// one, and the gradient of the map, is four convolutions with 2x2 taps of the same map, one for each component of the
// output. Winograd's form F(4x4, 2x2) takes 25 multiplications for 16 pixels of such a convolution in place of 64: tiles
// of 5x5 pixels are transformed to 25 numbers a channel, and so are the taps; each of the 25 then is a matrix product of
// its own, tiles by channels, to which the components of the input are more channels; and what these give is transformed
// to tiles of 4x4 pixels.
//
// Rounding errors of a tile's worst pixel are up to 5 times those of the direct form, see TestPolyphaseLoss.

const (
	polyphaseTile  = 4  // output pixels across a tile
	polyphaseSpots = 25 // products, one for each element of a transformed tile
	polyphaseTiles = 48 // tiles of a piece: a weight that is fetched serves so many
	polyphaseCols  = 64 // output channels of a piece
)

// polyphaseMost is how many elements of the transformed map, and of the weights, there are at a time: the last cache holds
// them. A test makes it small.
var polyphaseMost = 1 << 22

// polyphase is a convolution in that form, forward or transposed.
type polyphase struct {
	rows, cols        phases
	n, h, w, c        int // the map that is read
	k                 int // channels of the output
	x, y, filters     []float32
	image, row, pixel int // elements from one image, row, pixel of y to the next
	bias              []float32
	act               engine.Act

	ins, outs int       // components of the input, which add up, and of the output
	shared    bool      // all components of the output read the same tiles
	deep      int       // channels times components of the input
	weights   []float32 // transformed: [output component, spot, panel, deep, nr()]
	chunk     int       // output channels in weights
	apart     int       // elements from spot to spot there
	alone     int       // tiles that a piece transforms for itself, or 0
}

// phases is how tiles lie along one dimension of the maps.
type phases struct {
	tiles   int
	start   [2]int // input coordinate where the first tile of an output component begins
	hop     int    // input pixels from tile to tile
	out, n  [2]int // where an output component begins, and its pixels
	skip    [2]int // pixels of its first tile that are not of the output
	outStep int
}

// stridedPhases are those of a convolution: output i reads pixels 2i - pad to 2i - pad + 3.
func stridedPhases(out, pad int) phases {
	return phases{tiles: pieces(out, polyphaseTile), start: [2]int{-pad, -pad}, hop: 2 * polyphaseTile, n: [2]int{out, out}, outStep: 1}
}

// transposedPhases are those of a transposed one: output coordinate 2q + f - pad reads pixels q - 1, through tap f + 2, and
// q, through tap f.
func transposedPhases(out, pad int) phases {
	p := phases{hop: polyphaseTile, outStep: 2}
	for f := range 2 {
		first := pieces(max(0, pad-f), 2) // q
		p.start[f] = first - 1
		p.out[f] = 2*first + f - pad
		p.n[f] = pieces(max(0, out-p.out[f]), 2)
		p.tiles = max(p.tiles, pieces(p.n[f], polyphaseTile))
	}
	return p
}

// share lets the tiles of both components begin at the same input coordinate, where that needs no more of them.
func (p *phases) share() bool {
	first := min(p.start[0], p.start[1])
	if p.n[0] == 0 || p.n[1] == 0 || pieces(max(p.start[0]+p.n[0], p.start[1]+p.n[1])-first, polyphaseTile) > p.tiles {
		return false
	}
	for f := range 2 {
		p.skip[f] = p.start[f] - first
		p.start[f], p.out[f], p.n[f] = first, p.out[f]-p.outStep*p.skip[f], p.n[f]+p.skip[f]
	}
	return true
}

// polyphaseFits reports whether d can be computed in this form.
func polyphaseFits(d *engine.ConvDims) bool {
	return useAVX2 && d.R == 4 && d.S == 4 && d.StrideH == 2 && d.StrideW == 2 && d.DilH == 1 && d.DilW == 1 &&
		d.C >= polyphaseChannels && d.K >= polyphaseChannels
}

const polyphaseChannels = 16

// polyphaseWorth is how many multiplications of the direct form a tile of this form must save, more than its 25 as its
// rate is less. A test makes it 0.
var polyphaseWorth = 26.

// polyphaseGains reports whether tiles of n images, most of which reach over the map where it is small, are worth it. The
// transformation of the weights takes as long as pack tiles.
func polyphaseGains(n int, rows, cols phases, tile float64, pack int) bool {
	return float64(n*(rows.n[0]+rows.n[1])*(cols.n[0]+cols.n[1])) >= polyphaseWorth*tile*float64(n*rows.tiles*cols.tiles+pack)
}

const polyphasePack = 30

// polyphaseCost is what transforming a tile adds to its products: the less, the more channels there are.
func polyphaseCost(d *engine.ConvDims) float64 { return 1 + 12/float64(d.C) + 12/float64(d.K) }

// polyphaseForward is Conv2D, if it fits.
func polyphaseForward(op engine.Conv2D) bool {
	d := op.ConvDims
	rows, cols := stridedPhases(d.OutH, d.PadH), stridedPhases(d.OutW, d.PadW)
	if op.Pool != 0 || !polyphaseFits(&d) || !polyphaseGains(d.N, rows, cols, polyphaseCost(&d), polyphasePack) {
		return false
	}
	p := polyphase{rows: rows, cols: cols, n: d.N, h: d.H, w: d.W, c: d.C, k: d.K, x: view[float32](op.X), y: view[float32](op.Y),
		filters: view[float32](op.W), image: d.OutH * d.OutW * d.K, row: d.OutW * d.K, pixel: d.K, bias: view[float32](op.Bias),
		act: op.Act, ins: 4, outs: 1}
	p.compute(p.packForward)
	return true
}

// polyphaseTranspose is ConvTranspose2D, if it fits.
func polyphaseTranspose(op engine.Conv2D) bool {
	d := op.ConvDims
	rows, cols := transposedPhases(d.H, d.PadH), transposedPhases(d.W, d.PadW)
	if !polyphaseFits(&d) || !polyphaseGains(d.N, rows, cols, polyphaseCost(&d), polyphasePack) {
		return false
	}
	p := polyphase{rows: rows, cols: cols, n: d.N, h: d.OutH, w: d.OutW, c: d.K, k: d.C, x: view[float32](op.X), y: view[float32](op.Y),
		filters: view[float32](op.W), image: d.H * d.W * d.C, row: d.W * d.C, pixel: d.C, bias: view[float32](op.Bias),
		act: op.Act, ins: 1, outs: 4}
	if r, c := rows, cols; r.share() && c.share() {
		p.rows, p.cols, p.shared = r, c, true
	}
	p.compute(p.packTransposed)
	return true
}
