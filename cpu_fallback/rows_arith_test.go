//go:build (amd64 || arm64) && !purego

package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// ofRow runs a loop over a row: y is where the result goes, within canaries, and sum what it returns.
type ofRow struct {
	name string
	run  func(y, a, b []float32) (sum float64)
	tol  float64 // relative to the largest number there is, about 5
}

var rowLoops = []ofRow{
	{"add", func(y, a, b []float32) float64 { arithmeticReal(engine.Add, y, a, b); return 0 }, 0},
	{"sub", func(y, a, b []float32) float64 { arithmeticReal(engine.Sub, y, a, b); return 0 }, 0},
	{"mul", func(y, a, b []float32) float64 { arithmeticReal(engine.Mul, y, a, b); return 0 }, 0},
	{"div", func(y, a, b []float32) float64 { arithmeticReal(engine.Div, y, a, b); return 0 }, 0},
	{"scale", func(y, a, _ []float32) float64 { unaryLight(engine.Scale, y, a, 1.7, 0); return 0 }, 0},
	{"neg", func(y, a, _ []float32) float64 { unaryBwdLight(engine.Neg, y, a, nil, 0, 0); return 0 }, 0},
	{"sum", func(_, a, _ []float32) float64 { return foldRow(engine.Sum, a) }, 1000 * 0x1p-52},
	{"squares", func(_, a, _ []float32) float64 { return foldRow(engine.SumSquares, a) }, 5000 * 0x1p-52},
	{"max", func(_, a, _ []float32) float64 { return largest(a) }, 0},
	{"softmax", func(y, a, _ []float32) float64 { softmaxRow(y, a, false); return expRow(nil, a, 1) }, 1e-5}, // of e^5 terms
	{"log softmax", func(y, a, _ []float32) float64 { softmaxRow(y, a, true); return 0 }, 0x1p-21},           // one in the last place: terms are rounded
}

func softmaxRow(y, x []float32, log bool) {
	var g guards
	in, out := alloc[float32](&g, len(x)), alloc[float32](&g, len(x))
	copy(view[float32](in), x)
	if err := (&Stream{}).Softmax(engine.Softmax{Y: out, X: in, Rows: 1, N: len(x), Log: log}); err != nil {
		panic(err)
	}
	copy(y, view[float32](out))
}

func TestRowVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, loop := range rowLoops {
			for n := 1; n < 140; n++ {
				a, _ := sparse(rng, n, false)
				b, _ := sparse(rng, n, false)
				y, whole := sparse(rng, n, false)
				want := slices.Clone(whole)
				at := slices.IndexFunc(whole, func(v float32) bool { return v != canary })
				var wantSum float64
				scalar(func() { wantSum = loop.run(want[at:at+n], a, b) })
				sum := loop.run(y, a, b)
				for _, err := range []error{differ(whole, want, loop.tol), differ([]float64{sum}, []float64{wantSum}, loop.tol)} {
					if err != nil {
						t.Fatalf("%s of %d: %v", loop.name, n, err)
					}
				}
			}
		}
	})
}

func TestLargestNaN(t *testing.T) {
	eachVectors(t, func(t *testing.T, _ func(func())) {
		for n := 1; n < 80; n++ {
			x := make([]float32, n)
			for i := range x {
				x[i] = -3
			}
			if m := largest(x); m != -3 {
				t.Fatalf("the largest of %d times -3 is %v", n, m)
			}
			for i := range x {
				x[i] = float32(math.NaN())
				if m := largest(x); m == m {
					t.Fatalf("a NaN at %d of %d is lost: %v", i, n, m)
				}
				x[i] = 7
				if m := largest(x); m != 7 {
					t.Fatalf("a 7 at %d of %d is lost: %v", i, n, m)
				}
				x[i] = -3
			}
		}
	})
}

// Rows after each other, with numbers before and after them that must not count.
func TestSumsOfRowsVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(11, 12))
		for _, op := range []engine.ReduceOp{engine.Sum, engine.SumSquares} {
			for n := 1; n < 140; n++ {
				rows := 1 + n%5
				x, _ := sparse(rng, rows*n, false)
				got, want := make([]float64, rows+1), make([]float64, rows+1)
				got[rows], want[rows] = 9, 9
				scalar(func() { foldRows(op, want[:rows], x, n) })
				foldRows(op, got[:rows], x, n)
				if err := differ(got, want, 5000*0x1p-52); err != nil {
					t.Fatalf("%v of %d rows of %d: %v", op, rows, n, err)
				}
			}
		}
	})
}

func TestColumnVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(7, 8))
		for _, op := range []engine.ReduceOp{engine.Sum, engine.SumSquares} {
			for w := 1; w < 140; w++ {
				for rows := range 10 {
					inner := w + rng.IntN(9)
					x, _ := sparse(rng, max(1, rows)*inner, false)
					got, want := make([]float64, w+1), make([]float64, w+1)
					got[w], want[w] = 9, 9
					scalar(func() { fold(op, want[:w], x, inner-w, rows, inner) })
					fold(op, got[:w], x, inner-w, rows, inner)
					if err := differ(got, want, 250*10*0x1p-52); err != nil {
						t.Fatalf("%v of %d rows, %d of %d columns: %v", op, rows, w, inner, err)
					}
				}
			}
		}
	})
}

func TestAdamVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(9, 10))
		o := &engine.Update{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
		for n := 1; n < 70; n++ {
			c := corrected[float32](o, 1e-2, 3)
			for _, e := range []element[float32]{{scale: 1}, {scale: 0.3, cut: 0.2, decay: 0.1}, {scale: 1, shrink: 0.01}} {
				var got, want [4][]float32
				for i := range got {
					got[i], _ = sparse(rng, n, false)
					for j, v := range got[i] {
						if i == 3 {
							got[i][j] = v * v
						}
					}
					want[i] = slices.Clone(got[i])
				}
				got[1][n/2] = float32(math.NaN())
				want[1][n/2] = got[1][n/2]
				scalar(func() { adamPiece(o, e, want[0], want[1], want[2], want[3], c) })
				adamPiece(o, e, got[0], got[1], got[2], got[3], c)
				for i := range got {
					// Some ten roundings of numbers of at most 25, and of a step of at most rate·5/√(0.001·…): the ratio's.
					if err := differ(got[i], want[i], 16*25*0x1p-24); err != nil {
						t.Fatalf("%d parameters, %+v, vector %d: %v", n, e, i, err)
					}
				}
			}
		}
	})
}
