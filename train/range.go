package train

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// RateRange says how a learning-rate range test goes. What is left zero gets the value that stands beside it.
type RateRange struct {
	Low, High float64 // the first and the last rate: 1e-6, 10
	Steps     int     // 100
	Smooth    float64 // share of the old mean in the running one: 0.9
}

// Rates is what a range test measured, one value a step. Loss is as it was, Smoothed its running mean.
type Rates struct {
	Rate, Loss, Smoothed []float64
	Diverged             bool // the test ended before High, because the loss grew beyond bounds

	// Suggested is the rate at which the smoothed loss falls fastest: to train with, or as the peak of a one-cycle
	// schedule. It lies before the loss is lowest. 0 if the loss never fell.
	Suggested float64
	Lowest    float64 // the rate at which the smoothed loss is lowest: beyond it training is no longer stable
}

// RangeTest trains with a rate that rises from step to step by the same factor, and sees what becomes of the loss (Smith
// 2017). It ends where the smoothed loss is four times its lowest value, or not a number. The model, the optimizer and its
// schedule are then as they were before, and so is the trainer. It needs Forward, Loss and Optimizer.
func (t *Trainer[B]) RangeTest(ctx context.Context, o RateRange) (r *Rates, err error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if t.Train == nil || t.Train.Source == nil || t.Train.Len() == 0 || t.Forward == nil || t.Loss == nil || t.Optimizer == nil || t.Model == nil {
		return nil, errors.New("train: RangeTest: expected Train with data, Model, Forward, Loss and Optimizer")
	}
	if _, err := t.begin(); err != nil { // from a checkpoint, if there is one
		return nil, err
	}
	before, err := t.remember()
	if err != nil {
		return nil, err
	}
	err = tensor.Try(func() (err error) {
		r, err = t.measure(ctx, o)
		return err
	})
	if err := errors.Join(err, before()); err != nil {
		return nil, err
	}
	r.suggest(o.Smooth)
	return r, nil
}

func (o RateRange) withDefaults() RateRange {
	set := func(p *float64, v float64) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.Low, 1e-6)
	set(&o.High, 10)
	set(&o.Smooth, 0.9)
	if o.Steps == 0 {
		o.Steps = 100
	}
	return o
}

func (o RateRange) check() error {
	switch {
	case !(o.Low > 0 && o.Low < o.High && !math.IsInf(o.High, 0)):
		return fmt.Errorf("train: RangeTest: the rates are %v to %v, 0 < Low < High is expected", o.Low, o.High)
	case o.Steps < 2:
		return fmt.Errorf("train: RangeTest: Steps is %d, at least 2 is expected", o.Steps)
	case !(o.Smooth >= 0 && o.Smooth < 1):
		return fmt.Errorf("train: RangeTest: Smooth is %v, 0 <= Smooth < 1 is expected", o.Smooth)
	}
	return nil
}

// remember copies what training changes; what it returns puts it back.
func (t *Trainer[B]) remember() (restore func() error, err error) {
	var model map[string]tensor.Array
	if err := tensor.Try(func() error { model = layers.State(t.Model); return nil }); err != nil {
		return nil, err
	}
	state, err := t.Optimizer.Save()
	if err != nil {
		return nil, err
	}
	schedule := t.Optimizer.Schedule
	return func() error {
		t.Optimizer.Schedule = schedule
		return errors.Join(layers.Restore(t.Model, model), t.Optimizer.Restore(state))
	}, nil
}

// measure does the steps. It waits for the loss of each.
func (t *Trainer[B]) measure(ctx context.Context, o RateRange) (*Rates, error) {
	r := &Rates{}
	first := t.Optimizer.Steps()
	factor := math.Pow(o.High/o.Low, 1/float64(o.Steps-1))
	rate := func(step int) float64 { return o.Low * math.Pow(factor, float64(step)) }
	t.Optimizer.Schedule = optim.Schedule(func(step int) float64 { return rate(step - first) })
	mean, weight, lowest := 0.0, 0.0, math.Inf(1)
	for epoch := 0; ; epoch++ {
		for b, err := range t.Train.Batches(ctx, data.Cursor{Epoch: epoch}) {
			if err != nil {
				return nil, err
			}
			step := len(r.Rate)
			var loss float64
			err := t.Device.Run(tensor.Training, func(p *tensor.Pass) error {
				p.Seed(t.Seed, uint64(step))
				l := t.Loss(t.Forward(p, b))
				t.Optimizer.Minimize(l)
				loss = l.Array().Float64s()[0]
				return nil
			})
			if err != nil {
				return nil, err
			}
			// A mean that begins at 0 is too small by the weights that are still missing.
			mean, weight = o.Smooth*mean+(1-o.Smooth)*loss, o.Smooth*weight+1-o.Smooth
			smoothed := mean / weight
			if bound := lowest + 3*math.Abs(lowest); !(smoothed <= bound) || math.IsInf(smoothed, 0) {
				r.Diverged = true
				return r, nil
			}
			lowest = min(lowest, smoothed)
			r.Rate, r.Loss, r.Smoothed = append(r.Rate, rate(step)), append(r.Loss, loss), append(r.Smoothed, smoothed)
			if len(r.Rate) == o.Steps {
				return r, nil
			}
		}
	}
}

// suggest finds the steepest fall of the smoothed loss before its lowest value, over the logarithm of the rate. A slope is
// taken over a tenth of all steps, and not before the running mean has as many behind it as it is a mean of: what is
// steeper there is chance.
func (r *Rates) suggest(smooth float64) {
	end := 0
	for i, v := range r.Smoothed {
		if v < r.Smoothed[end] {
			end = i
		}
	}
	if len(r.Rate) > 0 {
		r.Lowest = r.Rate[end]
	}
	half := max(1, len(r.Rate)/20)
	first := min(int(1/(1-smooth)), len(r.Rate)/4)
	steepest := 0.0
	for i := first + half; i < end; i++ { // all steps have the same width in the logarithm
		last := min(i+half, end)
		if slope := (r.Smoothed[last] - r.Smoothed[i-half]) / float64(last-i+half); slope < steepest {
			steepest, r.Suggested = slope, r.Rate[i]
		}
	}
}
