package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
)

// AUC is the area under the ROC curve. More than two classes are each taken against the rest, and averaged over the
// classes that have both samples and others (scikit-learn's multi_class="ovr", average="macro").
func AUC() *ROC { return &ROC{} }

// ROC keeps the scores and classes of an evaluation, 8 bytes a logit and sample. Its name is "auc", its value the area.
type ROC struct {
	scores [][]float64 // of each class; of class 1 alone where there are two
	labels []int
}

// Name is "auc".
func (r *ROC) Name() string { return "auc" }

// Reset forgets the scores.
func (r *ROC) Reset() { r.scores, r.labels = nil, nil }

// Observe keeps the scores of a batch.
func (r *ROC) Observe(output, target tensor.Array) {
	b := classes("metrics.AUC", output, target)
	curves := b.n
	if b.n == 2 {
		curves = 1
	}
	if r.scores == nil {
		r.scores = make([][]float64, curves)
	}
	if len(r.scores) != curves {
		b.fail("the batches before had another number of classes")
	}
	r.labels = append(r.labels, b.labels...)
	for i := range b.labels {
		switch {
		case b.binary:
			r.scores[0] = append(r.scores[0], float64(b.logits[i]))
		case b.n == 2:
			r.scores[0] = append(r.scores[0], float64(b.logits[2*i+1])-float64(b.logits[2*i]))
		default:
			row := b.logits[i*b.n : (i+1)*b.n]
			for c := range row {
				r.scores[c] = append(r.scores[c], logOdds(row, c))
			}
		}
	}
}

// logOdds is log(p / (1-p)) of class c under softmax. It orders samples as p does, but large logits do not make it
// saturate at 1, where different samples would become ties.
func logOdds(row []float32, c int) float64 {
	top := math.Inf(-1)
	for k, v := range row {
		if k != c {
			top = max(top, float64(v))
		}
	}
	others := 0.0
	for k, v := range row {
		if k != c {
			others += math.Exp(float64(v) - top)
		}
	}
	return float64(row[c]) - top - math.Log(others)
}

// Value is the area: 1 is perfect, 0.5 is chance. It is NaN without both kinds of samples, or if a score is NaN.
func (r *ROC) Value() float64 {
	total, n := 0.0, 0
	for c := range r.scores {
		fpr, tpr := r.curve(c)
		if fpr == nil {
			continue
		}
		total += integrate.Trapezoidal(fpr, tpr)
		n++
	}
	if n == 0 || r.broken() {
		return math.NaN()
	}
	return total / float64(n)
}

func (r *ROC) broken() bool {
	return slices.ContainsFunc(r.scores, func(s []float64) bool { return slices.ContainsFunc(s, math.IsNaN) })
}

// Curve is the ROC curve of a class against the rest: false and true positive rates from (0, 0) to (1, 1). Two classes
// have one curve, that of class 1. It is nil where the class has no samples, or all of them.
func (r *ROC) Curve(class int) (fpr, tpr []float64) {
	if len(r.scores) == 1 {
		class--
	}
	if class < 0 || class >= len(r.scores) {
		panic(&tensor.Error{Op: "metrics.Curve", Rule: fmt.Sprintf("no curve of that class, there are %d curves", len(r.scores))})
	}
	return r.curve(class)
}

func (r *ROC) curve(c int) (fpr, tpr []float64) {
	positive := c
	if len(r.scores) == 1 {
		positive = 1
	}
	scores := slices.Clone(r.scores[c])
	is := make([]bool, len(scores))
	n := 0
	for i, l := range r.labels {
		if l == positive {
			is[i] = true
			n++
		}
	}
	if n == 0 || n == len(is) {
		return nil, nil
	}
	stat.SortWeightedLabeled(scores, is, nil)
	tpr, fpr, _ = stat.ROC(nil, scores, is, nil)
	return fpr, tpr
}
