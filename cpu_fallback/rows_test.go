//go:build (amd64 || arm64) && !purego

package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// odd values sit among ordinary ones.
var oddValues = []float32{0, float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-42}

// sparse are n normal values, every tenth or so an odd one, and canaries around them.
func sparse(rng *rand.Rand, n int, odd bool) (x, whole []float32) {
	whole = make([]float32, n+2*16)
	for i := range whole {
		whole[i] = canary
	}
	lead := 1 + rng.IntN(15)
	x = whole[lead : lead+n : lead+n]
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if odd && rng.IntN(10) == 0 {
			x[i] = oddValues[rng.IntN(len(oddValues))]
		}
	}
	return x, whole
}

// differ is the first place where two slices are further apart than tol, or only one is NaN.
func differ[T float](got, want []T, tol float64) error {
	for i, w := range want {
		g := float64(got[i])
		if d := math.Abs(g - float64(w)); !(d <= tol) && g != float64(w) && !(g != g && w != w) {
			return fmt.Errorf("number %d of %d is %v, want %v within %g", i, len(want), g, w, tol)
		}
	}
	return nil
}

func TestReLUVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := 1; n < 150; n++ {
			x, _ := sparse(rng, n, true)
			dy, _ := sparse(rng, n, true)
			y, whole := sparse(rng, n, false)
			want := append([]float32(nil), whole...)
			for grad := range 2 {
				run := func(y []float32) {
					if grad == 1 {
						unaryBwdLight(engine.ReLU, y, dy, x, 0, 0)
					} else {
						unaryLight(engine.ReLU, y, x, 0, 0)
					}
				}
				at := 0
				for whole[at] == canary {
					at++
				}
				scalar(func() { run(want[at : at+n]) })
				run(y)
				if err := differ(whole, want, 0); err != nil {
					t.Fatalf("n %d, gradient %d: %v", n, grad, err)
				}
				copy(whole, want)
			}
		}
	})
}

func TestNormVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(3, 4))
		for w := 1; w <= 50; w++ {
			for rows := range 11 {
				x, _ := sparse(rng, w*rows, false)
				dz, _ := sparse(rng, w*rows, false)
				var f [4][]float32 // factors of columns
				for i := range f {
					f[i], _ = sparse(rng, w, false)
				}
				one := func() ([]float32, []float64, []float64) {
					y := make([]float32, w*rows+3)
					a, b := make([]float64, w+1), make([]float64, w+1)
					for i := range a {
						a[i], b[i] = 1, 2
					}
					normMoments(a[:w], b, f[0], x)
					normSumsBwd(a[:w], b, dz, x, f[0], f[1])
					normApply(y, x, f[0], f[1], f[2])
					normApplyBwd(x, dz, y[:len(x)], f[0], f[1], f[2], f[3])
					return append(y, x...), a, b
				}
				kept := append([]float32(nil), x...)
				got, sum, dot := one()
				copy(x, kept)
				var want []float32
				var wantSum, wantDot []float64
				scalar(func() { want, wantSum, wantDot = one() })
				copy(x, kept)
				// A handful of roundings of numbers of at most 5, and products of three of those.
				const tol = 8 * 0x1p-24 * 125
				for i, err := range []error{differ(got, want, 5*tol), differ(sum, wantSum, tol*float64(rows)), differ(dot, wantDot, tol*float64(rows))} {
					if err != nil {
						t.Fatalf("%d rows of %d columns, result %d: %v", rows, w, i, err)
					}
				}
			}
		}
	})
}

func TestPoolVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		for c := 1; c <= 40; c++ {
			for i, d := range []engine.ConvDims{
				poolDims(2, 8, 8, c, 2, 2, 2, 0, 1), poolDims(1, 7, 9, c, 2, 2, 2, 0, 1), poolDims(1, 9, 9, c, 3, 3, 2, 1, 1),
				poolDims(2, 6, 5, c, 3, 2, 1, 1, 1), poolDims(1, 11, 11, c, 3, 3, 2, 1, 2), poolDims(1, 8, 8, c, 2, 2, 3, 0, 1),
				poolDims(1, 10, 10, c, 8, 8, 1, 3, 1), poolDims(1, 2, 2, c, 1, 1, 1, 2, 1), poolDims(1, 40, 41, c, 3, 3, 3, 0, 1),
			} {
				seed := uint64(100*c + i)
				got, err := runPool[float32](d, seed)
				if err != nil {
					t.Fatal(err)
				}
				var want *poolRun[float32]
				scalar(func() { want, _ = runPool[float32](d, seed) })
				for j, pair := range [][2]engine.Buffer{{got.y, want.y}, {got.dx, want.dx}} {
					if err := differ(view[float32](pair[0]), view[float32](pair[1]), 0); err != nil {
						t.Fatalf("%+v, result %d: %v", d, j, err)
					}
				}
				if string(view[uint8](got.arg)) != string(view[uint8](want.arg)) {
					t.Fatalf("%+v: other winners", d)
				}
				if err := got.guards.check(); err != nil {
					t.Fatalf("%+v: %v", d, err)
				}
			}
		}
	})
}

// A maximum that is NaN is the first NaN of its window.
func TestPoolVectorsNaN(t *testing.T) {
	nan := float32(math.NaN())
	eachVectors(t, func(t *testing.T, _ func(func())) {
		var g guards
		d := poolDims(1, 2, 2, 8, 2, 2, 2, 0, 1)
		x, y, arg := alloc[float32](&g, 32), alloc[float32](&g, 8), alloc[uint8](&g, 8)
		v := view[float32](x)
		for c, taps := range [8][4]float32{{1, 2, nan, nan}, {nan, 3, 4, 5}, {1, nan, 7, 2}, {3, 3, 1, 2}, {0, 1, 2, 3}, {nan, nan, nan, nan}, {5, 4, 5, 5}, {-1, -2, -1, -3}} {
			for t, a := range taps {
				v[8*t+c] = a
			}
		}
		if err := (&Stream{}).MaxPool2D(engine.Pool2D{Y: y, X: x, Arg: arg, ConvDims: d}); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(view[float32](y)), "[NaN NaN NaN 3 3 NaN 5 -1]"; got != want {
			t.Errorf("maxima %v, want %v", got, want)
		}
		if got, want := fmt.Sprint(view[uint8](arg)), "[2 0 1 0 3 0 0 0]"; got != want {
			t.Errorf("winners %v, want %v", got, want)
		}
	})
}

func TestDifferFindsOne(t *testing.T) {
	nan := float32(math.NaN())
	for _, bad := range [][]float32{{1, 2.1, nan}, {1, 2, 3}, {nan, 2, nan}} {
		if differ(bad, []float32{1, 2, nan}, 0.05) == nil {
			t.Errorf("%v passes", bad)
		}
	}
	if err := differ([]float32{1, 2.01, nan}, []float32{1, 2, nan}, 0.05); err != nil {
		t.Error(err)
	}
}
