//go:build linux && cgo && !cpu

package endtoend

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// TestCUDATrainsAsCPU: twenty steps of the fusion model, dropout included, give the same losses on both engines to a
// thousandth: float32 sums in another order, carried through twenty updates.
func TestCUDATrainsAsCPU(t *testing.T) {
	gpu, err := tensor.Open(&tensor.Options{Engine: "cuda"})
	if errors.Is(err, cuda.ErrNoDevice) {
		t.Skipf("needs a GPU, or BRAID_LIBCUDA naming the emulated one: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer gpu.Close()
	source, _, vocab := pictures(60, 16)
	losses := func(dev *tensor.Device) (all []float64) {
		m := small(1, vocab, len(source.Classes))
		tr := newTrainer(dev, m, source, 16)
		step := 0
		for epoch := 0; step < 20; epoch++ {
			for b, err := range tr.Train.Batches(t.Context(), data.Cursor{Epoch: epoch}) {
				if err != nil {
					t.Fatal(err)
				}
				err = dev.Run(tensor.Training, func(p *tensor.Pass) error {
					p.Seed(9, uint64(step))
					output, target := tr.Forward(p, b)
					loss := tr.Loss(output, target)
					tr.Optimizer.Minimize(loss)
					all = append(all, float64(loss.Item()))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				if step++; step == 20 {
					break
				}
			}
		}
		return all
	}
	want, got := losses(tensor.CPU()), losses(gpu)
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-3*want[i]) {
			t.Errorf("step %d: loss %v on the GPU, %v on the CPU", i+1, got[i], want[i])
		}
	}
	if !(got[19] < got[0]) {
		t.Errorf("the loss went from %v to %v", got[0], got[19])
	}
	if s := gpu.Stats(); s.Replays == 0 {
		t.Errorf("nothing was replayed: %+v", s)
	}
}

// TestCUDAPredictsAsCPU: a model that was saved predicts the same on both engines of one binary.
func TestCUDAPredictsAsCPU(t *testing.T) {
	gpu, err := tensor.Open(&tensor.Options{Engine: "cuda"})
	if errors.Is(err, cuda.ErrNoDevice) {
		t.Skipf("needs a GPU, or BRAID_LIBCUDA naming the emulated one: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer gpu.Close()
	source, _, vocab := pictures(10, 16)
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := small(1, vocab, len(source.Classes)).Save(path); err != nil {
		t.Fatal(err)
	}
	predict := func(dev *tensor.Device) []float32 {
		m, err := models.OpenFusion(path)
		if err != nil {
			t.Fatal(err)
		}
		probs, err := m.Predict(dev, source.Images.Slice(0, 6), source.Texts.Slice(0, 6))
		if err != nil {
			t.Fatal(err)
		}
		return probs.Floats()
	}
	want, got := predict(tensor.CPU()), predict(gpu)
	for i := range want {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-5) { // probabilities: some thirty layers' roundings of 6e-8
			t.Errorf("probability %d: %v on the GPU, %v on the CPU", i, got[i], want[i])
		}
	}
}
