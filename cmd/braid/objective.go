package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// objective is what a training minimises and what is measured, by the kind of task.
type objective struct {
	loss    func(output, target *tensor.Tensor) *tensor.Tensor
	watched func() []metrics.Metric // after every epoch
	tested  func() []metrics.Metric // on the test part
	verdict []measure               // what is said about the test
}

// measure is a value of a test by its name, and what it is called in a sentence.
type measure struct{ name, called string }

// scores are measured on the test part, by name; a value that is not a number is left out.
type scores map[string]float64

// MarshalJSON writes null for an infinity.
func (s scores) MarshalJSON() ([]byte, error) { return figures(s).MarshalJSON() }

// fit checks that the flags go with the task of d.
func (o *lossOptions) fit(d *dataset) error {
	var wrong complaints
	kind := losses[d.task]
	wrong.expect(o.Loss == "" || o.Loss == guess || slices.Contains(kind, o.Loss),
		"--loss is %s, want one of %s to %s", o.Loss, strings.Join(kind, ", "), d.task)
	wrong.expect(d.task != regress || o.LabelSmoothing == 0, "--label-smoothing needs classes, and the task is to %s", d.task)
	wrong.expect(d.task != regress || !o.ClassWeights, "--class-weights needs classes, and the task is to %s", d.task)
	wrong.expect(d.task == classify || !o.Balanced, "--balanced needs one class for each sample, and the task is to %s", d.task)
	wrong.expect(!d.targets.Absent() || !o.Balanced && !o.ClassWeights, "--balanced and --class-weights need labels that stay: here they are drawn in every epoch")
	return wrong.err()
}

// kind is --loss, or the usual one.
func (o *lossOptions) kind(task string) string {
	if o.Loss == "" || o.Loss == guess {
		return losses[task][0]
	}
	return o.Loss
}

// loss is that of d.
func (o *lossOptions) loss(d *dataset) func(output, target *tensor.Tensor) *tensor.Tensor {
	var weights []float32
	if o.ClassWeights {
		weights = d.weights()
	}
	switch kind := o.kind(d.task); {
	case d.task == multilabel && kind == "focal":
		return tensor.FocalBCE(o.Gamma, weights, o.LabelSmoothing)
	case d.task == multilabel && weights == nil && o.LabelSmoothing == 0:
		return tensor.BCEWithLogits
	case d.task == multilabel:
		return tensor.WeightedBCE(weights, o.LabelSmoothing)
	case kind == "focal":
		return tensor.FocalCrossEntropy(o.Gamma, weights, o.LabelSmoothing)
	case kind == "mse":
		return tensor.MSE
	case kind == "mae":
		return tensor.MAE
	case kind == "huber":
		return tensor.Huber(1)
	case weights == nil && o.LabelSmoothing == 0:
		return tensor.CrossEntropy
	}
	return tensor.WeightedCrossEntropy(weights, o.LabelSmoothing)
}

// objective is that of d, for m.
func (o *options) objective(m *models.Fusion, d *dataset) objective {
	g := objective{loss: m.Loss(o.loss(d))}
	switch d.task {
	case regress:
		g.watched = func() []metrics.Metric { return []metrics.Metric{metrics.R2(), metrics.MeanAbsoluteError()} }
		g.tested = func() []metrics.Metric {
			return []metrics.Metric{metrics.R2(), metrics.MeanAbsoluteError(), metrics.MeanSquaredError()}
		}
		g.verdict = []measure{{"r2", "R2"}, {"mae", "MAE"}, {"loss", "loss"}}
	case multilabel:
		g.watched = func() []metrics.Metric { return []metrics.Metric{metrics.LabelF1()} }
		g.tested = func() []metrics.Metric {
			return []metrics.Metric{metrics.LabelF1(), &metrics.Labels{}, metrics.ExactMatch()}
		}
		g.verdict = []measure{{"f1_macro", "macro F1"}, {"f1_micro", "micro F1"}, {"exact_match", "exact match"}, {"loss", "loss"}}
	default:
		g.watched = func() []metrics.Metric { return []metrics.Metric{metrics.Accuracy()} }
		g.tested = func() []metrics.Metric { return []metrics.Metric{metrics.Accuracy(), metrics.F1()} }
		g.verdict = []measure{{"accuracy", "accuracy"}, {"f1_macro", "macro F1"}, {"loss", "loss"}}
	}
	return g
}

// sentence is the values that matter most.
func (o objective) sentence(s scores) string {
	var parts []string
	for _, m := range o.verdict {
		if v, ok := s[m.name]; ok {
			parts = append(parts, fmt.Sprintf("%s %.4f", m.called, v))
		}
	}
	return strings.Join(parts, ", ")
}

// heaviest is the most that a label which hardly anything has counts.
const heaviest = 100

// weights are those of the classes by their share, or of labels: how many samples lack one for each that has it.
func (d *dataset) weights() []float32 {
	if d.task == classify {
		weights := data.ClassWeights(tensor.Values[int32](d.targets))
		for len(weights) < len(d.classes) { // classes that the part to train on has no sample of
			weights = append(weights, 0)
		}
		return weights
	}
	has := make([]float64, len(d.classes))
	for i, v := range d.targets.Float64s() {
		has[i%len(has)] += v
	}
	weights := make([]float32, len(has))
	for i, n := range has {
		weights[i] = 1
		if n > 0 {
			weights[i] = float32(min((float64(d.targets.Shape()[0])-n)/n, heaviest))
		}
	}
	return weights
}

// scaling is mean and standard deviation of each column of targets [n, d]; a column that never changes has deviation 1.
func scaling(targets tensor.Array) (shift, scale []float32) {
	values, columns := targets.Float64s(), targets.Shape()[1]
	n := float64(targets.Shape()[0])
	for c := range columns {
		mean, squares := 0.0, 0.0
		for i := c; i < len(values); i += columns {
			mean += values[i] / n
		}
		for i := c; i < len(values); i += columns {
			squares += (values[i] - mean) * (values[i] - mean) / n
		}
		deviation := float32(math.Sqrt(squares))
		if deviation == 0 {
			deviation = 1
		}
		shift, scale = append(shift, float32(mean)), append(scale, deviation)
	}
	return shift, scale
}
