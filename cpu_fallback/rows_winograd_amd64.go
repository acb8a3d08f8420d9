//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family winograd -pkg cpu -out ../winograd_amd64.s -stubs ../winograd_amd64.go

// transform is one of Winograd's, of tiles of in x in elements to out x out: see winogradWeightsAVX512 and its like.
type transform struct {
	in, out      int
	avx2, avx512 func(dst *float32, dstRow, dstCol int, src *float32, srcRow, srcCol, c int)
}

// patchTransform is one whose tiles are cut from a map, over whose borders they may reach: see winogradInputAVX512.
type patchTransform struct {
	in, out      int
	avx2, avx512 func(dst *float32, dstRow, dstCol int, src *float32, at, srcRow, srcCol, c int, inside uint64)
}

var (
	winogradInput           = patchTransform{6, 6, winogradInputAVX2, winogradInputAVX512}
	winogradGradientOf      = patchTransform{4, 6, winogradGradientAVX2, winogradGradientAVX512}
	winogradWeights         = transform{3, 6, winogradWeightsAVX2, winogradWeightsAVX512}
	winogradWeightsGradient = transform{6, 3, winogradWeightsGradientAVX2, winogradWeightsGradientAVX512}
)

// tile transforms one tile of c channels.
func (t *transform) tile(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c int) {
	_, _ = dst[(t.out-1)*(dstRow+dstCol)+c-1], src[(t.in-1)*(srcRow+srcCol)+c-1]
	f := t.avx2
	if useAVX512 {
		f = t.avx512
	}
	f(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, c)
}

// tile transforms the tile of x, a map of h x w pixels of c channels, that begins at pixel (i, j). Beside the map are
// zeros. Elements of the result lie apart from each other.
func (t *patchTransform) tile(dst []float32, apart int, x []float32, h, w, c, i, j int) {
	_, _ = dst[(t.out*t.out-1)*apart+c-1], x[h*w*c-1]
	rows, cols := within(i, h, t.in), within(j, w, t.in)
	inside := uint64(0)
	for r := range t.in {
		if rows>>r&1 > 0 {
			inside |= cols << (r * t.in)
		}
	}
	f := t.avx2
	if useAVX512 {
		f = t.avx512
	}
	f(&dst[0], t.out*apart, apart, &x[0], (i*w+j)*c, w*c, c, c, inside)
}

// winogradOutput transforms a tile of c channels, whose elements lie apart from each other, to 4x4 pixels of y, adds
// the bias and raises them to floor.
func winogradOutput(y []float32, row, pixel int, tile []float32, apart, c int, bias []float32, floor float32) {
	_, _, _ = y[3*(row+pixel)+c-1], tile[35*apart+c-1], bias[c-1]
	f := winogradOutputAVX2
	if useAVX512 {
		f = winogradOutputAVX512
	}
	f(&y[0], row, pixel, &tile[0], 6*apart, apart, c, &bias[0], floor)
}

// within has bit k set, of n, where 0 <= i+k < size.
func within(i, size, n int) uint64 {
	low, high := min(max(-i, 0), n), max(min(size-i, n), 0)
	return (1<<high - 1) &^ (1<<low - 1)
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
