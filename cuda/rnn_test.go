//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// recurrence is a sequence and which optional operands it has.
type recurrence struct {
	n, t, hidden                    int
	h0, lens, last, dh, dlast, dwhh bool
}

func (c recurrence) operands() []operand {
	rng := rand.New(rand.NewPCG(uint64(c.n), uint64(c.hidden)))
	scaled := func(n int, scale float64, seed uint64) operand {
		x := gaussian(n, seed)
		for i := range x {
			x[i] *= scale
		}
		return reals(x...)
	}
	lens := make([]float64, c.n)
	for i := range lens {
		lens[i] = float64([]int{-1, 0, 1, c.t, c.t + 3, rng.IntN(c.t + 1)}[rng.IntN(6)])
	}
	all, row := c.n*c.t*c.hidden, c.n*c.hidden
	return []operand{output(engine.F32, all), optional(c.last, output(engine.F32, row)), scaled(all, 0.7, 1),
		scaled(c.hidden*c.hidden, 1/math.Sqrt(float64(max(1, c.hidden))), 2), optional(c.h0, scaled(row, 0.5, 3)),
		optional(c.lens, ints(lens...)), output(engine.F32, all), optional(c.dwhh, output(engine.F32, c.hidden*c.hidden)),
		optional(c.h0, output(engine.F32, row)), optional(c.dh, scaled(all, 1, 4)), optional(c.dlast, scaled(row, 1, 5))}
}

func (c recurrence) run(s engine.Stream, b []engine.Buffer) error {
	err := s.RNN(engine.RNN{H: b[0], Last: b[1], Z: b[2], Whh: b[3], H0: b[4], Len: b[5], N: c.n, T: c.t, Hidden: c.hidden})
	if err != nil {
		return err
	}
	return s.RNNBwd(engine.RNNBwd{DZ: b[6], DWhh: b[7], DH0: b[8], DH: b[9], DLast: b[10], H: b[0], Whh: b[3], H0: b[4], Len: b[5],
		N: c.n, T: c.t, Hidden: c.hidden})
}

// tolerance: a state is a sum of hidden terms at each of t steps, whose weights keep lengths, so that errors add up; a
// gradient runs through them there and back, and that of a weight is a sum over all steps of all rows.
func (c recurrence) tolerance() check.Tol {
	return check.Tolerance(max(1, 2*c.t*c.hidden+c.n*c.t), 8)
}

var recurrences = []recurrence{
	{1, 1, 1, false, false, true, true, false, true},
	{3, 4, 5, true, true, true, true, true, true},
	{2, 3, 32, false, true, false, true, false, true},
	{5, 3, 33, true, false, true, false, true, true},
	{9, 2, 64, false, false, false, true, true, false},
	{2, 3, 100, true, true, true, true, true, true},
	{1, 2, 200, true, true, true, true, true, true},
	{2, 2, 256, false, false, true, true, false, false},
	{2, 3, 270, true, true, true, true, true, true},
	{17, 2, 300, false, false, false, false, true, false},
	{4, 0, 7, true, false, true, false, true, true},
	{4, 0, 260, true, false, true, false, true, true},
	{0, 3, 7, true, true, true, true, true, true},
	{2, 2, 0, true, false, true, true, true, true},
	{150, 5, 3, false, true, true, true, false, true}, // several rows to a block, and several parts of DWhh
	{130, 4, 66, true, true, false, true, false, true},
}

func TestRNN(t *testing.T) {
	for _, c := range recurrences {
		parity(t, fmt.Sprintf("%+v", c), c.tolerance(), c.operands(), c.run)
	}
}

// What one GPU does in one launch another does in steps. Both are the same sums in another order.
func TestRNNSteps(t *testing.T) {
	d := openTest(t, Options{})
	d.maxShared, d.rnn = 0, limitsOfRNN(false, FP32)
	for _, c := range recurrences[:6] {
		_, spread := d.planSpread(c.n, c.hidden)
		if p := d.planRNN(c.n, c.hidden); p.pad != 0 || spread {
			t.Fatalf("%+v is not done in steps", c)
		}
		parityOn(t, d, fmt.Sprintf("in steps: %+v", c), c.tolerance(), c.operands(), c.run)
	}
}

// Where blocks cannot run together, one block still has up to 256 hidden units.
func TestRNNBlock(t *testing.T) {
	d := openTest(t, Options{})
	d.rnn = limitsOfRNN(false, FP32)
	for _, c := range recurrences[4:8] {
		if p := d.planRNN(c.n, c.hidden); p.pad < c.hidden {
			t.Skipf("%d bytes of shared memory do not hold %+v", d.maxShared, c)
		}
		parityOn(t, d, fmt.Sprintf("in a block: %+v", c), c.tolerance(), c.operands(), c.run)
	}
}

// Rows do not depend on how many of them share a block.
func TestRNNRowsOfABlock(t *testing.T) {
	d := openTest(t, Options{})
	c := recurrence{7, 3, 40, true, true, true, true, true, true}
	var want [][]float64
	for _, units := range []int{1000, 4, 1} {
		d.units = units
		got, err := compute(d, c.operands(), 0, c.run)
		must(t, err)
		if want == nil {
			want = got
		}
		for i := range got {
			check.Close(t, fmt.Sprintf("operand %d with %d multiprocessors", i, units), got[i], want[i], check.Tol{})
		}
	}
}

func TestRNNRefusesTypes(t *testing.T) {
	d := testDevice(t)
	s, f64, i32 := newStream(t, d), memory(t, d, engine.F64, 4), memory(t, d, engine.I32, 4)
	if err := s.RNN(engine.RNN{H: f64, Z: f64, Whh: f64, N: 1, T: 1, Hidden: 1}); err != engine.ErrUnsupported {
		t.Errorf("RNN of float64: got %v, want ErrUnsupported", err)
	}
	if err := s.RNNBwd(engine.RNNBwd{DZ: i32, H: i32, Whh: i32, N: 1, T: 1, Hidden: 1}); err != engine.ErrUnsupported {
		t.Errorf("RNNBwd of int32: got %v, want ErrUnsupported", err)
	}
}
