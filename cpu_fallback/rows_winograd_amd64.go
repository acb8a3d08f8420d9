//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family winograd -pkg cpu -out ../winograd_amd64.s -stubs ../winograd_amd64.go

// transform is one of Winograd's, of tiles of in x in elements to out x out: see winogradInputAVX512 and its like.
type transform struct {
	in, out      int
	avx2, avx512 func(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol int, space *float32, c int)
}

var (
	winogradInput           = transform{6, 6, winogradInputAVX2, winogradInputAVX512}
	winogradOutput          = transform{6, 4, winogradOutputAVX2, winogradOutputAVX512}
	winogradWeights         = transform{3, 6, winogradWeightsAVX2, winogradWeightsAVX512}
	winogradGradientOf      = transform{4, 6, winogradGradientAVX2, winogradGradientAVX512}
	winogradWeightsGradient = transform{6, 3, winogradWeightsGradientAVX2, winogradWeightsGradientAVX512}
)

// tile transforms one tile of c channels.
func (t *transform) tile(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[(t.out-1)*(dstRow+dstCol)+c-1], src[(t.in-1)*(srcRow+srcCol)+c-1], space[winogradSpace-1]
	f := t.avx2
	if useAVX512 {
		f = t.avx512
	}
	f(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
}

// maxOfTile is the maximum, and if asked its tap, of pixels 0 and 1 of c channels and 4 and 5: a window of 2x2 in a tile
// that is 4 pixels wide.
func maxOfTile(best []float32, won []uint8, in []float32, c int) {
	off := [4]int{0, 4 * c, 16 * c, 20 * c}
	_, _ = best[c-1], in[6*c-1]
	var arg *uint8
	if won != nil {
		arg = &won[:c][0]
	}
	switch {
	case useAVX512:
		maxPoolAVX512(&best[0], arg, &in[0], &off[0], 0, 4, c, c, 1)
	case c%8 == 0:
		maxPoolAVX2(&best[0], arg, &in[0], &off[0], 0, 4, c, c, 1)
	default:
		copy(best, in[:c])
		setAll(won, 0)
		for t, o := range off[1:] {
			takeMax(best, won, in[o/4:][:c], uint8(t+1))
		}
	}
}
