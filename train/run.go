package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// run is a training under way: the host's side of what a checkpoint holds.
type run[B any] struct {
	t     *Trainer[B]
	state state
	sums  sums
	saved savepoint
	pace  pace
}

// savepoint is when a checkpoint was last written.
type savepoint struct {
	step   int
	at     time.Time
	failed bool // the last attempt did
}

func newRun[B any](t *Trainer[B]) *run[B] {
	return &run[B]{t: t, saved: savepoint{at: time.Now()}}
}

// epoch trains what is left of the running epoch, validates and saves.
func (r *run[B]) epoch(ctx context.Context) (Epoch, error) {
	if !r.state.Trained {
		if err := r.train(ctx); err != nil {
			return Epoch{}, err
		}
		r.state.Trained = true
	}
	loss, err := r.loss()
	if err != nil {
		return Epoch{}, err
	}
	e := Epoch{
		Number: r.state.Epoch + 1, Loss: loss, ValidLoss: math.NaN(), Values: r.sums.means(),
		Time: r.state.elapsed(), Samples: r.state.Samples,
	}
	if r.t.Valid != nil {
		v, err := r.t.Evaluate(ctx, r.t.Valid)
		if err != nil {
			return Epoch{}, err
		}
		e.ValidLoss = v.Loss
		for name, value := range v.Values {
			e.Values[name] = value
		}
	}
	e.Best = e.score() < r.state.History.best()
	// The state moves on before it is saved, and back if that fails: the epoch then ends again at the next try.
	before, weights := r.state, r.sums.snapshot()
	r.state = state{Epoch: e.Number, Step: r.state.Step, History: append(r.state.History[:len(r.state.History):len(r.state.History)], e)}
	if err := errors.Join(r.sums.restore(savedSums{}), r.save(e.Best)); err != nil {
		r.state = before
		return Epoch{}, errors.Join(err, r.sums.restore(weights))
	}
	r.log("epoch", "epoch", e.Number, "loss", e.Loss, "valid", e.ValidLoss, "best", e.Best, "seconds", e.Time.Seconds())
	return e, r.record(e)
}

// train does the steps that the running epoch has left.
func (r *run[B]) train(ctx context.Context) error {
	steps := r.t.Train.Len()
	r.pace.begin(steps, r.state)
	start, before := time.Now(), r.state.elapsed()
	for b, err := range r.t.Train.Batches(ctx, data.Cursor{Epoch: r.state.Epoch, Batch: r.state.Batch}) {
		n := rows(r.t.Train, r.state.Batch)
		if err == nil {
			err = r.step(b, n)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("train: epoch %d, step %d: %w", r.state.Epoch+1, r.state.Batch+1, err)
		}
		r.state.Batch++
		r.state.Step++
		r.state.Samples += n
		r.state.Seconds = (before + time.Since(start)).Seconds()
		if err := r.report(); err != nil {
			return err
		}
		if r.due() {
			saving := time.Now()
			if err := r.save(false); err != nil {
				return err
			}
			start = start.Add(time.Since(saving)) // not training time
		}
	}
	return nil
}

// step trains on one batch of n samples. It does not wait for the device.
func (r *run[B]) step(b B, n int) error {
	t := r.t
	err := t.Device.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(t.Seed, uint64(r.state.Step))
		if t.Step != nil {
			if err := t.Step(p, b); err != nil {
				return err
			}
		} else {
			loss := t.Loss(t.Forward(p, b))
			t.Optimizer.Minimize(loss)
			p.Log(lossName, loss)
		}
		r.sums.add(p, n)
		return nil
	})
	if err == nil {
		r.sums.count(n)
	}
	return err
}

// loss is the mean loss of the running epoch so far. It waits for the device, and it is where a loss that is not finite
// is noticed: always before something is saved.
func (r *run[B]) loss() (loss float64, err error) {
	err = tensor.Try(func() error {
		var good int
		loss, good = r.sums.loss()
		if good < r.sums.losses {
			return fmt.Errorf("train: the loss is %w (%v) since epoch %d, step %d: lower the learning rate, or look for such values in the data",
				ErrNotFinite, loss, r.state.Epoch+1, good+1)
		}
		return nil
	})
	return loss, err
}

// interrupted saves what an error left whole, and returns the error. What is on the disk stays where nothing was
// trained since, and where the numbers are broken: the next Epochs then begins from the disk.
func (r *run[B]) interrupted(ctx context.Context, err error) error {
	var fault *tensor.Error
	if errors.Is(err, ErrNotFinite) || errors.As(err, &fault) && fault.Err != nil {
		r.t.run = nil // the step that failed may have updated a part of the model, such as running means
		return err
	}
	if r.t.Checkpoint == "" || r.saved.failed || r.state.Step == r.saved.step && !r.state.Trained {
		return err
	}
	if saving := r.save(false); saving != nil {
		if errors.Is(saving, ErrNotFinite) {
			r.t.run = nil
		}
		return errors.Join(err, saving)
	}
	if ctx.Err() != nil {
		r.log("interrupted", "epoch", r.state.Epoch+1, "step", r.state.Batch, "checkpoint", r.t.Checkpoint)
	}
	return err
}

func (r *run[B]) due() bool {
	if r.t.Checkpoint == "" {
		return false
	}
	every := r.t.Every
	if every == 0 {
		every = time.Minute
	}
	return every > 0 && time.Since(r.saved.at) >= every ||
		r.t.EverySteps > 0 && r.state.Step-r.saved.step >= r.t.EverySteps
}

func (r *run[B]) log(message string, args ...any) {
	if r.t.Log != nil {
		r.t.Log.Info(message, args...)
	}
}

// rows is the number of rows in a batch of l. It is what matters to means: the last batch is smaller. A sampler is taken
// to draw as many rows as there are.
func rows[B any](l *data.Loader[B], batch int) int {
	size := batchSize(l)
	if left := l.Source.Len() - batch*size; left > 0 {
		size = min(size, left)
	}
	of := max(l.Of, 1)
	return size*(l.Rank+1)/of - size*l.Rank/of
}

func batchSize[B any](l *data.Loader[B]) int {
	if l.BatchSize == 0 {
		return 32 // the loader's own default
	}
	return l.BatchSize
}
