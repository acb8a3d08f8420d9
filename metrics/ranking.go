package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
	"gonum.org/v1/gonum/stat"
)

// ranking keeps what curves over all thresholds need: of each class (class 1 alone where there are two) or label the
// score of every sample, and whether the sample is of it.
type ranking struct {
	op     string
	binary bool // two classes: the one list is that of class 1
	scores [][]float64
	is     [][]bool
}

func (r *ranking) observe(output, target tensor.Array) {
	if labelled(output, target) {
		r.observeLabels(output, target)
		return
	}
	b := classes(r.op, output, target)
	lists := b.n
	if b.n == 2 {
		lists = 1
	}
	r.begin(lists, b.n == 2, output, target)
	for i, label := range b.labels {
		switch {
		case b.binary:
			r.add(0, float64(b.logits[i]), label == 1)
		case b.n == 2:
			r.add(0, float64(b.logits[2*i+1])-float64(b.logits[2*i]), label == 1)
		default:
			row := b.logits[i*b.n : (i+1)*b.n]
			for c := range row {
				r.add(c, logOdds(row, c), c == label)
			}
		}
	}
}

func (r *ranking) observeLabels(output, target tensor.Array) {
	out, is := labelsOf(r.op, output, target)
	n := output.Shape()[1]
	r.begin(n, false, output, target)
	for i, v := range out {
		r.add(i%n, float64(v), is[i])
	}
}

func (r *ranking) begin(lists int, binary bool, output, target tensor.Array) {
	if r.scores == nil {
		r.scores, r.is, r.binary = make([][]float64, lists), make([][]bool, lists), binary
	}
	if len(r.scores) != lists || r.binary != binary {
		panic(&tensor.Error{Op: r.op, Shapes: [][]int{output.Shape(), target.Shape()}, Rule: "the batches before had another number of classes"})
	}
}

func (r *ranking) add(list int, score float64, is bool) {
	r.scores[list] = append(r.scores[list], score)
	r.is[list] = append(r.is[list], is)
}

func (r *ranking) reset() { *r = ranking{op: r.op} }

// list is the place of a class's scores.
func (r *ranking) list(class int) int {
	if r.binary {
		class--
	}
	if class < 0 || class >= len(r.scores) {
		panic(&tensor.Error{Op: r.op, Rule: fmt.Sprintf("there is no curve of class %d, there are %d curves", class, len(r.scores))})
	}
	return class
}

// ascending is a list in the order of its scores, and how many of its samples are of the class.
func (r *ranking) ascending(list int) (scores []float64, is []bool, positives int) {
	scores, is = slices.Clone(r.scores[list]), slices.Clone(r.is[list])
	stat.SortWeightedLabeled(scores, is, nil)
	for _, v := range is {
		if v {
			positives++
		}
	}
	return scores, is, positives
}

// broken reports whether a list has a score that is NaN.
func (r *ranking) broken(list int) bool { return slices.ContainsFunc(r.scores[list], math.IsNaN) }

// mean averages area over the lists that have one. It is NaN where none has, or a score is NaN.
func (r *ranking) mean(area func(list int) (float64, bool)) float64 {
	total, n := 0.0, 0
	for list := range r.scores {
		if r.broken(list) {
			return math.NaN()
		}
		if a, ok := area(list); ok {
			total += a
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return total / float64(n)
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
