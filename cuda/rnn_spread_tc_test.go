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

// tensorSpreads calls f for each way to spread a recurrence over tensor cores, and the rounding of its operands.
func tensorSpreads(t *testing.T, f func(d *Device, w rnnSpread, rounding float64, what string)) {
	if a := testDevice(t).arch; a < 80 {
		t.Skipf("sm_%d has no such tensor cores", a)
	}
	for _, p := range precisions {
		for _, w := range map[Precision][]rnnSpread{TF32: spreadsTF32, BF16: spreadsBF16}[p.precision] {
			d := spreadTest(t, w, 12)
			f(d, w, p.rounding, fmt.Sprintf("precision %d, %d columns a block", p.precision, w.columns))
		}
	}
}

// One step of whole numbers is exact: a misplaced element shows. Back, they are so where all states are zero.
func TestRNNTensorPlaces(t *testing.T) {
	tensorSpreads(t, func(d *Device, w rnnSpread, _ float64, what string) {
		for _, c := range []struct{ n, hidden int }{{1, 1}, {9, 67}, {17, 130}, {3, 300}} {
			weights := whole(c.hidden*c.hidden, 2)
			for i := range weights.values {
				weights.values[i] /= 64
			}
			row := c.n * c.hidden
			parityOn(t, d, fmt.Sprintf("%s, forward: %+v", what, c), check.Tolerance(1, 8),
				[]operand{output(engine.F32, row), reals(gaussian(row, 1)...), weights, whole(row, 3)},
				func(s engine.Stream, b []engine.Buffer) error {
					return s.RNN(engine.RNN{H: b[0], Z: b[1], Whh: b[2], H0: b[3], N: c.n, T: 1, Hidden: c.hidden})
				})
			zero := reals(make([]float64, row)...)
			parityOn(t, d, fmt.Sprintf("%s, backward: %+v", what, c), check.Tol{},
				[]operand{output(engine.F32, row), output(engine.F32, row), zero, weights, zero, whole(row, 4), whole(row, 5)},
				func(s engine.Stream, b []engine.Buffer) error {
					return s.RNNBwd(engine.RNNBwd{DZ: b[0], DH0: b[1], H: b[2], Whh: b[3], H0: b[4], DH: b[5], DLast: b[6], N: c.n, T: 1,
						Hidden: c.hidden})
				})
		}
	})
}

// Whole sequences. A product of weights that keep lengths and of states below 1 errs by less than 4 roundings in any of
// some thousand elements; steps add up. One of gradients errs by that for each unit of their size, which is below 4, and has
// the errors of the states; the gradient of a weight has those of all steps of all rows, as a random walk.
func TestRNNTensor(t *testing.T) {
	tensorSpreads(t, func(d *Device, w rnnSpread, rounding float64, what string) {
		for _, c := range []recurrence{
			{1, 1, 1, true, false, true, true, false, true},
			{9, 4, 66, true, true, true, true, true, true},
			{17, 3, 130, false, true, false, false, true, true},
			{7, 4, 130, true, false, false, true, false, true},
			{2, 3, 384, true, true, true, true, true, false},
		} {
			operands := c.operands()
			exact := slices.Clone(operands)
			for i := range exact {
				if exact[i].dtype == engine.F32 {
					exact[i].dtype = engine.F64
				}
			}
			want, err := compute(cpu.New(), exact, 0, c.run)
			must(t, err)
			got, err := compute(d, operands, 16, c.run)
			must(t, err)
			states := 4 * rounding * float64(c.t)
			for i, e := range map[int]float64{0: states, 1: states, 6: 5 * states, 7: 5 * states * math.Sqrt(float64(c.n*c.t)), 8: 5 * states} {
				if m := check.Diff(got[i], want[i], check.Tol{Abs: e, Rel: e}); m != "" {
					t.Errorf("%s: %+v: operand %d: %s", what, c, i, m)
				}
			}
		}
	})
}

// A state is rounded to nearest, and to the precision that was asked for.
func TestRNNTensorRounds(t *testing.T) {
	if a := testDevice(t).arch; a < 80 {
		t.Skipf("sm_%d has no such tensor cores", a)
	}
	for _, c := range []struct {
		ways    []rnnSpread
		x, want float64
	}{
		{spreadsTF32, 1 + 0x1.8p-11, 1 + 0x1p-10},
		{spreadsTF32, 1 + 0x1p-12, 1},
		{spreadsBF16, 1 + 0x1.8p-8, 1 + 0x1p-7},
		{spreadsBF16, 1 + 0x1p-9, 1},
	} {
		for _, w := range c.ways {
			d := spreadTest(t, w, 4)
			got, err := compute(d, []operand{output(engine.F32, 1), reals(-1), reals(1), reals(c.x)}, 0, func(s engine.Stream, b []engine.Buffer) error {
				return s.RNN(engine.RNN{H: b[0], Z: b[1], Whh: b[2], H0: b[3], N: 1, T: 1, Hidden: 1})
			})
			must(t, err)
			check.Close(t, fmt.Sprintf("%v", c.x), got[0], []float64{math.Tanh(c.want - 1)}, check.Tolerance(1, 4).At(c.want-1))
		}
	}
}
