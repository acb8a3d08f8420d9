package metrics

import (
	"fmt"
	"math"

	"github.com/braidml/braid/tensor"
)

// Calibration tells whether probabilities mean what they say: of the predictions made with 80 %, are 80 % right? Its name
// is "ece", its value the expected calibration error Σ (count/n)·|accuracy - confidence| over bins of equal width (Guo et
// al. 2017): 0 is perfect.
//
// Of classes, the confidence is the softmax probability of the predicted class, and the accuracy how often it is right.
// Of labels, the confidence is the sigmoid probability of each label, and the accuracy how often the label is set.
type Calibration struct {
	Bins int // 0: 15

	bins []Bin
	n    int
	nan  bool
}

// Bin is the predictions whose confidence is above Low and at most High.
type Bin struct {
	Low, High            float64
	Count                int
	Confidence, Accuracy float64 // means; NaN without predictions
}

// Name is "ece".
func (c *Calibration) Name() string { return "ece" }

// Reset forgets the predictions.
func (c *Calibration) Reset() { c.bins, c.n, c.nan = nil, 0, false }

// Observe counts a batch.
func (c *Calibration) Observe(output, target tensor.Array) {
	const op = "metrics.Calibration"
	if c.Bins < 0 {
		panic(&tensor.Error{Op: op, Rule: fmt.Sprintf("Bins is %d, at least 1 was expected, or 0 for 15", c.Bins)})
	}
	if labelled(output, target) {
		logits, is := labelsOf(op, output, target)
		for i, v := range logits {
			c.add(sigmoid(float64(v)), is[i])
		}
		return
	}
	b := classes(op, output, target)
	for i, label := range b.labels {
		chosen := b.predicted(i)
		c.add(b.probability(i, chosen), chosen == label)
	}
}

// add counts in sums; Reliability divides.
func (c *Calibration) add(confidence float64, right bool) {
	if c.bins == nil {
		c.bins = make([]Bin, c.Bins)
		if c.Bins == 0 {
			c.bins = make([]Bin, 15)
		}
	}
	c.n++
	if confidence != confidence {
		c.nan = true
		return
	}
	n := float64(len(c.bins))
	b := &c.bins[max(int(math.Ceil(confidence*n))-1, 0)]
	b.Count++
	b.Confidence += confidence
	if right {
		b.Accuracy++
	}
}

// Reliability is the bins, from confidence 0 to 1: what a reliability diagram shows. It is nil before the first batch.
func (c *Calibration) Reliability() []Bin {
	var bins []Bin
	for i, b := range c.bins {
		n := float64(len(c.bins))
		b.Low, b.High = float64(i)/n, float64(i+1)/n
		b.Confidence /= float64(b.Count)
		b.Accuracy /= float64(b.Count)
		bins = append(bins, b)
	}
	return bins
}

// Value is the expected calibration error, NaN if a logit was.
func (c *Calibration) Value() float64 {
	if c.n == 0 || c.nan {
		return math.NaN()
	}
	total := 0.0
	for _, b := range c.bins {
		total += math.Abs(b.Accuracy-b.Confidence) / float64(c.n)
	}
	return total
}

// probability of a class in row i: softmax, or the sigmoid of a single logit.
func (b *batch) probability(i, class int) float64 {
	if b.binary {
		if class == 0 {
			return sigmoid(-float64(b.logits[i]))
		}
		return sigmoid(float64(b.logits[i]))
	}
	return sigmoid(logOdds(b.logits[i*b.n:(i+1)*b.n], class))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
