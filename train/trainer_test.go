package train

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

func TestLearns(t *testing.T) {
	tr := newTrainer("", 16)
	tr.Optimizer.SetLR(0.02)
	h := fit(t, tr, 20)
	if len(h) != 20 || tr.Steps() != 200 {
		t.Fatalf("%d epochs, %d steps; want 20 and 200", len(h), tr.Steps())
	}
	first, last := h[0], h[19]
	if !(last.Loss < first.Loss/2) || !(last.ValidLoss < first.ValidLoss/1.5) || !(last.Values["accuracy"] > 0.9) {
		t.Errorf("first %v, last %v: it did not learn", first, last)
	}
	if last.Samples != 157 || last.Number != 20 || !(last.Values["activation"] > 0) || last.Time <= 0 {
		t.Errorf("last epoch %+v", last)
	}
	best := math.Inf(1)
	for _, e := range h {
		if e.Best != (e.ValidLoss < best) {
			t.Errorf("epoch %d: best is %v, the lowest before is %v", e.Number, e.Best, best)
		}
		best = min(best, e.ValidLoss)
	}
	e, err := tr.Evaluate(context.Background(), tr.Valid)
	if err != nil || e.Loss != last.ValidLoss || e.Values["accuracy"] != last.Values["accuracy"] || e.Samples != 60 {
		t.Errorf("evaluated again: %+v (%v), in the last epoch %+v", e, err, last)
	}
}

// TestMeanLoss compares the loss of an epoch, summed on the device, with the mean over samples.
func TestMeanLoss(t *testing.T) {
	tr := newTrainer("", 4)
	total, n := 0.0, 0
	step := 0
	tr.Step = func(p *tensor.Pass, b batch) error {
		v := float32(step) / 8
		step++
		p.Log("loss", p.Scalar(v))
		rows := b.Y.Len()
		total += float64(v) * float64(rows)
		n += rows
		return nil
	}
	h := fit(t, tr, 1)
	if h[0].Loss != total/float64(n) || n != 157 { // dyadic values: the sums are exact
		t.Errorf("loss %v of %d samples, want %v of %d", h[0].Loss, h[0].Samples, total/float64(n), n)
	}
}

func TestPatience(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	make := func() *Trainer[batch] {
		tr := newTrainer(dir, 4)
		tr.Optimizer.SetLR(0) // nothing gets better after the first epoch
		return tr
	}
	for range 2 { // the second run finds that the first had stopped
		h, err := make().Fit(context.Background(), 50, 3)
		if err != nil || len(h) != 4 {
			t.Fatalf("%d epochs (%v), want 4", len(h), err)
		}
	}
}

func TestGoesOn(t *testing.T) {
	tr := newTrainer("", 4)
	var numbers []int
	for range 2 {
		for e, err := range tr.Epochs(context.Background(), 5) {
			if err != nil {
				t.Fatal(err)
			}
			if numbers = append(numbers, e.Number); e.Number == 2 {
				break
			}
		}
	}
	if len(numbers) != 5 || numbers[4] != 5 || len(tr.History()) != 5 {
		t.Errorf("epochs %v, want 1 to 5", numbers)
	}
}

func TestProgress(t *testing.T) {
	tr := newTrainer("", 4)
	var got []Progress
	tr.Progress = func(p Progress) { got = append(got, p) }
	h := fit(t, tr, 2)
	if n := len(got); n < 2 || n > 20 {
		t.Fatalf("%d reports", n)
	}
	p := got[len(got)-1]
	if p.Epoch != 2 || p.Step != 10 || p.Steps != 10 || p.Loss != h[1].Loss || p.Left != 0 || !(p.SamplesPerSecond > 0) {
		t.Errorf("last report %+v, epoch %+v", p, h[1])
	}
}

// TestSteady: after the first steps the device is asked for nothing and steps are replayed, also across epochs.
func TestSteady(t *testing.T) {
	dev, err := tensor.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTrainer("", 32)
	tr.Device = dev
	fit(t, tr, 3)
	var heap, heapAfter runtime.MemStats
	before, routines := dev.Stats(), runtime.NumGoroutine()
	runtime.ReadMemStats(&heap)
	fit(t, tr, 23)
	runtime.ReadMemStats(&heapAfter)
	after := dev.Stats()
	const steps = 200
	if after.Allocs != before.Allocs || after.Ops != before.Ops || after.Replays-before.Replays < steps {
		t.Errorf("from %+v to %+v in %d steps", before, after, steps)
	}
	if n := runtime.NumGoroutine(); n > routines {
		t.Errorf("%d goroutines became %d", routines, n)
	}
	if n := (heapAfter.TotalAlloc - heap.TotalAlloc) / steps; n > 50_000 {
		t.Errorf("%d bytes of Go heap a step", n)
	}
}

func TestFields(t *testing.T) {
	cases := map[string]func(*Trainer[batch]){
		"no data in Train":            func(tr *Trainer[batch]) { tr.Train = nil },
		"Forward, Loss and Optimizer": func(tr *Trainer[batch]) { tr.Loss = nil },
		"with Valid needs Forward": func(tr *Trainer[batch]) {
			tr.Forward, tr.Step = nil, func(*tensor.Pass, batch) error { return nil }
		},
		"with Checkpoint needs Model": func(tr *Trainer[batch]) { tr.Model = nil },
		"EverySteps":                  func(tr *Trainer[batch]) { tr.EverySteps = -1 },
		"no rows":                     func(tr *Trainer[batch]) { tr.Train.Source = points{} },
	}
	for rule, spoil := range cases {
		tr := newTrainer(t.TempDir(), 4)
		spoil(tr)
		if _, err := tr.Fit(context.Background(), 1, 0); err == nil || !strings.Contains(err.Error(), rule) {
			t.Errorf("error %v, want one that says %q", err, rule)
		}
	}
	tr := newTrainer("", 4)
	tr.Forward = nil
	if _, err := tr.Evaluate(context.Background(), tr.Valid); err == nil {
		t.Error("evaluated without Forward")
	}
}

// TestWrongShape: a mistake in the user's function arrives as an error that says where in the training it was.
func TestWrongShape(t *testing.T) {
	tr := newTrainer("", 4)
	tr.Forward = func(p *tensor.Pass, b batch) (output, target *tensor.Tensor) {
		return p.Input(b.X).MatMul(p.Full(1, 3, 2)), p.Input(b.Y)
	}
	_, err := tr.Fit(context.Background(), 1, 0)
	var e *tensor.Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "epoch 1, step 1") {
		t.Errorf("error %v, want a tensor.Error at epoch 1, step 1", err)
	}
}

// twoNets learns in two halves, with an optimizer each, as a GAN does.
type twoNets struct {
	A, B       *layers.Dense
	OptA, OptB *optim.Optimizer
}

func newTwoNets() *twoNets {
	n := newNet(2)
	m := &twoNets{A: n.Hidden, B: n.Out}
	m.OptA = optim.New(layers.Params(m.A), optim.Adam{LR: 0.01})
	m.OptB = optim.New(layers.Params(m.B), optim.SGD{LR: 0.01, Momentum: 0.9})
	return m
}

func twoTrainer(dir string) *Trainer[batch] {
	m := newTwoNets()
	return &Trainer[batch]{
		Model: m, Checkpoint: dir, Every: -1,
		Train: &data.Loader[batch]{Source: points{n: 64}, BatchSize: 16, Shuffle: true},
		Step: func(p *tensor.Pass, b batch) error {
			x, y := p.Input(b.X), p.Input(b.Y)
			a, c := tensor.CrossEntropy(m.A.Forward(x), y), tensor.CrossEntropy(m.B.Forward(x), y)
			m.OptA.Minimize(a)
			m.OptB.Minimize(c)
			p.Log("loss", a)
			p.Log("other", c)
			return nil
		},
	}
}

func TestStep(t *testing.T) {
	whole, parts := t.TempDir(), t.TempDir()
	h := fit(t, twoTrainer(whole), 6)
	if !(h[5].Loss < h[0].Loss) || !(h[5].Values["other"] < h[0].Values["other"]) || !math.IsNaN(h[5].ValidLoss) || !h[5].Best {
		t.Errorf("first %v, last %v", h[0], h[5])
	}
	for n := 2; n <= 6; n += 2 {
		fit(t, twoTrainer(parts), n)
	}
	sameRun(t, bits(t, parts, "last"), bits(t, whole, "last"))
}
