package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// realBuffer is a guarded buffer with values v, absent for nil.
func realBuffer[T float](g *guards, v []float64) engine.Buffer {
	if v == nil {
		return engine.Buffer{}
	}
	b := alloc[T](g, len(v))
	for i, x := range v {
		view[T](b)[i] = T(x)
	}
	return b
}

// realValues is what b holds, nil for an absent buffer.
func realValues(b engine.Buffer) []float64 {
	if b.Absent() {
		return nil
	}
	v := make([]float64, b.Len)
	for i := range v {
		if b.DType == engine.F32 {
			v[i] = float64(view[float32](b)[i])
		} else {
			v[i] = view[float64](b)[i]
		}
	}
	return v
}

// float32Values draws n values that both precisions hold exactly.
func float32Values(rng *rand.Rand, n int, scale, offset float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(float32(rng.NormFloat64()*scale + offset))
	}
	return v
}

// apart is an error unless every got lies within tol·(1+|want|) of want; a NaN lies nowhere, but where it is wanted.
func apart(name string, got, want []float64, tol float64) error {
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d elements, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if math.IsNaN(w) && math.IsNaN(got[i]) {
			continue
		}
		if d := math.Abs(got[i] - w); !(d <= tol*(1+math.Abs(w))) {
			return fmt.Errorf("%s[%d] is %v, want %v: %.3g apart, tolerance %.3g", name, i, got[i], w, d, tol*(1+math.Abs(w)))
		}
	}
	return nil
}

func TestApartGoesRed(t *testing.T) {
	want := []float64{1, 2, 3}
	for _, got := range [][]float64{{1, 2, 3.1}, {1, math.NaN(), 3}, {1, 2}, {math.Inf(1), 2, 3}} {
		if apart("x", got, want, 1e-3) == nil {
			t.Errorf("%v passes for %v", got, want)
		}
	}
	if err := apart("x", []float64{1, 2.0001, 3}, want, 1e-3); err != nil {
		t.Error(err)
	}
}

// slopes is the gradient of f by x, by central differences.
func slopes(x []float64, f func() float64) []float64 {
	const eps = 1e-5
	g := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + eps
		up := f()
		x[i] = v - eps
		g[i] = (up - f()) / (2 * eps)
		x[i] = v
	}
	return g
}

// slope is a random direction and the derivative of f along it, by central differences: one number that checks a
// gradient too long for slopes.
func slope(x []float64, rng *rand.Rand, f func() float64) (direction []float64, derivative float64) {
	const eps = 1e-6
	direction = float32Values(rng, len(x), 1, 0)
	at := slices.Clone(x)
	move := func(by float64) float64 {
		for i, d := range direction {
			x[i] = at[i] + by*d
		}
		return f()
	}
	derivative = (move(eps) - move(-eps)) / (2 * eps)
	copy(x, at)
	return direction, derivative
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// sameBits fails unless run gives the same results on any number of cores.
func sameBits(t *testing.T, run func() [][]float64) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var first [][]float64
	for _, procs := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(procs)
		if got := run(); first == nil {
			first = got
		} else if !slices.EqualFunc(got, first, slices.Equal[[]float64]) {
			t.Errorf("results with %d cores differ from those with one", procs)
		}
	}
}
