package check

import (
	"fmt"
	"math"
	"testing"
)

// Real are the element types that are compared.
type Real interface{ float32 | float64 }

// Tol is how far an element may lie from what is wanted: Abs + Rel·|want|.
type Tol struct {
	Abs, Rel float64
	NaN      bool // a NaN passes where one is wanted, as in a mean over nothing
}

// Epsilon is the distance from 1 to the next float32.
const Epsilon = 1.0 / (1 << 23)

// Tolerance is c·ε·√k: the error of a float32 result that sums k terms of order one. Rounding errors of a sum in a
// fixed order are independent enough to grow with √k (Higham, "Accuracy and Stability of Numerical Algorithms",
// section 2.8); c counts the roundings of one term. Abs equals Rel, for elements that came out small because their
// terms cancelled: their error is that of the terms. See [Tol.At] for terms of another size.
func Tolerance(k int, c float64) Tol {
	e := c * Epsilon * math.Sqrt(float64(max(k, 1)))
	return Tol{Abs: e, Rel: e}
}

// At is t for results of the given size: the absolute part in units of scale.
func (t Tol) At(scale float64) Tol {
	t.Abs *= scale
	return t
}

// Scale is the largest finite magnitude in v, for [Tol.At].
func Scale[T Real](v []T) float64 {
	var s float64
	for _, x := range v {
		if a := math.Abs(float64(x)); a > s && !math.IsInf(a, 0) {
			s = a
		}
	}
	return s
}

// Close fails t unless got has want's length and every element passes. What names the comparison in the report.
func Close[G, W Real](t testing.TB, what string, got []G, want []W, tol Tol) {
	t.Helper()
	if m := Diff(got, want, tol); m != "" {
		t.Errorf("%s: %s", what, m)
	}
}

// Diff is "" when [Close] passes, and otherwise how many elements miss and the worst of them.
func Diff[G, W Real](got []G, want []W, tol Tol) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d elements, want %d", len(got), len(want))
	}
	missed, worst, most := 0, 0, -1.0
	for i := range got {
		over := tol.over(float64(got[i]), float64(want[i]))
		if over <= 1 {
			continue
		}
		missed++
		if over > most {
			worst, most = i, over
		}
	}
	if missed == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d elements differ; worst [%d]: got %v, want %v, %.3g times the tolerance (abs %.3g, rel %.3g)",
		missed, len(got), worst, got[worst], want[worst], most, tol.Abs, tol.Rel)
}

// over is the distance in units of the tolerance: at most 1 passes, +Inf cannot be right.
func (t Tol) over(got, want float64) float64 {
	if got == want || t.NaN && math.IsNaN(got) && math.IsNaN(want) {
		return 0 // equal infinities pass here: their distance is NaN
	}
	d := math.Abs(got - want)
	// An infinite want would make the bound infinite too, and let everything pass.
	if math.IsNaN(d) || math.IsInf(d, 0) {
		return math.Inf(1)
	}
	// d > 0 here, so without any tolerance this is +Inf; a NaN tolerance must not pass either.
	over := d / (t.Abs + t.Rel*math.Abs(want))
	if math.IsNaN(over) || over < 0 {
		return math.Inf(1)
	}
	return over
}
