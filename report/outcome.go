package report

import (
	"fmt"
	"math"

	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/tensor"
)

// classification takes over what the metrics of evaluate counted.
func (r *Report) classification(all []metrics.Metric, names []string) {
	confusion, roc, pr := all[1].(*metrics.Confusion), all[3].(*metrics.ROC), all[4].(*metrics.PR)
	r.Counts = confusion.Counts()
	r.Outputs = named(names, len(r.Counts))
	for i, s := range confusion.Scores() {
		score := Score{s, roc.Area(i), math.NaN()}
		if len(r.Counts) > 2 || i == 1 { // two classes have one list of scores
			score.AP = pr.Area(i)
			r.curves(roc, pr, i)
		}
		r.Scores = append(r.Scores, score)
	}
	accuracy := confusion.Value()
	low, high := wilson(accuracy, r.Tested)
	over := "mean over classes"
	if len(r.Counts) == 2 {
		over = fmt.Sprintf("of “%s”", r.Outputs[1])
	}
	r.Headline = []Measure{
		{"accuracy", accuracy, fmt.Sprintf("95 %% interval %.4f to %.4f", low, high)},
		{"macro F1", all[2].Value(), "mean over classes, each counting the same"},
		{"ROC AUC", roc.Value(), over + "; 0.5 is chance"},
		{"average precision", pr.Value(), "area under precision-recall, " + over},
	}
	r.calibrate(all[5].(*metrics.Calibration), "how far probabilities are from what comes true; 0 is best")
}

// labels takes over what the metrics of evaluate counted.
func (r *Report) labels(all []metrics.Metric, names []string) {
	counts, roc, pr := all[1].(*metrics.Labels), all[2].(*metrics.ROC), all[3].(*metrics.PR)
	scores := counts.Scores()
	r.Outputs = named(names, len(scores))
	for i, s := range scores {
		r.Scores = append(r.Scores, Score{s, roc.Area(i), pr.Area(i)})
		r.curves(roc, pr, i)
	}
	r.Headline = []Measure{
		{"mean average precision", pr.Value(), "area under precision-recall, mean over labels"},
		{"micro F1", counts.Value(), "of all labels of all rows together"},
		{"macro F1", all[5].Value(), "mean over labels, each counting the same"},
		{"all labels right", counts.Exact(), "share of rows without any wrong label"},
		{"ROC AUC", roc.Value(), "mean over labels; 0.5 is chance"},
	}
	r.calibrate(all[4].(*metrics.Calibration), "how far probabilities are from what comes true; 0 is best")
}

func (r *Report) curves(roc *metrics.ROC, pr *metrics.PR, class int) {
	if fpr, tpr := roc.Curve(class); fpr != nil {
		r.ROC = append(r.ROC, Curve{Line{r.Outputs[class], fpr, tpr}, roc.Area(class)})
	}
	if recall, precision := pr.Curve(class); recall != nil {
		r.PR = append(r.PR, Curve{Line{r.Outputs[class], recall, precision}, pr.Area(class)})
	}
}

func (r *Report) calibrate(c *metrics.Calibration, note string) {
	r.Bins, r.ECE = c.Reliability(), c.Value()
	r.Headline = append(r.Headline, Measure{"calibration error", r.ECE, note})
}

// regression measures each output by itself, and their means.
func (r *Report) regression(all *collector, names []string) {
	r.Outputs = named(names, all.width)
	mean := 0.0
	for k := range all.width {
		n := NumberScore{True: make([]float64, all.rows), Said: make([]float64, all.rows)}
		for i := range all.rows {
			n.True[i], n.Said[i] = all.targets[i*all.width+k], all.outputs[i*all.width+k]
		}
		n.R2, n.MAE, n.RMSE = errorsOf(n.Said, n.True)
		mean += n.R2 / float64(all.width)
		r.Numbers = append(r.Numbers, n)
	}
	if all.width > 1 { // errors in different units have no mean
		r.Headline = []Measure{{"R²", mean, "share of the variance that is explained, mean over outputs"}}
		return
	}
	r.Headline = []Measure{
		{"R²", mean, "share of the variance that is explained"},
		{"mean absolute error", r.Numbers[0].MAE, "in units of the target"},
		{"root mean squared error", r.Numbers[0].RMSE, "in units of the target"},
	}
}

// errorsOf is R2, the mean absolute and the root mean squared error.
func errorsOf(said, want []float64) (r2, mae, rmse float64) {
	a, b := tensor.ArrayOf(said, len(said)), tensor.ArrayOf(want, len(want))
	values := [3]float64{}
	for i, m := range []metrics.Metric{metrics.R2(), metrics.MeanAbsoluteError(), metrics.MeanSquaredError()} {
		m.Observe(a, b)
		values[i] = m.Value()
	}
	return values[0], values[1], math.Sqrt(values[2])
}

// wilson is the 95 % interval of a share of n trials (Wilson 1927).
func wilson(p float64, n int) (low, high float64) {
	const z = 1.959963984540054
	k := z * z / float64(n)
	mid := (p + k/2) / (1 + k)
	half := z / (1 + k) * math.Sqrt(p*(1-p)/float64(n)+k/(4*float64(n)))
	return max(mid-half, 0), min(mid+half, 1)
}
