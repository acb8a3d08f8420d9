//go:build !purego

package cpu

const turnSpan = 64 // columns turned at a time: what is written stays in the first-level cache

// turn32 is turn in assembly, false where it cannot be. The last block of 4 rows and of 4 columns overlaps the one before
// it, so that nothing is left for scalar code.
func turn32(dst []float32, w int, src []float32, ld, rows, cols int) bool {
	if rows < 4 || cols < 4 {
		return false
	}
	_, _ = dst[(cols-1)*w+rows-1], src[(rows-1)*ld+cols-1]
	for k := 0; k < cols; k += turnSpan {
		n := min(turnSpan, cols-k)
		if n < 4 {
			n, k = 4, cols-4
		}
		for r := 0; r < rows; r += 4 {
			r = min(r, rows-4)
			turn4NEON(&dst[k*w+r], w, &src[r*ld+k], ld, n/4)
			if n%4 != 0 {
				turn4NEON(&dst[(k+n-4)*w+r], w, &src[r*ld+k+n-4], ld, 1)
			}
		}
	}
	return true
}

// copyRows32 is copyRows in assembly, false where there is none for the width.
func copyRows32(dst []float32, w, step int, src []float32, ld, n, rows int) bool {
	if n != w || w != 6 && w != 16 {
		return false
	}
	_, _ = dst[(rows-1)*step+w-1], src[(rows-1)*ld+w-1]
	if w == 6 {
		copy6NEON(&dst[0], step, &src[0], ld, rows)
	} else {
		copy16NEON(&dst[0], step, &src[0], ld, rows)
	}
	return true
}
