package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Confusion counts how often each class was taken for each. Its name is "confusion", its value the accuracy.
type Confusion struct {
	Classes []string // names in Report; nil: numbers

	counts [][]int // [true][predicted]
}

// Name is "confusion".
func (c *Confusion) Name() string { return "confusion" }

// Reset forgets the counts.
func (c *Confusion) Reset() { c.counts = nil }

// Observe counts a batch.
func (c *Confusion) Observe(output, target tensor.Array) {
	c.observe("metrics.Confusion", output, target)
}

func (c *Confusion) observe(op string, output, target tensor.Array) {
	b := classes(op, output, target)
	if c.counts == nil {
		if c.Classes != nil && len(c.Classes) != b.n {
			b.fail(fmt.Sprintf("%d classes have names, the output has %d", len(c.Classes), b.n))
		}
		c.counts = make([][]int, b.n)
		for i := range c.counts {
			c.counts[i] = make([]int, b.n)
		}
	}
	if len(c.counts) != b.n {
		b.fail(fmt.Sprintf("the batches before had %d classes", len(c.counts)))
	}
	for i, want := range b.labels {
		c.counts[want][b.predicted(i)]++
	}
}

// Value is the accuracy.
func (c *Confusion) Value() float64 {
	right, all := 0, 0
	for i, row := range c.counts {
		right += row[i]
		all += sum(row)
	}
	return ratio(right, all)
}

// Counts is how many samples of each class were predicted as each: [true][predicted]. It is nil before the first batch.
func (c *Confusion) Counts() [][]int {
	var counts [][]int
	for _, row := range c.counts {
		counts = append(counts, slices.Clone(row))
	}
	return counts
}

// ClassScore is how one class or label fares.
type ClassScore struct {
	Precision, Recall, F1 float64
	Support               int // its samples
}

// Scores is precision, recall and F1 of each class. It is nil before the first batch.
func (c *Confusion) Scores() []ClassScore {
	var scores []ClassScore
	for _, s := range c.scores() {
		scores = append(scores, s.public())
	}
	return scores
}

// classScore is the counts behind a ClassScore.
type classScore struct{ right, predicted, support int }

func (s classScore) public() ClassScore {
	return ClassScore{s.precision(), s.recall(), s.f1(), s.support}
}

func (s classScore) precision() float64 { return quotient(s.right, s.predicted) }
func (s classScore) recall() float64    { return quotient(s.right, s.support) }

// f1 is 2·p·r / (p + r), in counts.
func (s classScore) f1() float64 { return quotient(2*s.right, s.predicted+s.support) }

// quotient is scikit-learn's zero_division=0.
func quotient(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (c *Confusion) scores() []classScore {
	scores := make([]classScore, len(c.counts))
	for i, row := range c.counts {
		scores[i].right = row[i]
		scores[i].support = sum(row)
		for j, n := range row {
			scores[j].predicted += n
		}
	}
	return scores
}

func (c *Confusion) macro(score func(classScore) float64) float64 { return macro(c.scores(), score) }

// macro is the mean over the classes that occur.
func macro(scores []classScore, score func(classScore) float64) float64 {
	total, n := 0.0, 0
	for _, s := range scores {
		if s.predicted+s.support > 0 {
			total += score(s)
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return total / float64(n)
}

// Report is scikit-learn's classification_report over all classes of the output: precision, recall, F1 and support of
// each class, then the accuracy, the means and the means weighted by support. Classes that never occur count in these
// means, as they do there when labels are given.
func (c *Confusion) Report() string {
	r := newReport(c.Classes)
	all, scores := 0, c.scores()
	for i, s := range scores {
		all += s.support
		r.class(i, s)
	}
	r.line("accuracy", "%*s  %9s %9s %9.2f %9d\n", "", "", c.Value(), all)
	r.means(scores, all)
	return r.text.String()
}

func sum(row []int) int {
	n := 0
	for _, v := range row {
		n += v
	}
	return n
}
