package metrics

import (
	"fmt"
	"math"

	"github.com/braidml/braid/tensor"
)

// Metric sees every batch of an evaluation and then has a value. Outputs may be logits.
type Metric interface {
	Name() string // as in histories and JSON: "accuracy"
	Reset()       // before an evaluation
	Observe(output, target tensor.Array)
	Value() float64 // of all batches since Reset; NaN if there was none
}

// Accuracy is the share of right classes, named "accuracy".
func Accuracy() Metric {
	return &counted{name: "accuracy", value: func(c *Confusion) float64 { return c.Value() }}
}

// F1 is the harmonic mean of precision and recall, macro-averaged over classes, named "f1_macro".
func F1() Metric {
	return &counted{name: "f1_macro", value: func(c *Confusion) float64 { return c.macro(classScore.f1) }}
}

// Precision is the share of a class's predictions that are right, macro-averaged over classes, named "precision_macro".
func Precision() Metric {
	return &counted{name: "precision_macro", value: func(c *Confusion) float64 { return c.macro(classScore.precision) }}
}

// Recall is the share of a class's samples that are found, macro-averaged over classes, named "recall_macro".
func Recall() Metric {
	return &counted{name: "recall_macro", value: func(c *Confusion) float64 { return c.macro(classScore.recall) }}
}

// counted is a metric that needs no more than the counts of a confusion matrix.
type counted struct {
	name      string
	value     func(*Confusion) float64
	confusion Confusion
}

func (m *counted) Name() string   { return m.name }
func (m *counted) Reset()         { m.confusion.Reset() }
func (m *counted) Value() float64 { return m.value(&m.confusion) }
func (m *counted) Observe(output, target tensor.Array) {
	m.confusion.observe("metrics."+m.name, output, target)
}

// TopK is the share of samples whose class is among the k largest logits, named "top<k>". It needs [n, classes].
func TopK(k int) Metric {
	if k < 1 {
		panic(&tensor.Error{Op: "metrics.TopK", Rule: fmt.Sprintf("k is %d, at least 1 was expected", k)})
	}
	return &topK{k: k}
}

type topK struct{ k, hits, seen int }

func (m *topK) Name() string   { return fmt.Sprintf("top%d", m.k) }
func (m *topK) Reset()         { m.hits, m.seen = 0, 0 }
func (m *topK) Value() float64 { return ratio(m.hits, m.seen) }

func (m *topK) Observe(output, target tensor.Array) {
	b := classes("metrics.TopK", output, target)
	if b.binary {
		b.fail("logits [n, classes] were expected")
	}
	for i, want := range b.labels {
		row := b.logits[i*b.n : (i+1)*b.n]
		// The rank of the label is the number of logits before it. Equals count in the order of the classes; a NaN is
		// above everything, as it is for the predicted class.
		before := 0
		for c, v := range row {
			if c != want && larger(v, row[want], c < want) {
				before++
			}
		}
		if before < m.k {
			m.hits++
		}
	}
	m.seen += len(b.labels)
}

// larger reports whether v comes before w in falling order, where NaN is the largest number.
func larger(v, w float32, first bool) bool {
	if v != v || w != w {
		return v != v && (w == w || first)
	}
	return v > w || v == w && first
}

func ratio(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}
