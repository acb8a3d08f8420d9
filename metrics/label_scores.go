package metrics

import "github.com/braidml/braid/tensor"

// Labels counts how well each label of a multi-label task is found: a label is predicted where its logit is above 0. Its
// name is "f1_micro", its value the F1 of all labels of all samples together.
type Labels struct {
	Classes []string // names in Report; nil: numbers

	exact, n int // samples whose labels are all right are exact
	scores   []classScore
}

// Name is "f1_micro".
func (l *Labels) Name() string { return "f1_micro" }

// Reset forgets the counts.
func (l *Labels) Reset() { *l = Labels{Classes: l.Classes} }

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
	return l.together().f1()
}

// together counts all labels as one.
func (l *Labels) together() (all classScore) {
	for _, s := range l.scores {
		all.right += s.right
		all.predicted += s.predicted
		all.support += s.support
	}
	return all
}

// Report is a line of precision, recall, F1 and support for each label, then their values over all labels together, the
// means and the means weighted by support: scikit-learn's classification_report.
func (l *Labels) Report() string {
	r := newReport(l.Classes)
	for i, s := range l.scores {
		r.class(i, s)
	}
	all := l.together()
	r.line("micro avg", classLine, all.precision(), all.recall(), all.f1(), all.support)
	r.means(l.scores, all.support)
	return r.text.String()
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

// LabelF1 is the F1 of each label of a multi-label task, averaged over the labels that occur or are predicted, named
// "f1_macro".
func LabelF1() Metric {
	return &ofLabels{name: "f1_macro", value: func(l *Labels) float64 { return macro(l.scores, classScore.f1) }}
}

// ExactMatch is the share of samples whose labels are all right, named "exact_match".
func ExactMatch() Metric { return &ofLabels{name: "exact_match", value: (*Labels).Exact} }

// ofLabels is a metric that needs no more than the counts of labels.
type ofLabels struct {
	name   string
	value  func(*Labels) float64
	labels Labels
}

func (m *ofLabels) Name() string   { return m.name }
func (m *ofLabels) Reset()         { m.labels.Reset() }
func (m *ofLabels) Value() float64 { return m.value(&m.labels) }
func (m *ofLabels) Observe(output, target tensor.Array) {
	m.labels.Observe(output, target)
}
