package endtoend

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// print is every bit of a model's state, of its optimizer's and of the history's losses.
func print(t *testing.T, tr *train.Trainer[data.Pair]) string {
	t.Helper()
	moments, err := tr.Optimizer.Save()
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, state := range []map[string]tensor.Array{layers.State(tr.Model), moments} {
		for _, name := range slices.Sorted(maps.Keys(state)) {
			b = append(b, name...)
			b, err = binary.Append(b, binary.LittleEndian, state[name].Any())
			if err != nil {
				t.Fatal(name, err)
			}
		}
	}
	for _, e := range tr.History() {
		b = fmt.Appendf(b, "%x %x %x", math.Float64bits(e.Loss), math.Float64bits(e.ValidLoss), math.Float64bits(e.Values["accuracy"]))
	}
	return string(b)
}

// TestSameBits trains under every number of threads, five times each: all runs end with the same bits.
func TestSameBits(t *testing.T) {
	slow(t)
	pairs, valid, vocab := pictures(either(30, 6), 16)
	run := func(seed uint64, batch int, model *models.Fusion) string {
		tr := newTrainer(tensorcheck.Open(t, tensor.Options{}), model, pairs, batch)
		tr.Valid = &data.Loader[data.Pair]{Source: valid, BatchSize: 64}
		tr.Seed = seed
		fit(t, tr, 2)
		return print(t, tr)
	}
	one := func() string { return run(1, 32, small(1, vocab, len(pairs.Classes))) }
	repeat(t, "small model", either(5, 1), one)
	if run(2, 32, small(1, vocab, len(pairs.Classes))) == one() {
		t.Error("other dropout gives the same bits: print does not see the model")
	}

	// The default model is large enough for work to be divided among cores.
	if emulated {
		return
	}
	large, _, vocab := pictures(30, 32)
	repeat(t, "default model", 1, func() string {
		tr := newTrainer(tensorcheck.Open(t, tensor.Options{}), usual(32, vocab, len(large.Classes)), large, 64)
		fit(t, tr, 1)
		return print(t, tr)
	})
}

// repeat calls run so many times under each number of threads, and compares.
func repeat(t *testing.T, what string, times int, run func() string) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	want := ""
	for _, threads := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(threads)
		for i := range times {
			got := run()
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s, GOMAXPROCS %d, run %d: other bits than in the first run", what, threads, i+1)
			}
		}
	}
}
