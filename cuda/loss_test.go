//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"testing"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

type crossCase struct {
	rows, n            int
	smoothing          float64
	weighted, gradient bool
}

// operands are the loss, its gradient, the logits, the labels and the weights.
func (c crossCase) operands() []operand {
	labels, weights := make([]float64, c.rows), make([]float64, c.n)
	for r := range labels {
		labels[r] = float64((r*r + 5*r) % max(c.n, 1))
	}
	for k := range weights {
		weights[k] = float64(1+k%3) / 2
	}
	o := []operand{output(engine.F32, 1), {}, reals(gaussian(c.rows*c.n, 6)...), ints(labels...), {}}
	if c.gradient {
		o[1] = output(engine.F32, c.rows*c.n)
	}
	if c.weighted {
		o[4] = reals(weights...)
	}
	return o
}

func (c crossCase) run(s engine.Stream, b []engine.Buffer) error {
	return s.CrossEntropy(engine.CrossEntropy{Loss: b[0], DX: b[1], X: b[2], Label: b[3], Weight: b[4], Rows: c.rows, N: c.n, Smoothing: c.smoothing})
}

// The loss has a few roundings of each row's; its sum over rows adds none. The gradient of a logit, divided by a total of
// half the rows at least, is a difference of two terms of at most 1.5 that are each known like a softmax.
func (c crossCase) tolerance() check.Tol {
	const span = 8.5
	tol := expTolerance(c.n, span)
	tol.Abs = tol.Rel * 3 / float64(max(1, c.rows))
	return tol
}

func TestCrossEntropy(t *testing.T) {
	shapes := [][2]int{{5, 3}, {7, 10}, {3000, 3}, {3, 1500}, {2, 4099}, {0, 3}, {40, 33}}
	for _, n := range ragged {
		shapes = append(shapes, [2]int{n, 2})
		if n > 0 {
			shapes = append(shapes, [2]int{3, n})
		}
	}
	for _, s := range shapes {
		for k := range 8 {
			c := crossCase{s[0], s[1], []float64{0, 0.1}[k&1], k&2 != 0, k&4 != 0}
			parity(t, fmt.Sprintf("%+v", c), c.tolerance(), c.operands(), c.run)
		}
	}
	// So many rows that the blocks that sum the labels' weights take several turns.
	c := crossCase{foldThreads*foldThreads + 100, 2, 0.1, true, false}
	parity(t, fmt.Sprintf("%+v", c), c.tolerance(), c.operands(), c.run)
}

// A label that is no class makes the loss NaN, and the gradient of its row: nothing outside of memory is read. With
// weights the sum of all weights is NaN, and so is every gradient.
func TestCrossEntropyBadLabel(t *testing.T) {
	for _, bad := range []float64{-1, 10, math.MaxInt32, math.MinInt32} {
		for _, weighted := range []bool{false, true} {
			c := crossCase{rows: 6, n: 10, smoothing: 0.1, weighted: weighted, gradient: true}
			o := c.operands()
			o[3].values[4] = bad
			v, err := compute(testDevice(t), o, 16, c.run)
			must(t, err)
			if !math.IsNaN(v[0][0]) {
				t.Errorf("label %v: the loss is %v", bad, v[0][0])
			}
			for i, d := range v[1] {
				if want := weighted || i/10 == 4; math.IsNaN(d) != want {
					t.Errorf("label %v, weighted %v: gradient %d is %v", bad, weighted, i, d)
				}
			}
		}
	}
}

// Near certainty the loss and the gradient at the label are small differences, and neither overflows nor cancels. The
// gradient at the label is compared with that of the other class, from which it differs only in sign.
func TestCrossEntropyIsStable(t *testing.T) {
	for _, gap := range []float64{0, 1, 15, 30, 80, 4000} {
		v, err := compute(testDevice(t), []operand{output(engine.F32, 1), output(engine.F32, 4), reals(gap, 0, -gap, 0), ints(0, 1), {}}, 16, crossCase{rows: 2, n: 2}.run)
		must(t, err)
		p := 1 / (1 + math.Exp(gap)) // of the wrong class
		tol := check.Tol{Rel: 4 * check.Epsilon, Abs: 0x1p-148}
		check.Close(t, fmt.Sprintf("loss, gap %v", gap), v[0], []float64{math.Log1p(math.Exp(-gap))}, tol)
		check.Close(t, fmt.Sprintf("gradient, gap %v", gap), v[1], []float64{-p / 2, p / 2, p / 2, -p / 2}, tol)
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, x := range [][]float64{{nan, 1, 2}, {1, nan, 2}, {inf, 1, 2}, {1, inf, 2}, {-inf, -inf, -inf}, {-inf, 1, 2}, {2, -inf, -inf}, {-2000, 2000, 0}} {
		parity(t, fmt.Sprint(x), check.Tol{Rel: 4 * check.Epsilon, NaN: true}, []operand{output(engine.F32, 1), output(engine.F32, 3), reals(x...), ints(0), {}},
			crossCase{rows: 1, n: 3}.run)
	}
}

func TestCrossEntropyGoesRed(t *testing.T) {
	c := crossCase{rows: 7, n: 10, smoothing: 0.1, weighted: true, gradient: true}
	o := c.operands()
	want, err := compute(cpu.New(), o, 0, c.run)
	must(t, err)
	c.smoothing = 0.1001
	got, err := compute(cpu.New(), o, 0, c.run)
	must(t, err)
	for i := range 2 {
		if check.Diff(got[i], want[i], c.tolerance()) == "" {
			t.Errorf("operand %d: another smoothing passes", i)
		}
	}
}

func bce(n int) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		return s.BCEWithLogits(engine.BCE{Loss: b[0], DX: b[1], X: b[2], Target: b[3], N: n})
	}
}

// bceOperands have logits of many sizes, and targets that are mostly 0 or 1.
func bceOperands(n int, gradient bool) []operand {
	x, target := gaussian(n, 8), make([]float64, n)
	for i := range x {
		x[i] *= []float64{1, 5, 30, 300}[i%4]
		target[i] = []float64{0, 1, 1, 0.25, 0.75}[i%5]
	}
	o := []operand{output(engine.F32, 1), {}, reals(x...), reals(target...)}
	if gradient {
		o[1] = output(engine.F32, n)
	}
	return o
}

// Each term has at most four roundings, the division by n one.
func TestBCE(t *testing.T) {
	for _, n := range append(ragged, 1024, 300000) {
		for _, gradient := range []bool{true, false} {
			parity(t, fmt.Sprintf("%d logits, gradient %v", n, gradient), check.Tol{Rel: 5 * check.Epsilon, Abs: 2 * check.Epsilon / float64(max(n, 1)), NaN: true},
				bceOperands(n, gradient), bce(n))
		}
	}
}

// Where a prediction is right nothing cancels, down to 1e-37.
func TestBCEIsStable(t *testing.T) {
	for _, x := range []float64{0, 1, 20, 70, 85} {
		for target := range 2 {
			right := float64(2*target-1) * x
			v, err := compute(testDevice(t), []operand{output(engine.F32, 1), output(engine.F32, 1), reals(right), reals(float64(target))}, 16, bce(1))
			must(t, err)
			tol := check.Tol{Rel: 4 * check.Epsilon}
			check.Close(t, fmt.Sprintf("loss of %v for %d", right, target), v[0], []float64{math.Log1p(math.Exp(-x))}, tol)
			check.Close(t, fmt.Sprintf("gradient of %v for %d", right, target), v[1], []float64{float64(1-2*target) / (1 + math.Exp(x))}, tol)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][2]float64{{200, 0}, {-200, 1}, {0, 0.5}, {nan, 1}, {1, nan}, {inf, 1}, {inf, 0.5}, {inf, 0}, {-inf, 1}, {-inf, 0}} {
		parity(t, fmt.Sprint(c), check.Tol{Rel: 4 * check.Epsilon, NaN: true}, []operand{output(engine.F32, 1), output(engine.F32, 1), reals(c[0]), reals(c[1])}, bce(1))
	}
}

func mse(n int) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		return s.MSE(engine.MSE{Loss: b[0], DX: b[1], X: b[2], Target: b[3], N: n})
	}
}

// A difference has one rounding, its square three, the sum and the division one each; the scale of a gradient is rounded
// too, and then the product. Epsilon is two roundings.
func TestMSE(t *testing.T) {
	for _, n := range append(ragged, 1024, 300000) {
		for _, gradient := range []bool{true, false} {
			o := []operand{output(engine.F32, 1), {}, reals(gaussian(n, 8)...), reals(gaussian(n, 9)...)}
			if gradient {
				o[1] = output(engine.F32, n)
			}
			parity(t, fmt.Sprintf("%d elements, gradient %v", n, gradient), check.Tol{Rel: 2.5 * check.Epsilon, NaN: true}, o, mse(n))
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][2]float64{{nan, 1}, {1, nan}, {inf, 1}, {-inf, 1}, {inf, inf}, {3, 3}} {
		parity(t, fmt.Sprint(c), check.Tol{Rel: 2.5 * check.Epsilon, NaN: true}, []operand{output(engine.F32, 1), output(engine.F32, 1), reals(c[0]), reals(c[1])}, mse(1))
	}
}

func TestMSEGoesRed(t *testing.T) {
	o := []operand{output(engine.F32, 1), output(engine.F32, 40), reals(gaussian(40, 8)...), reals(gaussian(40, 9)...)}
	want, err := compute(cpu.New(), o, 0, mse(40))
	must(t, err)
	o[3].values[7] += 0x1p-8
	got, err := compute(testDevice(t), o, 0, mse(40))
	must(t, err)
	for i := range 2 {
		if check.Diff(got[i], want[i], check.Tol{Rel: 2.5 * check.Epsilon}) == "" {
			t.Errorf("operand %d: another target passes", i)
		}
	}
}
