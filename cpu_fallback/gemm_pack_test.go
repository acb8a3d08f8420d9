package cpu

import (
	"math"
	"testing"
)

func TestTurn(t *testing.T) {
	for rows := 0; rows <= 33; rows++ {
		for _, cols := range []int{0, 1, 7, 8, 9, 16, 31, 127, 128, 129, 135, 136, 260} {
			ld, w := cols+rows%3, rows+cols%5
			src := make([]float32, rows*ld+cols)
			for i := range src {
				src[i] = float32(i + 1)
			}
			got, want := make([]float32, cols*w+rows+8), make([]float32, cols*w+rows+8)
			turnGo(want, w, src, ld, rows, cols)
			turn(got, w, src, ld, rows, cols)
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%d rows, %d columns: element %d is %v, want %v", rows, cols, i, got[i], want[i])
				}
			}
			for i := range rows * cols {
				if r, k := i/cols, i%cols; want[k*w+r] != src[r*ld+k] {
					t.Fatalf("%d rows, %d columns: the Go form is wrong at %d, %d", rows, cols, r, k)
				}
			}
		}
	}
}

// TestCopyRows: the n numbers of each row, zeros up to the width, and nothing behind that.
func TestCopyRows(t *testing.T) {
	for _, w := range []int{6, 8, 12, 16, 32} {
		for n := 1; n <= w; n++ {
			for rows := range 5 {
				ld, step := n+rows%3, w+n%4
				src := make([]float32, max(0, (rows-1)*ld+n))
				for i := range src {
					src[i] = float32(i + 1)
				}
				if len(src) > 2 {
					src[2] = float32(math.Inf(1))
				}
				got := make([]float32, 4*step+w+8)
				for i := range got {
					got[i] = canary
				}
				copyRows(got, w, step, src, ld, n, rows)
				for i, g := range got {
					want := canary
					if k, j := i/step, i%step; k < rows && j < w {
						if want = 0; j < n {
							want = src[k*ld+j]
						}
					}
					if g != want {
						t.Fatalf("%d of %d columns, %d rows: element %d is %v, want %v", n, w, rows, i, g, want)
					}
				}
			}
		}
	}
}
