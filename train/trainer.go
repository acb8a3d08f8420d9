package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// ErrNotFinite ends a training whose loss or parameters became NaN or infinite.
var ErrNotFinite = errors.New("not finite")

// Trainer trains a model on batches of type B. Set the fields, then range over Epochs or call Fit.
//
// The usual model has Forward, Loss and Optimizer (Keras: compile). One that learns in another way, such as a GAN, has
// Step (Keras: train_step); Forward and Loss, if set, then only evaluate, and Optimizer is only saved.
//
// A Trainer remembers where it stands: another call of Epochs or Fit goes on from there. It serves one goroutine.
type Trainer[B any] struct {
	Device *tensor.Device // nil: tensor.Open(nil)
	Model  any            // its parameters, and the optimizers in its exported fields, are what checkpoints hold

	Forward   func(p *tensor.Pass, b B) (output, target *tensor.Tensor)
	Loss      func(output, target *tensor.Tensor) *tensor.Tensor // mean over the batch
	Optimizer *optim.Optimizer
	Step      func(p *tensor.Pass, b B) error // may Log its "loss"

	Train, Valid *data.Loader[B]
	Metrics      []metrics.Metric // measured on Valid

	Seed       uint64         // of dropout and noise
	Checkpoint string         // a folder: last and best are kept there, and Epochs goes on from last; "": none
	Every      time.Duration  // save last so often, besides the end of each epoch; 0: a minute; below 0: never
	EverySteps int            // and after so many steps; 0: never
	Progress   func(Progress) // about ten times a second; see Bar
	Record     Recorder       // told about every epoch, such as a TensorBoard file; nil: nobody
	Log        *slog.Logger   // nil: silent

	run *run[B]
}

// Epochs trains up to epoch n, counted from the first one ever, and yields after each one: nothing if n epochs are behind
// already. Early stopping is break; the epoch that was yielded is on the disk by then.
//
// Cancelling ctx ends it after the current step with a checkpoint and ctx's error. With Checkpoint set, a run that was
// killed goes on at the step it had saved and gives the same bits as one that was not. A loss that is NaN or infinite is
// an error that wraps [ErrNotFinite]; last is then from before.
func (t *Trainer[B]) Epochs(ctx context.Context, n int) iter.Seq2[Epoch, error] {
	return func(yield func(Epoch, error) bool) {
		r, err := t.begin()
		if err != nil {
			yield(Epoch{}, err)
			return
		}
		for r.state.Epoch < n {
			var e Epoch
			err := tensor.Try(func() (err error) {
				e, err = r.epoch(ctx)
				return err
			})
			if err != nil {
				yield(Epoch{}, r.interrupted(ctx, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Fit is Epochs without a loop: it returns the history from the first epoch on, also beside an error. patience > 0 stops
// when so many epochs have passed since the best one.
func (t *Trainer[B]) Fit(ctx context.Context, n, patience int) (History, error) {
	r, err := t.begin()
	if err != nil {
		return nil, err
	}
	stop := func() bool { return patience > 0 && r.state.History.sinceBest() >= patience }
	if stop() {
		return r.state.History, nil // so had the run that wrote the checkpoint
	}
	for _, err := range t.Epochs(ctx, n) {
		if err != nil {
			return r.state.History, err
		}
		if stop() {
			break
		}
	}
	return r.state.History, nil
}

// History is all epochs so far, those before a resume included. It is empty before training has begun.
func (t *Trainer[B]) History() History {
	if t.run == nil {
		return nil
	}
	return t.run.state.History
}

// Steps is the number of training steps so far, those before a resume included.
func (t *Trainer[B]) Steps() int {
	if t.run == nil {
		return 0
	}
	return t.run.state.Step
}

// begin checks the fields and returns where training stands: at the last call, at the checkpoint, or at the start.
func (t *Trainer[B]) begin() (r *run[B], err error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if t.run != nil {
		return t.run, nil
	}
	err = tensor.Try(func() error {
		if err := t.open(); err != nil {
			return err
		}
		r = newRun(t)
		return r.resume()
	})
	if err != nil {
		return nil, err
	}
	t.run = r
	return r, nil
}

// open opens the default device where the caller gave none.
func (t *Trainer[B]) open() (err error) {
	if t.Device == nil {
		t.Device, err = tensor.Open(nil)
	}
	return err
}

func (t *Trainer[B]) check() error {
	switch {
	case t.Train == nil || t.Train.Source == nil:
		return errors.New("no data in Train")
	case t.Step == nil && (t.Forward == nil || t.Loss == nil || t.Optimizer == nil):
		return errors.New("expected Forward, Loss and Optimizer, or Step")
	case t.Valid != nil && t.Forward == nil:
		return errors.New("a trainer with Valid needs Forward")
	case t.Checkpoint != "" && t.Model == nil:
		return errors.New("a trainer with Checkpoint needs Model")
	case t.EverySteps < 0:
		return fmt.Errorf("EverySteps is %d, at least 0 is expected", t.EverySteps)
	}
	return nil
}
