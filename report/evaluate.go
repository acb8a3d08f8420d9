package report

import (
	"context"
	"fmt"
	"math"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// collector keeps the outputs and targets of an evaluation.
type collector struct {
	outputs, targets []float64
	width            int // of a row
	ints             bool
	rows             int
}

func (c *collector) Name() string   { return "outputs" }
func (c *collector) Reset()         { *c = collector{} }
func (c *collector) Value() float64 { return math.NaN() }
func (c *collector) Observe(output, target tensor.Array) {
	n := output.Shape()[0]
	c.rows += n
	c.width = output.Len() / max(n, 1)
	c.ints = target.DType() == tensor.Int32
	c.outputs = append(c.outputs, output.Float64s()...)
	c.targets = append(c.targets, target.Float64s()...)
}

// run measures the model on rows.
func (j *judge) run(ctx context.Context, rows data.Source[data.Pair], measures ...metrics.Metric) (train.Epoch, error) {
	t := &train.Trainer[data.Pair]{Device: j.Device, Forward: j.Forward, Loss: j.Loss, Metrics: measures, Seed: j.Seed}
	var e train.Epoch
	err := tensor.Try(func() (err error) {
		e, err = t.Evaluate(ctx, &data.Loader[data.Pair]{Source: rows, BatchSize: batchSize})
		return err
	})
	return e, err
}

// evaluate measures the model as it is, and keeps what it said.
func (j *judge) evaluate(ctx context.Context, r *Report) error {
	all := &collector{}
	measures := []metrics.Metric{all}
	switch j.Task {
	case Classification:
		measures = append(measures, &metrics.Confusion{}, metrics.F1(), metrics.AUC(), metrics.AveragePrecision(), &metrics.Calibration{})
	case MultiLabel:
		measures = append(measures, &metrics.Labels{}, metrics.AUC(), metrics.AveragePrecision(), &metrics.Calibration{}, metrics.LabelF1())
	}
	e, err := j.run(ctx, j.Test, measures...)
	if err != nil {
		return err
	}
	for i, v := range all.outputs {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("the model's output for row %d of the test part is %v", i/all.width, v)
		}
	}
	j.said = all
	r.Tested = all.rows
	switch j.Task {
	case Classification:
		r.classification(measures, j.Classes)
	case MultiLabel:
		r.labels(measures, j.Classes)
	case Regression:
		r.regression(all, j.Classes)
	}
	if e.Loss == e.Loss {
		r.Headline = append(r.Headline, Measure{"loss", e.Loss, ""})
	}
	return nil
}
