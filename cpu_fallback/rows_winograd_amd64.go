//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family winograd -pkg cpu -out ../winograd_amd64.s -stubs ../winograd_amd64.go

// The functions below transform one tile: see winogradInputAVX512 and its like.

func winogradInput(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[5*dstRow+5*dstCol+c-1], src[5*srcRow+5*srcCol+c-1], space[winogradSpace-1]
	if useAVX512 {
		winogradInputAVX512(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	} else {
		winogradInputAVX2(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	}
}

func winogradOutput(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[3*dstRow+3*dstCol+c-1], src[5*srcRow+5*srcCol+c-1], space[winogradSpace-1]
	if useAVX512 {
		winogradOutputAVX512(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	} else {
		winogradOutputAVX2(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	}
}

func winogradWeights(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[5*dstRow+5*dstCol+c-1], src[2*srcRow+2*srcCol+c-1], space[winogradSpace-1]
	if useAVX512 {
		winogradWeightsAVX512(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	} else {
		winogradWeightsAVX2(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	}
}

func winogradGradientOf(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[5*dstRow+5*dstCol+c-1], src[3*srcRow+3*srcCol+c-1], space[winogradSpace-1]
	if useAVX512 {
		winogradGradientAVX512(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	} else {
		winogradGradientAVX2(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	}
}

func winogradWeightsGradient(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol int, space []float32, c int) {
	_, _, _ = dst[2*dstRow+2*dstCol+c-1], src[5*srcRow+5*srcCol+c-1], space[winogradSpace-1]
	if useAVX512 {
		winogradWeightsGradientAVX512(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	} else {
		winogradWeightsGradientAVX2(&dst[0], dstRow, dstCol, &src[0], srcRow, srcCol, &space[0], c)
	}
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
