package metrics

import "github.com/braidml/braid/tensor"

// Labels counts how well each label of a multi-label task is found: a label is predicted where its logit is above 0. Its
// name is "f1_micro", its value the F1 of all labels of all samples together.
type Labels struct {
	exact, n int // samples whose labels are all right are exact
	scores   []classScore
}

// Name is "f1_micro".
func (l *Labels) Name() string { return "f1_micro" }

// Reset forgets the counts.
func (l *Labels) Reset() { *l = Labels{} }

// Observe counts a batch.
func (l *Labels) Observe(output, target tensor.Array) {
	const op = "metrics.Labels"
	logits, is := labelsOf(op, output, target)
	k := output.Shape()[1]
	if l.scores == nil {
		l.scores = make([]classScore, k)
	}
	if len(l.scores) != k {
		panic(&tensor.Error{Op: op, Shapes: [][]int{output.Shape(), target.Shape()}, Rule: "the batches before had another number of labels"})
	}
	wrong := 0
	for i, v := range logits {
		s := &l.scores[i%k]
		said := v > 0 || v != v
		if said {
			s.predicted++
		}
		if is[i] {
			s.support++
		}
		if said && is[i] {
			s.right++
		}
		if said != is[i] {
			wrong++
		}
		if i%k == k-1 {
			if wrong == 0 {
				l.exact++
			}
			l.n++
			wrong = 0
		}
	}
}

// Value is 2·right / (predicted + set), over all labels. It is 0 where no label is set or predicted.
func (l *Labels) Value() float64 {
	if l.n == 0 {
		return ratio(0, 0)
	}
	var all classScore
	for _, s := range l.scores {
		all.right += s.right
		all.predicted += s.predicted
		all.support += s.support
	}
	return all.f1()
}

// Scores is precision, recall and F1 of each label. It is nil before the first batch.
func (l *Labels) Scores() []ClassScore {
	var scores []ClassScore
	for _, s := range l.scores {
		scores = append(scores, s.public())
	}
	return scores
}

// Exact is the share of samples whose labels are all right.
func (l *Labels) Exact() float64 { return ratio(l.exact, l.n) }
