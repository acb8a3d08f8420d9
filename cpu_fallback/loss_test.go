package cpu

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// crossEntropyOf is the definition: the target of a row is (1-ε)·onehot + ε/N, its classes weighed, and the sum divided
// by the weights of the labels.
func crossEntropyOf(x []float64, label []int32, weight []float64, n int, smoothing float64) float64 {
	logs, loss, total := softmaxRows(x, n, true), 0.0, 0.0
	for r, l := range label {
		for c := range n {
			target := smoothing / float64(n)
			if c == int(l) {
				target += 1 - smoothing
			}
			loss -= target * weight[c] * logs[r*n+c]
		}
		total += weight[l]
	}
	return loss / total
}

type crossCase struct {
	rows, n   int
	smoothing float64
	weighted  bool
}

func testCrossEntropy[T float](t *testing.T, c crossCase, abs, rel float64) {
	rng := rand.New(rand.NewPCG(uint64(c.rows), uint64(c.n)))
	x, label, weight := normals(c.rows*c.n, 6), make([]int32, c.rows), make([]float64, c.n)
	for r := range label {
		label[r] = int32(rng.IntN(c.n))
	}
	for k := range weight {
		weight[k] = 1
		if c.weighted {
			weight[k] = float64(1+k%3) / 2
		}
	}
	o := engine.CrossEntropy{Rows: c.rows, N: c.n, Smoothing: c.smoothing}
	var loss, dx []T
	narrow := make([]T, len(x))
	for i, v := range x {
		narrow[i] = T(v)
		x[i] = float64(narrow[i])
	}
	o.X, _ = fenced(t, narrow...)
	o.Label, _ = fenced(t, label...)
	o.Loss, loss = blank[T](t, 1)
	if c.weighted {
		w := make([]T, c.n)
		for k, v := range weight {
			w[k] = T(v)
		}
		o.Weight, _ = fenced(t, w...)
	}
	what := fmt.Sprintf("%+v %v", c, o.X.DType)
	s := newStream(t)
	must(t, s.CrossEntropy(o))
	want := crossEntropyOf(x, label, weight, c.n, c.smoothing)
	expect(t, what, loss, []float64{want}, abs, rel)
	loss[0] = 77
	o.DX, dx = blank[T](t, len(x))
	must(t, s.CrossEntropy(o))
	expect(t, what+" with gradient", loss, []float64{want}, abs, rel)
	if len(x) > 1000 {
		return
	}
	gradient := sumDifferences(x, []float64{1}, func(x []float64) []float64 {
		return []float64{crossEntropyOf(x, label, weight, c.n, c.smoothing)}
	})
	expect(t, what+" gradient", dx, gradient, abs+1e-9, rel+1e-6)
}

func TestCrossEntropy(t *testing.T) {
	for _, c := range []crossCase{
		{1, 1, 0, false}, {5, 3, 0, false}, {5, 3, 0.1, false}, {7, 10, 0, true}, {7, 10, 0.3, true}, {3000, 13, 0.1, true}, {2, 9000, 0, false}, {0, 3, 0, false},
	} {
		testCrossEntropy[float64](t, c, 1e-14, 1e-13)
		testCrossEntropy[float32](t, c, 1e-7, 4*0x1p-24)
	}
}

func TestCrossEntropyBadLabel(t *testing.T) {
	o := engine.CrossEntropy{Rows: 4, N: 10}
	o.X, _ = fenced(t, make([]float32, 40)...)
	o.Label, _ = fenced[int32](t, 0, 9, 5, 12)
	var loss, dx []float32
	o.Loss, loss = blank[float32](t, 1)
	o.DX, dx = blank[float32](t, 40)
	err := newStream(t).CrossEntropy(o)
	if err == nil || err.Error() != "cpu: cross-entropy: label 12 of row 3 is not in 0..9" {
		t.Errorf("got %v", err)
	}
	if loss[0] != 77 || dx[0] != 77 {
		t.Error("outputs were written")
	}
	o.Label, _ = fenced[int32](t, 0, -1, 5, 12)
	if err = newStream(t).CrossEntropy(o); err == nil || errors.Is(err, engine.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

// Near certainty the gradient at the label is a small difference, and neither overflows nor cancels.
func TestCrossEntropyIsStable(t *testing.T) {
	o := engine.CrossEntropy{Rows: 2, N: 2}
	o.X, _ = fenced[float32](t, 15, 0, 2000, -2000)
	o.Label, _ = fenced[int32](t, 0, 1)
	var loss, dx []float32
	o.Loss, loss = blank[float32](t, 1)
	o.DX, dx = blank[float32](t, 4)
	must(t, newStream(t).CrossEntropy(o))
	p := 1 / (1 + math.Exp(15))
	expect(t, "loss", loss, []float64{(math.Log1p(math.Exp(-15)) + 4000) / 2}, 0, 0x1p-23)
	expect(t, "gradient", dx, []float64{-p / 2, p / 2, 0.5, -0.5}, 0, 1e-6)
}

func TestCrossEntropyGoesRed(t *testing.T) {
	x, label, weight := []float64{1, 2, 3}, []int32{2}, []float64{1, 2, 4}
	unweighted := crossEntropyOf(x, label, []float64{1, 1, 1}, 3, 0.1)
	if disagrees([]float64{unweighted}, []float64{crossEntropyOf(x, label, weight, 3, 0.1)}, 1e-7, 4*0x1p-24) < 0 {
		t.Error("forgotten weights pass")
	}
}

func testBCE[T float](t *testing.T, n int, abs, rel float64) {
	x, target, want := normals(n, 8), make([]float64, n), 0.0
	narrow, narrowTarget, gradient := make([]T, n), make([]T, n), make([]float64, n)
	for i, v := range x {
		narrow[i], narrowTarget[i] = T(3*v), T(float64(i%5)/4)
		x[i], target[i] = float64(narrow[i]), float64(narrowTarget[i])
		p := 1 / (1 + math.Exp(-x[i]))
		want -= (target[i]*math.Log(p) + (1-target[i])*math.Log(1-p)) / float64(n)
		gradient[i] = (p - target[i]) / float64(n)
	}
	if n == 0 {
		want = math.NaN()
	}
	o := engine.BCE{N: n}
	var loss, dx []T
	o.X, _ = fenced(t, narrow...)
	o.Target, _ = fenced(t, narrowTarget...)
	o.Loss, loss = blank[T](t, 1)
	must(t, newStream(t).BCEWithLogits(o))
	expect(t, fmt.Sprintf("BCE of %d", n), loss, []float64{want}, abs, rel)
	o.DX, dx = blank[T](t, n)
	must(t, newStream(t).BCEWithLogits(o))
	expect(t, fmt.Sprintf("BCE of %d with gradient", n), loss, []float64{want}, abs, rel)
	expect(t, "gradient", dx, gradient, abs/float64(max(n, 1)), rel)
}

func TestBCEWithLogits(t *testing.T) {
	for _, n := range []int{0, 1, 31, 20000} {
		testBCE[float32](t, n, 1e-7, 0x1p-23)
		testBCE[float64](t, n, 1e-14, 1e-12)
	}
	o := engine.BCE{N: 2}
	var loss, dx []float32
	o.X, _ = fenced[float32](t, 2000, -2000)
	o.Target, _ = fenced[float32](t, 0, 0)
	o.Loss, loss = blank[float32](t, 1)
	o.DX, dx = blank[float32](t, 2)
	must(t, newStream(t).BCEWithLogits(o))
	expect(t, "extreme logits", loss, []float64{1000}, 0, 0)
	expect(t, "extreme logits", dx, []float64{0.5, 0}, 0, 0)
}
