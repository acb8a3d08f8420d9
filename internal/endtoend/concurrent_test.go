package endtoend

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// TestInferenceBesideTraining: many goroutines ask one model, with batches of several sizes, while another model is
// trained on the same device. Everybody gets the bits that he gets alone.
func TestInferenceBesideTraining(t *testing.T) {
	pairs, _, vocab := pictures(either(30, 8), 16)
	dev := tensorcheck.Open(t, tensor.Options{})
	served := small(1, vocab, len(pairs.Classes))
	predict := func(n int) []float32 {
		images := tensor.ArrayOf(tensor.Values[uint8](pairs.Images.Slice(0, n)), n, 16, 16, 3)
		got, err := served.Predict(dev, images, pairs.Texts.Slice(0, n))
		if err != nil {
			t.Error(err)
		}
		return got.Floats()
	}
	sizes := []int{1, 2, 7, pairs.Images.Shape()[0]}
	alone := map[int][]float32{}
	for _, n := range sizes {
		alone[n] = predict(n)
	}
	trained := func(dev *tensor.Device) string {
		tr := newTrainer(dev, small(2, vocab, len(pairs.Classes)), pairs, 32)
		fit(t, tr, 4)
		return print(t, tr)
	}
	want := trained(tensorcheck.Open(t, tensor.Options{}))

	ctx, stop := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			for k := 0; k < 3 || ctx.Err() == nil; k++ {
				n := sizes[(i+k)%len(sizes)]
				if !slices.Equal(predict(n), alone[n]) {
					t.Errorf("goroutine %d, call %d: %d samples have other probabilities than alone", i, k, n)
					return
				}
			}
		})
	}
	got := trained(dev)
	stop()
	asking.Wait()
	if got != want {
		t.Error("the model that was trained beside inference has other bits than the one trained alone")
	}
}

// TestTwoTrainings: two trainers at a time, on one device, disturb each other as little.
func TestTwoTrainings(t *testing.T) {
	pairs, _, vocab := pictures(30, 16)
	train := func(dev *tensor.Device, seed uint64, source data.Source[data.Pair]) string {
		tr := newTrainer(dev, small(seed, vocab, len(pairs.Classes)), source, 16)
		fit(t, tr, 2)
		return print(t, tr)
	}
	some := data.Subset(pairs, []int{5, 9, 33, 34, 35, 60, 61, 70, 71, 72, 73, 99, 100, 101, 102, 103, 110, 140})
	want := [2]string{train(tensorcheck.Open(t, tensor.Options{}), 1, pairs), train(tensorcheck.Open(t, tensor.Options{}), 2, some)}
	dev := tensorcheck.Open(t, tensor.Options{})
	var got [2]string
	var both sync.WaitGroup
	both.Go(func() { got[0] = train(dev, 1, pairs) })
	both.Go(func() { got[1] = train(dev, 2, some) })
	both.Wait()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("trainer %d ends with other bits than alone", i)
		}
	}
}
