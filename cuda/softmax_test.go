//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"slices"
	"testing"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// expTolerance is for e^(x-m)/Σ: x-m is rounded by ε/2 of its size, at most span, and the exponential follows; it, the
// quotient and the product add 2ε. A sum of n positive terms, 256 or more chains of it, is known to ε·√n/16.
func expTolerance(n int, span float64) check.Tol {
	return check.Tol{Rel: check.Epsilon * (span/2 + 2 + math.Sqrt(float64(n))/16), Abs: 0x1p-149, NaN: true}
}

// logTolerance is for (x-m) - log Σ: two roundings of ε/2 of sizes up to span, and that of the logarithm.
func logTolerance(span float64) check.Tol {
	return check.Tol{Abs: check.Epsilon * span, Rel: 2 * check.Epsilon, NaN: true}
}

func softmax(rows, n int, log bool) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		return s.Softmax(engine.Softmax{Y: b[0], X: b[1], Rows: rows, N: n, Log: log})
	}
}

func TestSoftmax(t *testing.T) {
	shapes := [][2]int{{0, 4}, {4, 0}, {70, 3}, {33, 40}, {5, 1024}, {3, 1025}}
	for _, n := range ragged {
		shapes = append(shapes, [2]int{2, n}, [2]int{min(n, 300), 10})
	}
	for _, s := range shapes {
		for _, log := range []bool{false, true} {
			testSoftmax(t, s[0], s[1], log)
		}
	}
}

func testSoftmax(t *testing.T, rows, n int, log bool) {
	const span = 8.5 // between normally distributed numbers
	what := fmt.Sprintf("[%d %d], log %v", rows, n, log)
	operands := []operand{output(engine.F32, rows*n), reals(gaussian(rows*n, 2)...)}
	tol := expTolerance(n, span)
	if log {
		tol = logTolerance(span)
	}
	parity(t, what, tol, operands, softmax(rows, n, log))
	forward, err := compute(cpu.New(), operands, 0, softmax(rows, n, log))
	must(t, err)
	// dy and the sum are rounded to ε/2 of their sizes, up to 5 and 5√n, and to ε by the products.
	size := 5.0
	if log {
		size += 5 * math.Sqrt(float64(n))
	}
	parity(t, what+" gradient", check.Tol{Abs: 2 * check.Epsilon * size, Rel: 2 * check.Epsilon},
		[]operand{output(engine.F32, rows*n), reals(gaussian(rows*n, 3)...), reals(forward[0]...)},
		func(s engine.Stream, b []engine.Buffer) error {
			return s.SoftmaxBwd(engine.SoftmaxBwd{DX: b[0], DY: b[1], Y: b[2], Rows: rows, N: n, Log: log})
		})
}

// Rows that overflow without care, and rows that are not finite: what is NaN on the CPU is NaN here.
func TestSoftmaxExtremes(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	rows := [][]float64{{1000, 1000, -1000, -1000}, {-inf, 3, 1, -inf}, {nan, 3, 1, 1}, {1, 2, 3, nan}, {inf, 1, 2, 3}, {-inf, -inf, -inf, -inf},
		{1e38, -1e38, 0, 1}, {inf, inf, 0, 0}, {90, 0, 0, 0}, {0, -16, -80, -80}, {0, -90, -100, -110}}
	for _, n := range []int{4, 50, 1100} { // one lane, several, and a block to a row
		var x []float64
		for _, row := range rows {
			x = slices.Concat(x, row, slices.Repeat(row[3:], n-4))
		}
		operands := []operand{output(engine.F32, len(x)), reals(x...)}
		tol := expTolerance(n, 0)
		tol.Abs = 0x1p-148 // subnormals have few digits
		parity(t, fmt.Sprintf("%d columns", n), tol, operands, softmax(len(rows), n, false))
		parity(t, fmt.Sprintf("%d columns, log", n), check.Tol{Rel: 2 * check.Epsilon, Abs: 1e-15, NaN: true}, operands, softmax(len(rows), n, true))
	}
}

// The logarithm of a probability near 1 keeps its digits: -log(1 + (n-1)·e^-gap) is not lost beside the 1.
func TestLogSoftmaxIsStable(t *testing.T) {
	for _, n := range []int{2, 50, 1100} {
		for _, gap := range []float64{5, 20, 80} {
			x := make([]float64, n)
			x[n/2] = gap
			y, err := compute(testDevice(t), []operand{output(engine.F32, n), reals(x...)}, 16, softmax(1, n, true))
			must(t, err)
			want := -math.Log1p(float64(n-1) * math.Exp(-gap))
			// A sum of n equal terms in 32 chains or more.
			check.Close(t, fmt.Sprintf("%d columns, gap %v", n, gap), y[0][n/2:n/2+1], []float64{want}, check.Tol{Rel: 12 * check.Epsilon})
		}
	}
}

func TestSoftmaxGoesRed(t *testing.T) {
	x := reals(gaussian(40, 2)...)
	y, err := compute(cpu.New(), []operand{output(engine.F32, 40), x}, 0, softmax(1, 40, false))
	must(t, err)
	x.values[39] = math.Inf(-1) // a forgotten column
	wrong, err := compute(cpu.New(), []operand{output(engine.F32, 40), x}, 0, softmax(1, 40, false))
	must(t, err)
	if check.Diff(wrong[0][:39], y[0][:39], expTolerance(40, 8.5)) == "" {
		t.Error("a forgotten column passes")
	}
}
