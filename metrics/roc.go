package metrics

import (
	"math"

	"github.com/braidml/braid/tensor"
	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
)

// AUC is the area under the ROC curve. More than two classes are each taken against the rest, and averaged over the
// classes that have both samples and others (scikit-learn's multi_class="ovr", average="macro"); so are labels.
func AUC() *ROC { return &ROC{ranking{op: "metrics.AUC"}} }

// ROC keeps the scores and classes of an evaluation, 9 bytes a logit and sample. Its name is "auc", its value the area.
type ROC struct{ ranking }

// Name is "auc".
func (r *ROC) Name() string { return "auc" }

// Reset forgets the scores.
func (r *ROC) Reset() { r.reset() }

// Observe keeps the scores of a batch.
func (r *ROC) Observe(output, target tensor.Array) { r.observe(output, target) }

// Value is the area: 1 is perfect, 0.5 is chance. It is NaN without both kinds of samples, or if a score is NaN.
func (r *ROC) Value() float64 { return r.mean(r.area) }

// Area is that of one class against the rest, or of one label; of two classes both have the same. It is NaN where
// Value would be.
func (r *ROC) Area(class int) float64 {
	if r.binary && class == 0 {
		class = 1
	}
	list := r.list(class)
	if a, ok := r.area(list); ok && !r.broken(list) {
		return a
	}
	return math.NaN()
}

func (r *ROC) area(list int) (float64, bool) {
	fpr, tpr := r.curve(list)
	if fpr == nil {
		return 0, false
	}
	return integrate.Trapezoidal(fpr, tpr), true
}

// Curve is the ROC curve of a class against the rest, or of a label: false and true positive rates from (0, 0) to (1, 1).
// Two classes have one curve, that of class 1. It is nil where the class has no samples, or all of them.
func (r *ROC) Curve(class int) (fpr, tpr []float64) { return r.curve(r.list(class)) }

func (r *ROC) curve(list int) (fpr, tpr []float64) {
	scores, is, positives := r.ascending(list)
	if positives == 0 || positives == len(is) {
		return nil, nil
	}
	tpr, fpr, _ = stat.ROC(nil, scores, is, nil)
	return fpr, tpr
}
