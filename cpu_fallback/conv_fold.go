package cpu

import "github.com/braidml/braid/internal/engine"

// foldMost is up to how many channels a transposed convolution's output may have to be folded.
const foldMost = 4

// foldRing is how many elements of products are kept: they stay in the first-level cache.
const foldRing = 6 << 10

// pixelFold is one call of the kernel that adds up what a row of output pixels gets from its taps: pixel v of channel c is
// bias[c] + Σ p[off[r] + v·stepP + t·stepTap + c] over r and over t < taps.
//
// The assembly kernels know the offsets of the fields; a test compares. They read, but do not use, up to three elements
// behind the last one.
type pixelFold struct {
	y, p                  []float32
	off                   []int
	bias                  []float32 // foldMost of them
	pixels, taps          int
	stepY, stepP, stepTap int
}

// folded is a transposed convolution to few channels, or a convolution of stride 1 to few filters: first each pixel of X is
// multiplied with all weights, which gives R·S·C numbers, columns enough to fill the lanes; then the numbers of all taps
// that meet in a pixel of Y are added up.
type folded struct {
	engine.ConvDims
	y, x    []float32
	act     engine.Act
	bias    []float32 // foldMost of them
	weights []float32 // packed in panels of panel columns
	zeros   []float32
	panel   int
	wide    int // elements of a pixel's products: R·S·C, filled up
	left    int // pixels of zeros before a row of products, for the taps that reach over the edge,
	across  int // and pixels with them and those behind
	meet    int // rows of products that meet in a row of Y
	ring    int // and those that are kept: more, where they are so short that a call of the kernel for each costs as much
}

// folds reports whether a transposed convolution is folded: R·S·C columns then cost less than R·S times C of them.
func folds(d *engine.ConvDims) bool {
	return pixelKernel() != nil && d.C <= foldMost && d.R*d.S >= 4 && d.DilW == 1 && d.K*d.OutH*d.OutW > 0
}

// foldsForward reports whether a convolution is folded: one of stride 1 is a transposed one with its taps in reverse.
func foldsForward(op *engine.Conv2D) bool {
	return op.StrideH == 1 && op.StrideW == 1 && op.Pool == 0 && op.N*op.OutH*op.OutW > 0 && folds(asTransposed(&op.ConvDims))
}

// asTransposed is the transposed convolution that a convolution of stride 1 is.
func asTransposed(d *engine.ConvDims) *engine.ConvDims {
	t := *d
	t.C, t.K, t.H, t.W, t.OutH, t.OutW = d.K, d.C, d.OutH, d.OutW, d.H, d.W
	t.PadH, t.PadW = (d.R-1)*d.DilH-d.PadH, (d.S-1)*d.DilW-d.PadW
	return &t
}

func convFoldForward(op engine.Conv2D) {
	d, w := op.ConvDims, view[float32](op.W)
	op.ConvDims = *asTransposed(&d)
	taps := d.R * d.S
	turned := borrow[float32](taps * d.C * d.K)
	defer giveBack(turned)
	for c := range d.C {
		for t := range taps {
			for k := range d.K {
				turned[(c*taps+t)*d.K+k] = w[(k*taps+taps-1-t)*d.C+c]
			}
		}
	}
	convFold(op, turned)
}

// convFold is a transposed convolution that is folded.
func convFold(op engine.Conv2D, w []float32) {
	k := pixelKernel()
	f := &folded{ConvDims: op.ConvDims, y: view[float32](op.Y), x: view[float32](op.X), act: op.Act, panel: k.wide * k.lanes}
	columns := f.R * f.S * f.C
	f.wide = columns/f.panel*f.panel + k.panel(columns%f.panel)
	f.left = max(0, pieces(f.S-1-f.PadW, f.StrideW))
	f.across = f.left + max(f.OutW, (f.W-1+f.PadW)/f.StrideW+1)
	f.meet = min(f.OutH, (f.R-1)*f.DilH/f.StrideH+1)
	f.ring = min(f.OutH, max(f.meet, foldRing/(f.across*f.wide)))
	space := borrow[float32](f.wide*f.K + f.panel + foldMost)
	defer giveBack(space)
	f.weights, f.zeros, f.bias = space[:f.wide*f.K], space[f.wide*f.K:][:f.panel], space[f.wide*f.K+f.panel:]
	clear(f.zeros)
	clear(f.bias[copy(f.bias, view[float32](op.Bias)):])
	for j := 0; j < f.wide; j += f.panel {
		n, to := min(f.panel, columns-j), min(f.panel, f.wide-j)
		for at := range f.K {
			row := f.weights[j*f.K+at*to:][:to]
			clear(row[copy(row, w[at*columns+j:][:n]):])
		}
	}
	work := f.W * f.wide * f.K / (f.StrideH * f.StrideW)
	grain := min(f.H, max(1, pieceWork/max(1, work), min(f.N*f.H/enough, 8*f.R)))
	bands := pieces(f.H, grain)
	parallel(f.N*bands, func(i int) {
		from, to := piece(i%bands, f.H, grain)
		f.band(i/bands, from, to)
	})
}

// band computes rows [from, to) of Y's image img. The products of a row of X stay in a ring for the rows that they meet in.
func (f *folded) band(img, from, to int) {
	row := f.across * f.wide
	m := getPixelMill(f.ring*row + foldMost)
	defer m.release()
	clear(m.space)
	next := max(0, (from+f.PadH-(f.R-1)*f.DilH)/f.StrideH)
	k, fold := pixelKernel(), &m.pixelFold
	for h := from; h < to; h++ {
		for next < f.OutH && next*f.StrideH <= h+f.PadH {
			n := min(f.ring-next%f.ring, (to-1+f.PadH)/f.StrideH+1-next, f.OutH-next)
			if f.ring < f.OutH {
				n = min(n, f.ring-f.meet+1)
			}
			f.products(&m.pixelTiles, m.space[next%f.ring*row+f.left*f.wide:], img, next, n)
			next += n
		}
		out := f.y[(img*f.H+h)*f.W*f.C:][:f.W*f.C]
		*fold = pixelFold{p: m.space, bias: f.bias, stepY: f.StrideW * f.C, stepP: f.wide, stepTap: f.StrideW*f.C - f.wide}
		for v := range min(f.StrideW, f.W) {
			s := (v + f.PadW) % f.StrideW
			m.off = m.off[:0]
			for r := range f.R {
				if i, ok := reader(h, r, f.StrideH, f.PadH, f.DilH, f.OutH); ok && s < f.S {
					m.off = append(m.off, i%f.ring*row+(f.left+(v+f.PadW)/f.StrideW)*f.wide+(r*f.S+s)*f.C)
				}
			}
			fold.y, fold.off = out[v*f.C:], m.off
			fold.pixels, fold.taps = pieces(f.W-v, f.StrideW), pieces(f.S-s, f.StrideW)
			k.fold(fold, f.C)
		}
		activateRow(f.act, out)
	}
}

// products multiplies n rows of X's image img, from row i on, with all weights.
func (f *folded) products(t *pixelTiles, to []float32, img, i, n int) {
	*t = pixelTiles{rows: n, stepX: f.K, stepY: f.wide, rowX: f.OutW * f.K, rowY: f.across * f.wide, runs: 1, run: f.K,
		bias: f.zeros, x: f.x[(img*f.OutH+i)*f.OutW*f.K:][:n*f.OutW*f.K]}
	for j := 0; j < f.wide; j += f.panel {
		t.cols = min(f.panel, f.wide-j)
		t.ahead = pixelKernel().high(t.cols) * f.K
		t.y, t.w = to[j:], f.weights[j*f.K:]
		t.compute(f.OutW)
	}
}
