//go:build !purego

package cpu

import (
	"math/bits"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

//go:generate go -C _gen run ./rows -family polyphase -pkg cpu -out ../polyphase_amd64.s -stubs ../polyphase_amd64.go

// phaseTransform is one of F(4x4, 2x2), of tiles of in x in elements to out x out: see polyphaseWeightsAVX512 and its like.
type phaseTransform struct {
	in, out      int
	avx2, avx512 func(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c int)
}

var (
	polyphaseWeights         = phaseTransform{2, 5, polyphaseWeightsAVX2, polyphaseWeightsAVX512}
	polyphaseWeightsGradient = phaseTransform{5, 2, polyphaseWeightsGradientAVX2, polyphaseWeightsGradientAVX512}
)

// phasePatch is one of tiles of in x in pixels of a map, to 5 x 5 numbers.
type phasePatch struct {
	in           int
	avx2, avx512 func(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c, at int, inside uint64)
}

var (
	polyphaseInput      = phasePatch{5, polyphaseInputAVX2, polyphaseInputAVX512}
	polyphaseGradientOf = phasePatch{4, polyphaseGradientAVX2, polyphaseGradientAVX512}
)

// window transforms channels [c0, c0+c) of a tile of image n of x, which is [N, H, W, C]: its pixels lie step apart, the
// first at (h, v), and are zeros beside the map.
func (t *phasePatch) window(dst []float32, apart int, d *engine.ConvDims, x []float32, n, h, v, step, c0, c int) {
	rows, cols := uint64(0), uint64(0)
	for i := range t.in {
		if uint(h+i*step) < uint(d.H) {
			rows |= 1 << (i * t.in)
		}
		if uint(v+i*step) < uint(d.W) {
			cols |= 1 << i
		}
	}
	size := d.H * d.W * d.C
	t.tile(dst, 5*apart, apart, x[n*size:][:size], step*d.W*d.C, step*d.C, c, (h*d.W+v)*d.C+c0, rows*cols)
}

// tile transforms one tile of c channels, whose pixels that are inside are.
func (t *phasePatch) tile(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c, at int, inside uint64) {
	_ = dst[4*(dstRow+dstCol)+c-1]
	if inside != 0 {
		first, last := bits.TrailingZeros64(inside), bits.Len64(inside)-1
		_, _ = src[at+first/t.in*srcRow+first%t.in*srcCol], src[at+last/t.in*srcRow+last%t.in*srcCol+c-1]
	}
	f := t.avx2
	if useAVX512 {
		f = t.avx512
	}
	f(&dst[0], dstRow, dstCol, unsafe.SliceData(src), srcRow, srcCol, c, at, inside)
}

// tile transforms one tile of c channels.
func (t *phaseTransform) tile(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c int) {
	_, _ = dst[(t.out-1)*(dstRow+dstCol)+c-1], src[(t.in-1)*(srcRow+srcCol)+c-1]
	t.run(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, c)
}

// flipped transforms a tile that is upside down and back to front.
func (t *phaseTransform) flipped(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c int) {
	last := (t.in - 1) * (srcRow + srcCol)
	_, _ = dst[(t.out-1)*(dstRow+dstCol)+c-1], src[last+c-1]
	t.run(&dst[0], dstRow, dstCol, &src[last], -srcRow, -srcCol, c)
}

func (t *phaseTransform) run(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c int) {
	if useAVX512 {
		t.avx512(dst, dstRow, dstCol, src, srcRow, srcCol, c)
	} else {
		t.avx2(dst, dstRow, dstCol, src, srcRow, srcCol, c)
	}
}

// polyphaseOutput makes 4x4 pixels of a tile of products, and adds the bias, if there is one, and applies act.
func polyphaseOutput(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c int, bias []float32, act engine.Act) {
	_, _ = dst[3*(dstRow+dstCol)+c-1], src[4*(srcRow+srcCol)+c-1]
	var b *float32
	if bias != nil {
		b = &bias[:c][0]
	}
	f := polyphaseOutputAVX2
	if useAVX512 {
		f = polyphaseOutputAVX512
	}
	f(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, c, b, int(act))
	if act != engine.ActNone && act != engine.ActReLU && act != engine.ActLeakyReLU {
		for i := range 4 {
			for j := range 4 {
				activateRow(act, dst[i*dstRow+j*dstCol:][:c])
			}
		}
	}
}
