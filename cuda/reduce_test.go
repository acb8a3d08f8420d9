//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// ragged are sizes around the widths of warps and blocks.
var ragged = []int{0, 1, 31, 32, 33, 255, 257, 1023, 4099}

// sumTolerance is for sums of n terms of a size that are carried in two floats: ε/2 for the result's rounding and ε/2
// for a mean's, whatever n is. What the second float itself loses is ε² of the terms, as in a sum that cancels.
func sumTolerance(n int, size float64) check.Tol {
	return check.Tol{Rel: check.Epsilon, Abs: 4 * float64(n) * size * check.Epsilon * check.Epsilon, NaN: true}
}

func testReduce(t *testing.T, op engine.ReduceOp, outer, n, inner int, tol check.Tol, x []float64) {
	t.Helper()
	result := engine.F32
	if op == engine.ArgMax || op == engine.ArgMin {
		result = engine.I32
	}
	parity(t, fmt.Sprintf("op %d of [%d %d %d]", op, outer, n, inner), tol, []operand{output(result, outer*inner), reals(x...)},
		func(s engine.Stream, b []engine.Buffer) error {
			return s.Reduce(engine.Reduction{Op: op, Y: b[0], X: b[1], Outer: outer, N: n, Inner: inner})
		})
}

// The shapes reach the lanes, the tiles in one piece and in chunks, with few and with many columns, and ragged ends of all.
func TestReduce(t *testing.T) {
	shapes := [][3]int{{0, 3, 4}, {3, 0, 4}, {3, 4, 0}, {7, 3, 5}, {2, 40, 33}, {3, 130, 65}, {1, 3000, 3}, {2, 700, 40}, {9, 2050, 1}, {300, 5, 1},
		{1, 17000, 1}, {1, 2000, 31}}
	for _, n := range ragged {
		shapes = append(shapes, [3]int{1, n, 1}, [3]int{3, n, 1})
		if n < 1024 {
			shapes = append(shapes, [3]int{n, 3, 1}, [3]int{2, 5, n}, [3]int{1, n, 34})
		}
	}
	for _, s := range shapes {
		x := gaussian(s[0]*s[1]*s[2], 1)
		for op := range engine.ReduceOps {
			testReduce(t, op, s[0], s[1], s[2], sumTolerance(s[1], 16), x)
		}
	}
}

// Many ties, infinities and NaN: the first maximum wins, and before it the first NaN.
func TestArgReduceTies(t *testing.T) {
	for _, s := range [][3]int{{5, 40, 3}, {1, 4500, 1}, {2, 300, 33}, {64, 7, 1}} {
		for _, special := range []float64{3, math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, every := range []int{17, 1000, 1} {
				x := make([]float64, s[0]*s[1]*s[2])
				for i := range x {
					x[i] = float64((i*i + 3*i) % 7)
					if i%every == every-1 {
						x[i] = special
					}
				}
				testReduce(t, engine.ArgMax, s[0], s[1], s[2], check.Tol{NaN: true}, x)
				testReduce(t, engine.ArgMin, s[0], s[1], s[2], check.Tol{NaN: true}, x)
			}
		}
	}
}

// Sums of numbers that cancel, that differ much in size, and that are not finite.
func TestReducePrecision(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, n := range []int{40, 3000, 20000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = []float64{1e6, 1, -1e6, 1e-3}[i%4]
		}
		testReduce(t, engine.Sum, 1, n, 1, sumTolerance(n, 1e6), x)
		for _, special := range [][]float64{{nan}, {inf}, {-inf}, {inf, -inf}, {inf, nan}} {
			copy(x[n/3:], special)
			for _, op := range []engine.ReduceOp{engine.Sum, engine.Mean, engine.SumSquares} {
				testReduce(t, op, 1, n, 1, sumTolerance(n, 1e6), x)
			}
		}
	}
}

// A plain float32 sum must not pass for one that is carried in two floats.
func TestReduceGoesRed(t *testing.T) {
	var plain float32
	var exact float64
	for i := range 4099 {
		v := 1 + float32(i)*1e-3
		plain, exact = plain+v, exact+float64(v)
	}
	if check.Diff([]float32{plain}, []float64{exact}, sumTolerance(4099, 5)) == "" {
		t.Error("a plain sum passes")
	}
}

// The order of a sum does not depend on how many blocks the GPU runs at once.
func TestReduceIsTheSameOnEveryGPU(t *testing.T) {
	const n = 30000
	var first float64
	for i, units := range []int{1, 5, 132} {
		d := openTest(t, Options{})
		d.units = units
		y, err := compute(d, []operand{output(engine.F32, 1), reals(gaussian(n, 3)...)}, 0, func(s engine.Stream, b []engine.Buffer) error {
			return s.Reduce(engine.Reduction{Op: engine.SumSquares, Y: b[0], X: b[1], Outer: 1, N: n, Inner: 1})
		})
		must(t, err)
		if i == 0 {
			first = y[0][0]
		} else if y[0][0] != first {
			t.Errorf("%d multiprocessors: %v, not %v", units, y[0][0], first)
		}
	}
}

func TestReduceUnsupported(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	x, y := memory(t, d, engine.F32, 2), memory(t, d, engine.F32, 1)
	wide := engine.Buffer{Mem: x.Mem, Len: 1, DType: engine.F64}
	for _, o := range []engine.Reduction{{Op: engine.ArgMax, Y: y, X: x, Outer: 1, N: 2, Inner: 1}, {Y: y, X: wide, Outer: 1, N: 1, Inner: 1},
		{Op: engine.ReduceOps, Y: y, X: x, Outer: 1, N: 2, Inner: 1}} {
		if err := d.Do(func() error { return s.Reduce(o) }); !errors.Is(err, engine.ErrUnsupported) {
			t.Errorf("op %d of %v into %v: %v", o.Op, o.X.DType, o.Y.DType, err)
		}
	}
}
