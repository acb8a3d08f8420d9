package train

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Recorder is told how training goes; a [github.com/braidml/braid/interop/tensorboard.Writer] is one.
type Recorder interface {
	Scalar(tag string, step int, v float64) error
	Histogram(tag string, step int, values []float32) error
	Flush() error
}

// record tells the Recorder about an epoch that is saved: its losses, means and metrics, the learning rate, and how the
// values of each parameter are distributed.
func (r *run[B]) record(e Epoch) error {
	to, step := r.t.Record, r.state.Step
	if to == nil {
		return nil
	}
	var failed error
	scalar := func(tag string, v float64) {
		if failed == nil && v == v {
			failed = to.Scalar(tag, step, v)
		}
	}
	scalar("loss/training", e.Loss)
	scalar("loss/validation", e.ValidLoss)
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		scalar("metrics/"+name, e.Values[name])
	}
	if r.t.Optimizer != nil {
		scalar("learning rate", r.t.Optimizer.LR())
	}
	if s := e.Time.Seconds(); s > 0 {
		scalar("samples per second", float64(e.Samples)/s)
	}
	if r.t.Model != nil {
		for name, p := range layers.Params(r.t.Model) {
			if failed == nil && p.DType() != tensor.Int32 {
				failed = to.Histogram("parameters/"+name, step, p.Float32s())
			}
		}
	}
	if failed == nil {
		failed = to.Flush()
	}
	if failed != nil {
		return fmt.Errorf("train: recording epoch %d: %w", e.Number, failed)
	}
	return nil
}
