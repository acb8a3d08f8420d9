package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// foldFuncs are the reductions as one plain loop over a column.
var foldFuncs = map[engine.ReduceOp]func(x []float64) float64{
	engine.Sum:        sumOf,
	engine.Mean:       func(x []float64) float64 { return sumOf(x) / float64(len(x)) },
	engine.SumSquares: func(x []float64) (s float64) { return sumOf(squares(x)) },
	engine.ArgMax:     func(x []float64) float64 { return firstBest(x, func(v, best float64) bool { return v > best }) },
	engine.ArgMin:     func(x []float64) float64 { return firstBest(x, func(v, best float64) bool { return v < best }) },
}

func sumOf(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

func squares(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * v
	}
	return y
}

func firstBest(x []float64, better func(v, best float64) bool) float64 {
	at := 0
	for i, v := range x {
		if math.IsNaN(x[at]) {
			break
		}
		if math.IsNaN(v) || better(v, x[at]) {
			at = i
		}
	}
	return float64(at)
}

// column is x[o, :, i].
func column[T float](x []T, o engine.Reduction, outer, inner int) []float64 {
	c := make([]float64, o.N)
	for n := range c {
		c[n] = float64(x[(outer*o.N+n)*o.Inner+inner])
	}
	return c
}

func testReduce[T float, Y number](t *testing.T, o engine.Reduction, x []T) {
	var y []Y
	o.X, _ = fenced(t, x...)
	o.Y, y = blank[Y](t, o.Outer*o.Inner)
	must(t, newStream(t).Reduce(o))
	var want []float64
	tol := 2 * unitError[T]()
	abs := 0.0 // float64 sums: rounding grows with the size of the terms, not of their sum
	if unitError[T]() < 0x1p-30 {
		tol, abs = 1e-13, 1e-15*float64(o.N)
	}
	for k := range o.Outer {
		for i := range o.Inner {
			want = append(want, foldFuncs[o.Op](column(x, o, k, i)))
		}
	}
	expect(t, fmt.Sprintf("%d of %v [%d %d %d]", o.Op, o.X.DType, o.Outer, o.N, o.Inner), y, want, abs+1e-11*unitError[T](), tol)
}

var reduceShapes = [][3]int{
	{1, 1, 1}, {1, 7, 1}, {3, 1025, 1}, {2, 50000, 1}, {500, 3, 1}, {1, 5, 3}, {1, 9000, 16}, {1, 4, 600}, {1, 70, 1300}, {40, 9, 5},
	{3, 600, 40}, {0, 4, 4}, {2, 0, 3}, {2, 3, 0}, {1, 0, 1}, {1, 2, 40000}, {20000, 2, 2},
}

func TestReduce(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for _, s := range reduceShapes {
		o := engine.Reduction{Outer: s[0], N: s[1], Inner: s[2]}
		x := make([]float64, s[0]*s[1]*s[2])
		for i := range x {
			x[i] = 1 + rng.NormFloat64()/16
		}
		for o.Op = range engine.ReduceOps {
			switch {
			case o.Op == engine.ArgMax || o.Op == engine.ArgMin:
				testReduce[float32, int32](t, o, to32(x))
				testReduce[float64, int32](t, o, x)
			default:
				testReduce[float32, float32](t, o, to32(x))
				testReduce[float64, float64](t, o, x)
			}
		}
	}
}

// Values that differ by 2²⁴ and cancel: a float32 accumulator would lose the ones.
func TestReduceKeepsSmallTerms(t *testing.T) {
	const n = 1 << 16
	for _, s := range [][3]int{{1, n, 1}, {1, n, 3}} {
		o := engine.Reduction{Op: engine.Sum, Outer: s[0], N: s[1], Inner: s[2]}
		x := make([]float32, n*s[2])
		for i := range x {
			x[i] = []float32{1 << 26, 1, -1 << 26, 1}[i/s[2]%4]
		}
		testReduce[float32, float32](t, o, x)
	}
}

func TestReduceNaN(t *testing.T) {
	nan := math.NaN()
	rng := rand.New(rand.NewPCG(5, 5))
	for _, s := range [][3]int{{1, 7, 1}, {1, 40000, 1}, {2, 11, 5}, {1, 9000, 4}} {
		x := make([]float64, s[0]*s[1]*s[2])
		for i := range x {
			x[i] = float64(rng.IntN(9) - 4) // ties: the first one counts
		}
		for range max(3, len(x)/9) {
			x[rng.IntN(len(x))] = nan
		}
		o := engine.Reduction{Outer: s[0], N: s[1], Inner: s[2]}
		for _, o.Op = range []engine.ReduceOp{engine.Sum, engine.SumSquares} {
			testReduce[float32, float32](t, o, to32(x))
			testReduce[float64, float64](t, o, x)
		}
		for _, o.Op = range []engine.ReduceOp{engine.ArgMax, engine.ArgMin} {
			testReduce[float32, int32](t, o, to32(x))
			testReduce[float64, int32](t, o, x)
		}
	}
}

func TestReduceGoesRed(t *testing.T) {
	o := engine.Reduction{Outer: 2, N: 3, Inner: 2}
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	if got := foldFuncs[engine.Sum](column(x, o, 1, 0)); got != 6+8+10 {
		t.Errorf("the reference folds the wrong axis: %v", got)
	}
	if got := foldFuncs[engine.ArgMax]([]float64{1, 3, 3}); got != 1 {
		t.Errorf("the reference takes maximum %v of equals, not the first", got)
	}
	if disagrees([]float32{1 << 24}, []float64{1<<24 + 4}, 0, 2*0x1p-24) < 0 {
		t.Error("a sum that dropped small terms passes")
	}
}
