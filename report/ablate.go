package report

import (
	"context"
	"fmt"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/tensor"
)

// What a table of ablations measures, by task.
func (j *judge) measures() []metrics.Metric {
	switch j.Task {
	case Classification:
		return []metrics.Metric{metrics.Accuracy(), metrics.F1()}
	case MultiLabel:
		return []metrics.Metric{metrics.AveragePrecision(), &metrics.Labels{}}
	}
	if j.said.width > 1 { // errors in different units have no mean
		return []metrics.Metric{metrics.R2()}
	}
	return []metrics.Metric{metrics.R2(), metrics.MeanAbsoluteError()}
}

var measureNames = map[string]string{
	"accuracy": "accuracy", "f1_macro": "macro F1", "average_precision": "mean average precision", "f1_micro": "micro F1",
	"r2": "R²", "mae": "mean absolute error",
}

func read(all []metrics.Metric) (m []Measure) {
	for _, one := range all {
		m = append(m, Measure{Name: measureNames[one.Name()], Value: one.Value()})
	}
	return m
}

// ablate measures the model with one input taken away or exchanged between rows, and what needs no model.
func (j *judge) ablate(ctx context.Context, r *Report) error {
	var first data.Pair
	if err := j.Test.Read(&first, []int{0}, nil); err != nil {
		return err
	}
	type variant struct {
		name, note string
		rows       data.Source[data.Pair]
	}
	all := []variant{{"image and text", "the model as it is", j.Test}}
	switch {
	case first.Image.Absent():
		all[0].name = "text"
	case first.Text.Absent():
		all[0].name = "image"
	default:
		image, text, err := j.replacements(first, r)
		if err != nil {
			return err
		}
		all = append(all,
			variant{"image only", "no text", data.WithoutTexts(j.Test, text)},
			variant{"text only", "no image", data.WithoutImages(j.Test, image)})
	}
	if !first.Image.Absent() && r.Tested > 1 {
		all = append(all, variant{imageShuffled, "each row has the image of another row", data.ShuffleImages(j.Test, j.Seed)})
	}
	if !first.Text.Absent() && r.Tested > 1 {
		all = append(all, variant{textShuffled, "each row has the text of another row", data.ShuffleTexts(j.Test, j.Seed)})
	}
	for _, v := range all {
		m := j.measures()
		if _, err := j.run(ctx, v.rows, m...); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		r.Ablations = append(r.Ablations, Ablation{Name: v.name, Note: v.note, Measures: read(m)})
	}
	r.Ablations = append(r.Ablations, j.baseline(r))
	return nil
}

// Names that the findings look for.
const (
	imageShuffled = "image shuffled"
	textShuffled  = "text shuffled"
)

// replacements is what stands for a missing image and text; absent where the model has its own.
func (j *judge) replacements(first data.Pair, r *Report) (image, text tensor.Array, err error) {
	if j.Missing {
		r.Note = "Where an input is taken away, the model puts its own placeholder there; it was trained with inputs missing."
		return image, text, nil
	}
	r.Note = "The model was never trained without an input. With “image only” the text is empty, with “text only” every row has " +
		"the mean of the test images. A model trained on that input alone may do better."
	if image, err = data.MeanImage(j.Test); err != nil {
		return image, text, err
	}
	return image, blank(first.Text), nil
}

// blank is a row of zeros: padding, or a vector.
func blank(rows tensor.Array) tensor.Array {
	shape := rows.Shape()[1:]
	n := rows.Len() / rows.Shape()[0]
	if rows.DType() == tensor.Int32 {
		return tensor.ArrayOf(make([]int32, n), shape...)
	}
	return tensor.ArrayOf(make([]float32, n), shape...)
}

// baseline is the best that can be said without looking: what is most frequent, or the mean, in the rows to train on.
func (j *judge) baseline(r *Report) Ablation {
	n, width := j.said.rows, len(r.Outputs)
	row := make([]float64, width)
	a := Ablation{Baseline: true}
	switch j.Task {
	case Classification:
		best := 0
		for c, count := range j.trained.Labels {
			if count > j.trained.Labels[best] {
				best = c
			}
		}
		row[best] = 1
		a.Name, a.Note = "most frequent class", fmt.Sprintf("always “%s”", r.Outputs[best])
	case MultiLabel:
		for c, count := range j.trained.Labels {
			row[c] = -1
			if 2*count > j.trained.Rows {
				row[c] = 1
			}
		}
		a.Name, a.Note = "most frequent", "each label as most rows have it"
	case Regression:
		for c, number := range j.trained.Numbers {
			row[c] = number.Mean
		}
		a.Name, a.Note = "the mean", "always the mean of the training rows"
	}
	outputs := make([]float64, n*width)
	for i := range outputs {
		outputs[i] = row[i%width]
	}
	m := j.measures()
	for _, one := range m {
		one.Observe(tensor.ArrayOf(outputs, n, width), j.said.target(j.Task))
	}
	a.Measures = read(m)
	return a
}

// target is the collected targets as metrics want them.
func (c *collector) target(task Task) tensor.Array {
	if task != Classification {
		return tensor.ArrayOf(c.targets, c.rows, len(c.targets)/c.rows)
	}
	labels := make([]int32, len(c.targets))
	for i, v := range c.targets {
		labels[i] = int32(v)
	}
	return tensor.ArrayOf(labels, len(labels))
}
