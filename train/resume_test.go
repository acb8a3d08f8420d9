package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// stumble trains by many trainers, each of which is cancelled in its third step or evaluation.
func stumble(t *testing.T, epochs int, build func() *Trainer[batch]) {
	t.Helper()
	for stops := range 100 {
		tr := build()
		ctx, cancel := context.WithCancel(context.Background())
		forward, calls := tr.Forward, 0
		tr.Forward = func(p *tensor.Pass, b batch) (output, target *tensor.Tensor) {
			if calls++; calls == 3 {
				cancel()
			}
			return forward(p, b)
		}
		_, err := tr.Fit(ctx, epochs, 0)
		cancel()
		switch {
		case err == nil && stops < 3*epochs:
			t.Fatalf("stopped %d times only", stops)
		case err == nil:
			return
		case err != context.Canceled:
			t.Fatal(err)
		}
	}
	t.Fatal("stopped 100 times and never came to the end")
}

// TestFloat64: the sums of the running epoch keep all bits of a float64 device.
func TestFloat64(t *testing.T) {
	build := func(dir string) *Trainer[batch] {
		dev, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
		if err != nil {
			t.Fatal(err)
		}
		tr := newTrainer(dir, 4)
		tr.Device = dev
		return tr
	}
	whole, dir := t.TempDir(), t.TempDir()
	fit(t, build(whole), 2)
	stumble(t, 2, func() *Trainer[batch] { return build(dir) })
	sameRun(t, bits(t, dir, "last"), bits(t, whole, "last"))
}

// TestResume stops a run in every way that there is, resumes it with a new trainer, and compares it with one that was
// never stopped.
func TestResume(t *testing.T) {
	const epochs = 4
	whole := filepath.Join(t.TempDir(), "deep", "run")
	fit(t, newTrainer(whole, 8), epochs)
	want, wantBest := bits(t, whole, "last"), bits(t, whole, "best")

	t.Run("break", func(t *testing.T) {
		dir := t.TempDir()
		for i := 1; i <= epochs; i++ {
			for e, err := range newTrainer(dir, 8).Epochs(context.Background(), epochs) {
				if err != nil || e.Number != i {
					t.Fatalf("epoch %d (%v), want %d", e.Number, err, i)
				}
				break
			}
		}
		sameRun(t, bits(t, dir, "last"), want)
		sameRun(t, bits(t, dir, "best"), wantBest)
	})
	t.Run("cancel", func(t *testing.T) {
		dir := t.TempDir()
		stumble(t, epochs, func() *Trainer[batch] { return newTrainer(dir, 8) })
		sameRun(t, bits(t, dir, "last"), want)
		sameRun(t, bits(t, dir, "best"), wantBest)
	})
	t.Run("same trainer", func(t *testing.T) {
		dir := t.TempDir()
		tr := newTrainer(dir, 8)
		ctx, cancel := context.WithCancel(context.Background())
		tr.Progress = func(p Progress) {
			if p.Epoch == 2 {
				cancel() // at the end of the epoch's steps: the validation does not happen
			}
		}
		if _, err := tr.Fit(ctx, epochs, 0); err != context.Canceled {
			t.Fatal(err)
		}
		fit(t, tr, epochs)
		sameRun(t, bits(t, dir, "last"), want)
	})
	t.Run("bad row", func(t *testing.T) {
		dir := t.TempDir()
		tr := newTrainer(dir, 8)
		source := tr.Train.Source.(points)
		source.fail = 77
		tr.Train.Source = source
		if _, err := tr.Fit(context.Background(), epochs, 0); !errors.Is(err, errRow) {
			t.Fatal(err)
		}
		fit(t, newTrainer(dir, 8), epochs) // the row can be read again
		sameRun(t, bits(t, dir, "last"), want)
	})
	t.Run("it can differ", func(t *testing.T) {
		dir := t.TempDir()
		tr := newTrainer(dir, 8)
		tr.Train.Workers = 3
		tr.EverySteps = 1
		tr.Every = time.Nanosecond
		fit(t, tr, epochs)
		sameRun(t, bits(t, dir, "last"), want) // how often it is saved makes no difference

		tr = newTrainer(t.TempDir(), 8)
		tr.Seed++
		fit(t, tr, epochs)
		if got := bits(t, tr.Checkpoint, "last"); got[modelFile] == want[modelFile] {
			t.Error("another seed gives the same parameters: the comparison sees nothing")
		}
	})
	t.Run("loads", func(t *testing.T) {
		m := newNet(8)
		if err := layers.Load(filepath.Join(whole, "best", modelFile), m); err != nil {
			t.Error(err)
		}
	})
	if entries, err := os.ReadDir(whole); err != nil || len(entries) != 2 {
		t.Errorf("the folder holds %v (%v), want best and last", entries, err)
	}
}
