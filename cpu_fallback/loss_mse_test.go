package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// testMSE allows three roundings of an element of the gradient, and one more of the loss: each difference and 2/N are
// rounded once, then the product or the mean; a square doubles the error of its difference.
func testMSE[T float](t *testing.T, n int) {
	x, target, want := normals(n, 8), normals(n, 9), 0.0
	narrow, narrowTarget, gradient := make([]T, n), make([]T, n), make([]float64, n)
	for i := range x {
		narrow[i], narrowTarget[i] = T(x[i]), T(target[i])
		d := float64(narrow[i]) - float64(narrowTarget[i])
		want += d * d
		gradient[i] = 2 * d / float64(n)
	}
	want /= float64(n) // NaN over nothing
	eps := unitError[T]()
	if eps < 0x1p-40 {
		eps *= math.Sqrt(float64(n + 4)) // the reference rounds as well
	}
	o := engine.MSE{N: n}
	var loss, dx []T
	o.X, _ = fenced(t, narrow...)
	o.Target, _ = fenced(t, narrowTarget...)
	o.Loss, loss = blank[T](t, 1)
	must(t, newStream(t).MSE(o))
	expect(t, fmt.Sprintf("MSE of %d", n), loss, []float64{want}, 0, 4*eps)
	o.DX, dx = blank[T](t, n)
	loss[0] = 77
	for _, procs := range []int{1, 2, 5} {
		withProcs(t, procs)
		before := loss[0]
		must(t, newStream(t).MSE(o))
		expect(t, fmt.Sprintf("MSE of %d with gradient", n), loss, []float64{want}, 0, 4*eps)
		expect(t, "gradient", dx, gradient, 0, 3*eps)
		if procs > 1 && n > 0 && loss[0] != before {
			t.Errorf("MSE of %d: %v with %d threads, %v with fewer", n, loss[0], procs, before)
		}
	}
}

func TestMSE(t *testing.T) {
	for _, n := range []int{0, 1, 31, 513, 20000} {
		testMSE[float32](t, n)
		testMSE[float64](t, n)
	}
}

// What is far apart overflows as it does in float32, and NaN stays.
func TestMSEExtremes(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct{ x, target, loss, dx float32 }{{nan, 1, nan, nan}, {1, nan, nan, nan}, {inf, 1, inf, inf}, {inf, inf, nan, nan}} {
		o := engine.MSE{N: 1}
		var loss, dx []float32
		o.X, _ = fenced(t, c.x)
		o.Target, _ = fenced(t, c.target)
		o.Loss, loss = blank[float32](t, 1)
		o.DX, dx = blank[float32](t, 1)
		must(t, newStream(t).MSE(o))
		for what, pair := range map[string][2]float32{"loss": {loss[0], c.loss}, "gradient": {dx[0], c.dx}} {
			if math.Float32bits(pair[0]) != math.Float32bits(pair[1]) && !(pair[0] != pair[0] && pair[1] != pair[1]) {
				t.Errorf("%s of %v and %v is %v, want %v", what, c.x, c.target, pair[0], pair[1])
			}
		}
	}
}

func TestMSEGoesRed(t *testing.T) {
	x, target := []float64{1, 2, 4}, []float64{1, 2.5, 3}
	want := (0 + .25 + 1) / 3.0
	if disagrees([]float64{(0 + .25 + 1) / 2.0}, []float64{want}, 0, 4*0x1p-24) < 0 {
		t.Error("another divisor passes")
	}
	if disagrees([]float64{x[1] - target[1]}, []float64{2 * (x[1] - target[1]) / 3}, 0, 3*0x1p-24) < 0 {
		t.Error("a gradient that is not scaled passes")
	}
}
