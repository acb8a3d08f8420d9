package metrics

import (
	"math"

	"github.com/braidml/braid/tensor"
)

// AveragePrecision is the mean of the precisions at all thresholds, each weighted by the recall it adds: Σ (R_i - R_{i-1})·P_i,
// scikit-learn's average_precision_score. More than two classes, and labels, are each taken against the rest, and averaged
// over those that have samples (average="macro"); with labels that is often called mAP.
func AveragePrecision() *PR { return &PR{ranking{op: "metrics.AveragePrecision"}} }

// PR keeps the scores and classes of an evaluation for precision-recall curves, 9 bytes a logit and sample. Its name is
// "average_precision". A model that guesses has the class's share of the samples.
type PR struct{ ranking }

// Name is "average_precision".
func (r *PR) Name() string { return "average_precision" }

// Reset forgets the scores.
func (r *PR) Reset() { r.reset() }

// Observe keeps the scores of a batch.
func (r *PR) Observe(output, target tensor.Array) { r.observe(output, target) }

// Value is the mean over classes or labels. It is NaN where none has samples, or if a score is NaN.
func (r *PR) Value() float64 { return r.mean(r.area) }

// Area is the average precision of a class or label, NaN where it has no samples. Of two classes there is that of class 1.
func (r *PR) Area(class int) float64 {
	list := r.list(class)
	if a, ok := r.area(list); ok && !r.broken(list) {
		return a
	}
	return math.NaN()
}

func (r *PR) area(list int) (area float64, ok bool) {
	recall, precision := r.curve(list)
	for i := 1; i < len(recall); i++ {
		area += (recall[i] - recall[i-1]) * precision[i]
	}
	return area, recall != nil
}

// Curve is the precision-recall curve of a class against the rest, or of a label: from recall 0, where the precision is
// taken to be 1, to recall 1 where all samples are said to be of the class. Two classes have one curve, that of class 1.
// It is nil where the class has no samples.
func (r *PR) Curve(class int) (recall, precision []float64) { return r.curve(r.list(class)) }

func (r *PR) curve(list int) (recall, precision []float64) {
	scores, is, positives := r.ascending(list)
	if positives == 0 {
		return nil, nil
	}
	recall, precision = []float64{0}, []float64{1}
	found := 0
	for i := len(scores) - 1; i >= 0; i-- {
		if is[i] {
			found++
		}
		if i > 0 && scores[i-1] == scores[i] {
			continue // one threshold lets them all in
		}
		recall = append(recall, float64(found)/float64(positives))
		precision = append(precision, float64(found)/float64(len(scores)-i))
	}
	return recall, precision
}
