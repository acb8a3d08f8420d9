//go:build (amd64 || arm64) && !purego

package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// thinCase is a call of addRows and dots: vectors a, a matrix x and results within canaries.
type thinCase struct {
	rows, cols, few       int // of x as addRows sees it, and vectors
	ldx, step, lda, ldy   int
	x, a, turned, strided []float32
	whole                 []float32
}

// newThinCase draws numbers whose products add up exactly, some of which may be special.
func newThinCase(rng *rand.Rand, rows, cols, few int, special float32) *thinCase {
	whole := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(rng.IntN(9) - 4)
		}
		return v
	}
	c := &thinCase{rows: rows, cols: cols, few: few, step: 1 + rng.IntN(3), ldx: cols + rng.IntN(6), lda: rows + rng.IntN(6), ldy: cols + rng.IntN(6)}
	c.x, c.turned = whole(max(0, (rows-1)*c.ldx+cols)), whole(max(0, (cols-1)*c.lda+rows))
	c.strided, c.a = whole(max(0, (rows-1)*c.step+1)), whole(few*c.lda)
	c.whole = whole(2*matmulGuard + few*c.ldy)
	for _, v := range [][]float32{c.x, c.turned, c.a} {
		if len(v) > 0 && special != 0 {
			v[rng.IntN(len(v))] = special
		}
	}
	return c
}

// check compares both functions with the loops in Go, all around the results as well.
func (c *thinCase) check(t *testing.T, scalar func(func()), spoil func(got []float32)) (faults int) {
	for _, f := range []func(y []float32){
		func(y []float32) { addRows(y[:c.cols], c.x, c.ldx, c.strided, c.step, c.rows) },
		func(y []float32) { dots(y, c.ldy, c.a, c.lda, c.few, c.turned, c.lda, c.cols, c.rows) },
	} {
		got, want := slices.Clone(c.whole), slices.Clone(c.whole)
		scalar(func() { f(want[matmulGuard:]) })
		f(got[matmulGuard:])
		spoil(got)
		for i, w := range want {
			if g := got[i]; !(g == w || g != g && w != w) {
				faults++
				break
			}
		}
	}
	return faults
}

func TestThinVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(15, 16))
		for cols := range 70 {
			for _, rows := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50} {
				for _, special := range []float32{0, float32(math.NaN()), float32(math.Inf(-1))} {
					c := newThinCase(rng, rows, cols, 1+rng.IntN(9), special)
					if n := c.check(t, scalar, func([]float32) {}); n > 0 {
						t.Fatalf("%d rows, %d columns, %d vectors, step %d, with %v: differs from the loop in Go", rows, cols, c.few, c.step, special)
					}
				}
			}
		}
	})
}

func TestThinCheckGoesRed(t *testing.T) {
	for name, spoil := range map[string]func(got []float32){
		"before":  func(got []float32) { got[matmulGuard-1]++ },
		"after":   func(got []float32) { got[len(got)-matmulGuard]++ },
		"a sum":   func(got []float32) { got[matmulGuard+2]++ },
		"no sums": func(got []float32) { clear(got[matmulGuard:][:3]) },
		"NaN":     func(got []float32) { got[matmulGuard] = float32(math.NaN()) },
	} {
		c := newThinCase(rand.New(rand.NewPCG(17, 18)), 9, 3, 2, 0)
		if n := c.check(t, func(f func()) { f() }, spoil); n != 2 {
			t.Errorf("%s: %d of two functions failed", name, n)
		}
	}
}
