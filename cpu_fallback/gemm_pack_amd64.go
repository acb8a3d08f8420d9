//go:build !purego

package cpu

//go:generate go -C _gen run ./turn -pkg cpu -out ../gemm_turn_amd64.s -stubs ../gemm_turn_amd64.go

const turnSpan = 128 // columns turned at a time: what is written stays in the first-level cache

// turn32 is turn in assembly, false where it cannot be. The last block of 8 rows, of 4 rows and of 8 columns overlaps
// the one before it, so that nothing is left for scalar code.
func turn32(dst []float32, w int, src []float32, ld, rows, cols int) bool {
	if !hasAVX2 || rows < 4 || cols < 8 {
		return false
	}
	_, _ = dst[(cols-1)*w+rows-1], src[(rows-1)*ld+cols-1]
	for k := 0; k < cols; k += turnSpan {
		n := min(turnSpan, cols-k)
		if n < 8 {
			n, k = 8, cols-8
		}
		for r := 0; r < rows; {
			f, high := turn4, 4
			if rows >= 8 && rows-r > 4 {
				f, high = turn8, 8
			}
			r = min(r, rows-high)
			f(&dst[k*w+r], w, &src[r*ld+k], ld, n/8)
			if n%8 != 0 {
				f(&dst[(k+n-8)*w+r], w, &src[r*ld+k+n-8], ld, 1)
			}
			r += high
		}
	}
	return true
}

// copyRows32 is copyRows in assembly, false where there is none for the width.
func copyRows32(dst []float32, w, step int, src []float32, ld, n, rows int) bool {
	f := copy32
	switch {
	case w == 32 && hasAVX512:
	case w == 12 && hasAVX512:
		f = copy12
	case w == 16 && hasAVX2:
		f = copy16
	case w == 6 && hasAVX2:
		f = copy6
	default:
		return false
	}
	_, _ = dst[(rows-1)*step+w-1], src[(rows-1)*ld+n-1]
	f(&dst[0], step, &src[0], ld, n, rows)
	return true
}
