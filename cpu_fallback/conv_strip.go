package cpu

import "github.com/braidml/braid/internal/engine"

// strips lays the input of one output row at a time out as an operand that the product's kernel reads in place.
//
// The strip of an output row holds, column by column of the padded map, the R pixels of that column that the row's
// windows read: [column, R, C]. So what an output pixel reads is one run of S·R·C elements in the order (s, r, c), and
// the next pixel's run begins StrideW columns later. A pixel is copied R times instead of im2col's R·S times, clipping
// happens here and nowhere else, and the copy stays in the cache.
//
// Where columns are not shared, or rows are so short that a tile of the kernel should cross them, a strip is dense:
// [output column, S, R, C].
type strips struct {
	engine.ConvDims
	x     []float32
	dense bool
	step  int // elements from one output pixel's run to the next one's
	span  int // elements of a strip
}

// shortRow is the length up to which output rows are too short to fill a tile of the kernel.
const shortRow = 3

func newStrips(d engine.ConvDims, x []float32, dense bool) strips {
	s := strips{ConvDims: d, x: x, dense: dense || d.DilW > 1 || d.StrideW >= d.S || d.OutW <= shortRow}
	s.step = d.StrideW * d.R * d.C
	s.span = ((d.OutW-1)*d.StrideW + d.S) * d.R * d.C
	if s.dense {
		s.step = d.S * d.R * d.C
		s.span = d.OutW * s.step
	}
	return s
}

// fill makes the strip of row i of image n.
func (s *strips) fill(dst []float32, n, i int) {
	for r := range s.R {
		h := i*s.StrideH - s.PadH + r*s.DilH
		var row []float32 // stays empty where there is only padding
		if h >= 0 && h < s.H {
			row = s.x[(n*s.H+h)*s.W*s.C:][:s.W*s.C]
		}
		dst := dst[r*s.C:]
		if !s.dense {
			s.columns(dst, row, -s.PadW, s.span/(s.R*s.C), 1)
			continue
		}
		for j := range s.OutW {
			s.columns(dst[j*s.step:], row, j*s.StrideW-s.PadW, s.S, s.DilW)
		}
	}
}

// columns puts n pixels of row, from column v on and dil apart, into every R-th place of dst, and zeros beside the map.
func (s *strips) columns(dst, row []float32, v, n, dil int) {
	apart := s.R * s.C
	from, to := window(v, n, dil, s.W)
	if row == nil {
		from, to = n, n
	}
	for i := range from {
		clear(dst[i*apart:][:s.C])
	}
	for i := to; i < n; i++ {
		clear(dst[i*apart:][:s.C])
	}
	if from == to {
		return
	}
	src, dst := row[(v+from*dil)*s.C:], dst[from*apart:]
	n, dil = to-from, dil*s.C
	switch {
	case s.R == 1 && dil == s.C: // pixels lie side by side
		copy(dst, src[:n*s.C])
	case s.C == 1:
		for i := range n {
			dst[i*apart] = src[i*dil]
		}
	case s.C == 3:
		for i := range n {
			a, b := dst[i*apart:], src[i*dil:]
			a, b = a[:3], b[:3]
			a[0], a[1], a[2] = b[0], b[1], b[2]
		}
	default:
		for i := range n {
			copy(dst[i*apart:][:s.C], src[i*dil:])
		}
	}
}
