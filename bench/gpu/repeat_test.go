//go:build linux && cgo && !cpu

package gpu

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/braidml/braid/internal/optable"
	"github.com/braidml/braid/tensor"
)

// repeats is how often something is done again: 200 times nothing differs by chance once in a while only.
func repeats() int {
	if *full {
		return 200
	}
	return 3
}

// contend keeps the device busy from another goroutine, on a stream of its own: a kernel that relies on when its blocks
// run, or on memory that it shares with others, is then found sooner. Stop it and see that it worked.
func contend(t *testing.T, dev *tensor.Device) (stop func()) {
	side := 16
	if *full {
		side = 700
	}
	var end atomic.Bool
	done := make(chan error)
	go func() {
		var err error
		for err == nil && !end.Load() {
			err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
				x := p.Uniform(side, side)
				x.MatMul(x).Softmax(-1).Sum()
				return p.Sync()
			})
		}
		done <- err
	}()
	return func() {
		end.Store(true)
		if err := <-done; err != nil {
			t.Errorf("the load beside: %v", err)
		}
	}
}

// large are rows at sizes that fill a GPU, where blocks of one launch meet.
func large() []optable.Row {
	n, side, time := 5, 20, 4
	if *full {
		n, side, time = 400, 64, 48
	}
	type xs = []*tensor.Tensor
	arg := func(shape ...int) optable.Arg { return optable.Arg{Shape: shape, Sample: reals} }
	ids := func(below optable.Sample, shape ...int) optable.Arg {
		return optable.Arg{Shape: shape, Sample: below, Fixed: true}
	}
	weights := func() []*tensor.Tensor {
		return []*tensor.Tensor{tensor.NewParam(make([]float32, side), side).Freeze(), tensor.NewParam(make([]float32, side), side).Freeze()}
	}
	return []optable.Row{
		{Name: "Linear/large", Args: []optable.Arg{arg(n, n+3), arg(n-2, n+3), arg(n - 2)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return x[0].Linear(x[1], x[2]).ReLU() }},
		{Name: "Conv2D/large", Args: []optable.Arg{arg(4, side, side+1, side/2), arg(side, 3, 3, side/2), arg(side)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				return tensor.Conv2D(x[0], x[1], x[2], tensor.Conv2DOptions{}).ReLU().MaxPool2D(2, 0, 0)
			}},
		{Name: "BatchNorm/large", Args: []optable.Arg{arg(n, 20, side), arg(side), arg(side)}, State: weights,
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				return tensor.BatchNorm(x[0], x[1], x[2], x[3], x[4], .1, 1e-5)
			}},
		{Name: "LayerNorm/large", Args: []optable.Arg{arg(n, n), arg(n), arg(n)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return tensor.LayerNorm(x[0], x[1], x[2], 1e-5) }},
		{Name: "RNN/block", Args: []optable.Arg{arg(side, time, 7), arg(side, 7), arg(side, side)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				h, _ := tensor.RNN(x[0], x[1], x[2], nil, nil, nil)
				return h
			}},
		{Name: "RNN/spread", Args: []optable.Arg{arg(side, time, 7), arg(8*side, 7), arg(8*side, 8*side)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				h, _ := tensor.RNN(x[0], x[1], x[2], nil, nil, nil)
				return h
			}},
		{Name: "RNN/spread, much memory", Args: []optable.Arg{arg(3, time, 7), arg(24*side, 7), arg(24*side, 24*side)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				h, _ := tensor.RNN(x[0], x[1], x[2], nil, nil, nil)
				return h
			}},
		{Name: "RNN/steps", Args: []optable.Arg{arg(3, time, 7), arg(36*side, 7), arg(36*side, 36*side)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor {
				h, _ := tensor.RNN(x[0], x[1], x[2], nil, nil, nil)
				return h
			}},
		{Name: "Embedding/many of few", Args: []optable.Arg{arg(side, side), ids(below(5), n, 30)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return x[0].Embedding(x[1]) }},
		{Name: "CrossEntropy/large", Args: []optable.Arg{arg(n, n), ids(below(int32(n)), n)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return tensor.CrossEntropy(x[0], x[1]) }},
		{Name: "Sum/large", Args: []optable.Arg{arg(n, 3*n)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return x[0].Sum() }},
		{Name: "Softmax/large", Args: []optable.Arg{arg(n, 3*n)},
			Forward: func(_ *tensor.Pass, x xs) *tensor.Tensor { return x[0].Softmax(-1) }},
	}
}

// Every operation and its gradients give the same bits, whatever else the device does.
func TestRepeatOperations(t *testing.T) {
	for p, what := range []string{"fp32", "tf32", "bf16"} {
		dev := open(t, tensor.Options{Precision: tensor.Precision(p)})
		rows, n := large(), 5
		if *full && p == 0 {
			rows, n = append(rows, optable.Rows...), 200
		}
		stop := contend(t, dev)
		for _, row := range rows {
			if err := repeatRow(dev, row, n); err != nil {
				t.Errorf("%s, %s: %v", row.Name, what, err)
			}
		}
		stop()
	}
}

func repeatRow(dev *tensor.Device, row optable.Row, n int) error {
	i, xs := row.New(), row.Draw(rand.New(rand.NewPCG(7, uint64(len(row.Name)))), n)
	first, err := i.Run(dev, xs)
	for k := 1; k < repeats() && err == nil; k++ {
		var again optable.Result
		if again, err = i.Run(dev, xs); err == nil {
			if m := optable.SameBits(again, first); m != "" {
				return fmt.Errorf("run %d differs from the first: %s", k+1, m)
			}
		}
	}
	return err
}

// The comparison notices a result that changes.
func TestRepeatGoesRed(t *testing.T) {
	dev := open(t, tensor.Options{})
	calls := float32(0)
	row := optable.Row{Name: "changing", Args: []optable.Arg{{Shape: []int{3}, Sample: reals}},
		Forward: func(p *tensor.Pass, x []*tensor.Tensor) *tensor.Tensor {
			calls++
			return x[0].Mul(p.Scalar(calls))
		}}
	if repeatRow(dev, row, 1) == nil {
		t.Error("a result that differs from run to run passes")
	}
}
