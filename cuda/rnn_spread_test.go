//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// What an H200 does with the sizes of the benchmark, what the largest is, and that no launch is larger than its GPU.
func TestSpreadPlan(t *testing.T) {
	const h200, t4 = 132, 40
	for _, c := range []struct {
		what                             string
		p                                Precision
		units, kb, n, hidden             int
		columns, rows, blocks, groups, k int // k tiles each
	}{
		{"the benchmark, T128 B64 H512", FP32, h200, 227, 64, 512, 64, 2, 8, 16, 2},
		{"one sentence", FP32, h200, 227, 1, 512, 64, 2, 8, 1, 1},
		{"a large batch", FP32, h200, 227, 4096, 512, 64, 2, 8, 16, 128},
		{"one block would do", FP32, h200, 227, 64, 256, 64, 2, 4, 32, 1},
		{"a block alone is better", FP32, h200, 227, 64, 128, 0, 0, 0, 0, 0},
		{"too large for registers", FP32, h200, 227, 64, 1024, 32, 4, 32, 4, 4},
		{"in registers and shared memory", FP32, h200, 227, 64, 2048, 32, 4, 64, 2, 8},
		{"the largest", FP32, h200, 227, 3, 2176, 32, 4, 68, 1, 1},
		{"weights that do not fit", FP32, h200, 227, 3, 2177, 0, 0, 0, 0, 0},
		{"a small GPU", FP32, t4, 64, 64, 512, 64, 2, 8, 5, 7},
		{"a small GPU's largest", FP32, t4, 64, 64, 1024, 32, 4, 32, 1, 16},
		{"too few multiprocessors", FP32, t4, 227, 64, 1281, 0, 0, 0, 0, 0},
		{"the benchmark in TF32", TF32, h200, 227, 64, 512, 64, 8, 8, 8, 1},
		{"a large state in TF32", TF32, h200, 227, 64, 1024, 32, 8, 32, 4, 2},
		{"too large for the registers in TF32", TF32, h200, 227, 64, 1025, 32, 4, 33, 4, 4},
		{"the benchmark in bfloat16", BF16, h200, 227, 64, 512, 64, 8, 8, 8, 1},
		{"a large state in bfloat16", BF16, h200, 227, 64, 2048, 32, 8, 64, 2, 4},
	} {
		d := &Device{units: c.units, maxShared: c.kb << 10, rnn: limitsOfRNN(true, c.p)}
		p, ok := d.planSpread(c.n, c.hidden)
		if ok != (c.blocks > 0) {
			t.Errorf("%s: spread: %v", c.what, ok)
		} else if got, want := fmt.Sprint(p.columns, p.rows, p.blocks, p.groups, p.tiles), fmt.Sprint(c.columns, c.rows, c.blocks, c.groups, c.k); ok && got != want {
			t.Errorf("%s: columns, rows, blocks, groups, tiles are %s, want %s", c.what, got, want)
		}
	}
	for units := 1; units < 150; units += 7 {
		for hidden := 1; hidden < 2300; hidden += 37 {
			for _, n := range []int{1, 2, 5, 64, 1000} {
				for _, w := range slices.Concat(spreadsF32, spreadsTF32, spreadsBF16) {
					p, ok := w.plan(units, 227<<10, n, hidden)
					if ok && (p.blocks*p.groups > units || p.groups*p.tiles*w.rows < n || (p.groups-1)*p.tiles*w.rows >= n ||
						p.blocks*w.columns < hidden || p.bytes > 227<<10) {
						t.Fatalf("%d units, %d hidden, batch of %d: %+v", units, hidden, n, p)
					}
				}
			}
		}
	}
}

// spreadTest is a device on which every recurrence is spread over blocks in the given way. If it is emulated, it has so
// many multiprocessors.
func spreadTest(t *testing.T, w rnnSpread, units int) *Device {
	testDevice(t) // as it is without
	t.Setenv("BRAID_EMU_SMS", fmt.Sprint(units))
	d := openTest(t, Options{})
	d.rnn = rnnLimits{alone: 0, spreads: []rnnSpread{w}}
	return d
}

// One block and several, with 64 columns each or 32; several tiles for a group, one, and part of one.
func TestRNNSpread(t *testing.T) {
	for _, w := range spreadsF32 {
		d := spreadTest(t, w, 12)
		units := d.units
		for _, c := range []recurrence{
			{1, 1, 1, false, false, true, true, false, true},
			{4, 0, 7, true, false, true, false, true, true},
			{3, 4, 5, true, true, true, true, true, true},
			{2, 3, 100, false, true, false, true, false, true},
			{7, 4, 130, true, true, true, true, true, true},
			{7, 4, 130, false, true, false, false, true, true},
			{25, 2, 66, true, true, false, true, false, true},
			{1, 4, 300, false, false, true, true, true, true},
			{3, 2, 384, true, false, true, true, true, false},
		} {
			for _, most := range []int{units, 3} { // few multiprocessors have more tiles each
				d.units = most
				if p, ok := d.planSpread(c.n, c.hidden); ok {
					what := fmt.Sprintf("%d columns a block, %d x %d blocks: %+v", w.columns, p.blocks, p.groups, c)
					parityOn(t, d, what, c.tolerance(), c.operands(), c.run)
				}
			}
		}
	}
}

// Weights in shared memory.
func TestRNNSpreadLarge(t *testing.T) {
	d := spreadTest(t, spreadsF32[1], 40)
	c := recurrence{2, 2, 1030, true, true, true, true, true, false}
	if p, ok := d.planSpread(c.n, c.hidden); !ok || p.bytes < 16<<10 {
		t.Skipf("%d multiprocessors are too few: %+v", d.units, p)
	}
	parityOn(t, d, fmt.Sprintf("%+v", c), c.tolerance(), c.operands(), c.run)
}

// Neither how many blocks there are nor what else they do changes a bit.
func TestRNNSpreadSameBits(t *testing.T) {
	const repeats = 5
	for _, w := range slices.Concat(spreadsF32, spreadsTF32, spreadsBF16) {
		d := spreadTest(t, w, 12)
		if d.arch < 80 && w.rows == 8 {
			continue // no tensor cores
		}
		units := d.units
		c := recurrence{11, 4, 150, true, true, true, true, true, true}
		var want [][]float64
		for i := range repeats {
			d.units = []int{units, 5, units - 1}[i%3]
			got, err := compute(d, c.operands(), 0, c.run)
			must(t, err)
			if want == nil {
				want = got
			}
			for k := range got {
				check.Close(t, fmt.Sprintf("operand %d with %d multiprocessors", k, d.units), got[k], want[k], check.Tol{})
			}
		}
	}
}

// NaN is handed on, also one with the bits of a word that is awaited.
func TestRNNSpreadNaN(t *testing.T) {
	d := spreadTest(t, spreadsF32[0], 4)
	const n, steps, hidden = 3, 3, 70
	s := newStream(t, d)
	h, z, whh := memory(t, d, engine.F32, n*steps*hidden), memory(t, d, engine.F32, n*steps*hidden), memory(t, d, engine.F32, hidden*hidden)
	h0, lens := memory(t, d, engine.F32, n*hidden), memory(t, d, engine.I32, n)
	states := slices.Repeat([]byte{0xff}, 4*hidden) // row 0 starts with such NaN; its length is 0
	got := make([]byte, 4*n*steps*hidden)
	must(t, d.Do(func() error {
		for _, err := range []error{
			s.Upload(h0, append(states, make([]byte, 4*(n-1)*hidden)...)),
			s.Upload(lens, encode(engine.I32, []float64{0, steps, 1})),
			s.RNN(engine.RNN{H: h, Z: z, Whh: whh, H0: h0, Len: lens, N: n, T: steps, Hidden: hidden}),
			s.Download(got, h), s.Sync(),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	for i, v := range decode(engine.F32, got) {
		if nan := i < steps*hidden; (v != v) != nan || !nan && v != 0 {
			t.Fatalf("element %d is %v", i, v)
		}
	}
}
