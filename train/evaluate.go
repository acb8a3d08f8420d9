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

// Evaluate measures loss and metrics on l in inference passes. In the Epoch that it returns, Loss and ValidLoss are both
// the mean loss on l (NaN where Trainer has no Loss), Number is 0, and Time and Samples are of the evaluation.
func (t *Trainer[B]) Evaluate(ctx context.Context, l *data.Loader[B]) (Epoch, error) {
	switch {
	case l == nil || l.Source == nil:
		return Epoch{}, errors.New("train: Evaluate: there is no data")
	case t.Forward == nil:
		return Epoch{}, errors.New("train: Evaluate needs Forward")
	}
	if err := t.open(); err != nil {
		return Epoch{}, err
	}
	for _, m := range t.Metrics {
		m.Reset()
	}
	start := time.Now()
	e := Epoch{Values: map[string]float64{}}
	total, batch := 0.0, 0
	for b, err := range l.Batches(ctx, data.Cursor{}) {
		n := rows(l, batch)
		if err == nil {
			var loss float64
			loss, err = t.observe(b, batch)
			total += loss * float64(n)
		}
		if err != nil {
			if ctx.Err() != nil {
				return Epoch{}, ctx.Err()
			}
			return Epoch{}, fmt.Errorf("train: evaluation, batch %d: %w", batch+1, err)
		}
		e.Samples += n
		batch++
	}
	e.Loss = total / float64(e.Samples)
	e.ValidLoss = e.Loss
	for _, m := range t.Metrics {
		e.Values[m.Name()] = m.Value()
	}
	e.Time = time.Since(start)
	return e, nil
}

// observe shows one batch to the metrics and returns its mean loss.
func (t *Trainer[B]) observe(b B, batch int) (loss float64, err error) {
	loss = math.NaN()
	err = t.Device.Run(tensor.Inference, func(p *tensor.Pass) error {
		p.Seed(t.Seed, uint64(batch))
		output, target := t.Forward(p, b)
		if t.Loss != nil {
			loss = value(t.Loss(output, target))
		}
		if len(t.Metrics) == 0 {
			return nil
		}
		out, want := output.Array(), target.Array()
		for _, m := range t.Metrics {
			m.Observe(out, want)
		}
		return nil
	})
	return loss, err
}
