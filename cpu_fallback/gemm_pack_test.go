package cpu

import "testing"

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
