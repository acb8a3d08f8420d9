//go:build linux && cgo && !cpu

package gputime

import (
	"fmt"
	"math"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/check"
)

// places is how many elements of a result are compared.
const places = 24

// sum is a sum of products in float64, and how far a kernel's may be from it.
type sum struct {
	value, squares float64
	terms          int
}

func (s *sum) add(a, b float32) {
	p := float64(a) * float64(b)
	s.value += p
	s.squares += p * p
	s.terms++
}

// tolerance is the error of a sum of independent terms. Each rounding of an operand, to 10 or to 7 bits of mantissa,
// moves the sum by its part of the root of the summed squares. Float32 additions that round to nearest add their errors
// as a random walk does; a tensor core cuts off, so that its errors have one sign and grow with the number of terms.
func (s *sum) tolerance(p cuda.Precision) float64 {
	const c = 8
	operand := map[cuda.Precision]float64{cuda.TF32: 1. / (1 << 11), cuda.BF16: 1. / (1 << 8)}[p]
	walk := math.Sqrt(float64(s.terms))
	if p != cuda.FP32 {
		walk = float64(s.terms) / c
	}
	return c * (2*operand + check.Epsilon*max(walk, 1)) * math.Sqrt(s.squares)
}

// compare is nil if got is the sum. A difference within a third of what another sum of such terms would have proves nothing
// beyond it: then the case is too long for its precision, and that is a fault of the case.
func (s *sum) compare(what string, at int, got float32, p cuda.Precision) error {
	tol := s.tolerance(p)
	if s.terms > 1 && tol > math.Sqrt(s.squares)/2 {
		return fmt.Errorf("%s: a sum of %d terms cannot be checked in %s", what, s.terms, Precisions[p])
	}
	if d := math.Abs(float64(got) - s.value); !(d <= tol) {
		return fmt.Errorf("%s: element %d is %v, want %v within %.2g (%d terms, %s)", what, at, got, s.value, tol, s.terms, Precisions[p])
	}
	return nil
}

// sample compares elements of got, drawn at random, with what of gives for them.
func (t *tensors) sample(what string, got []float32, of func(i int, s *sum)) {
	if t.err != nil {
		return
	}
	for range places {
		i := t.rig.rng.IntN(len(got))
		var s sum
		of(i, &s)
		if t.err = s.compare(what, i, got[i], t.rig.precision); t.err != nil {
			return
		}
	}
}
