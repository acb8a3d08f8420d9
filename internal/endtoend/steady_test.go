package endtoend

import (
	"context"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

const (
	warm    = 2     // steps that may still allocate: from the third on, nothing new happens
	perStep = 50000 // bytes of garbage that a step may leave
)

var (
	steps = either(30, 6)  // that are measured
	side  = either(32, 16) // of the pictures
	batch = either(64, 8)
)

// TestSteadyState: from the third step of the default model on, a step asks the device for no memory, runs the plan
// that it knows, once, and leaves little garbage; with the batch given, and with a loader.
func TestSteadyState(t *testing.T) {
	slow(t)
	pairs, _, vocab := pictures(batch*(warm+steps+1)/5+1, side)
	dev := tensorcheck.Open(t, tensor.Options{})
	m := usual(side, vocab, len(pairs.Classes))
	opt := optim.New(layers.Params(m), optim.Adam{WeightDecay: 1e-4})
	opt.Schedule = optim.OneCycle(3e-3, 100)
	step := func(b data.Pair) {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			opt.Minimize(tensor.CrossEntropy(m.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	var one data.Pair
	if err := pairs.Read(&one, every(3)[:batch], nil); err != nil {
		t.Fatal(err)
	}
	for range warm {
		step(one)
	}
	before := dev.Stats()
	var start, end runtime.MemStats
	runtime.ReadMemStats(&start)
	for range steps {
		step(one)
	}
	runtime.ReadMemStats(&end)
	settled(t, "one batch", before, dev.Stats(), end.TotalAlloc-start.TotalAlloc)

	loader := &data.Loader[data.Pair]{Source: pairs, BatchSize: batch, Shuffle: true, DropLast: true}
	next := 0
	for b, err := range loader.Batches(context.Background(), data.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		if next == warm {
			before = dev.Stats()
			runtime.ReadMemStats(&start)
		}
		if next++; next > warm+steps {
			runtime.ReadMemStats(&end)
			break
		}
		step(b)
	}
	settled(t, "loader", before, dev.Stats(), end.TotalAlloc-start.TotalAlloc)
}

func settled(t *testing.T, what string, before, after tensor.Stats, garbage uint64) {
	t.Helper()
	t.Logf("%s: %d bytes of garbage a step, %d device allocations and %d plans in all", what, garbage/uint64(steps), after.Allocs, after.Replays)
	if got := after.Allocs - before.Allocs; got != 0 {
		t.Errorf("%s: %d device allocations in %d steps, want 0", what, got, steps)
	}
	if got := after.Replays - before.Replays; got != int64(steps) {
		t.Errorf("%s: %d replays in %d steps, want one a step", what, got, steps)
	}
	if got := after.Ops - before.Ops; got != 0 {
		t.Errorf("%s: %d operations of new plans in %d steps, want 0", what, got, steps)
	}
	if garbage/uint64(steps) > perStep {
		t.Errorf("%s: %d bytes of garbage a step, want at most %d", what, garbage/uint64(steps), perStep)
	}
}

// TestSteadyTrainer is the same through a Trainer: its sums, its clock and its progress cost a step little.
func TestSteadyTrainer(t *testing.T) {
	slow(t)
	pairs, _, vocab := pictures(batch*(warm+steps+1)/5+1, side)
	dev := tensorcheck.Open(t, tensor.Options{})
	m := usual(side, vocab, len(pairs.Classes))
	tr := newTrainer(dev, m, pairs, batch)
	tr.Train.DropLast = true
	forward, step := tr.Forward, 0
	var before, after tensor.Stats
	var start, end runtime.MemStats
	tr.Forward = func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
		switch step {
		case warm:
			before = dev.Stats()
			runtime.ReadMemStats(&start)
		case warm + steps:
			after = dev.Stats()
			runtime.ReadMemStats(&end)
		}
		step++
		return forward(p, b)
	}
	fit(t, tr, 1)
	if step <= warm+steps {
		t.Fatalf("the epoch had %d steps, want more than %d", step, warm+steps)
	}
	settled(t, "trainer", before, after, end.TotalAlloc-start.TotalAlloc)
}

// dots is a source of points, for a model that is hardly there.
type dots int

func (n dots) Len() int { return int(n) }

func (n dots) Read(b *data.Pair, rows []int, _ *data.RowRand) error {
	x, y := make([]float32, 2*len(rows)), make([]int32, len(rows))
	for i, row := range rows {
		rng := rand.New(rand.NewPCG(1, uint64(row)))
		x[2*i], x[2*i+1] = rng.Float32(), rng.Float32()
		if x[2*i] > x[2*i+1] {
			y[i] = 1
		}
	}
	b.Text, b.Label = tensor.ArrayOf(x, len(rows), 2), tensor.ArrayOf(y, len(rows))
	return nil
}

// TestGoroutines: thousands of steps in ten epochs leave no goroutine behind, and no step has more than the first epoch had.
func TestGoroutines(t *testing.T) {
	epochs, perEpoch := 10, either(1000, 100)
	layer := layers.NewDense(rand.New(rand.NewPCG(1, 1)), 2, 2)
	most, first := 0, 0
	tr := &train.Trainer[data.Pair]{
		Device: tensorcheck.Open(t, tensor.Options{}), Loss: tensor.CrossEntropy,
		Optimizer: optim.New(layers.Params(layer), optim.SGD{LR: 0.1}),
		Train:     &data.Loader[data.Pair]{Source: dots(8 * perEpoch), BatchSize: 8, Shuffle: true},
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			most = max(most, runtime.NumGoroutine())
			return layer.Forward(p.Input(b.Text)), p.Input(b.Label)
		},
	}
	after := 0
	for e, err := range tr.Epochs(context.Background(), epochs) {
		if err != nil {
			t.Fatal(err)
		}
		n := runtime.NumGoroutine()
		if e.Number == 1 {
			first, after = most, n
		}
		if n != after {
			t.Errorf("%d goroutines after epoch %d, %d after the first", n, e.Number, after)
		}
	}
	if most > first {
		t.Errorf("%d goroutines in a later step, at most %d in the first epoch", most, first)
	}
	if tr.Steps() != epochs*perEpoch {
		t.Errorf("%d steps, want %d", tr.Steps(), epochs*perEpoch)
	}
	t.Logf("at most %d goroutines in a step, %d between epochs", most, after)
}
