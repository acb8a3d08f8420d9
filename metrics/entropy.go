package metrics

import (
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/braidml/braid/tensor"
)

// ClassEntropy tells how many classes generated images are of, from a classifier's probabilities [n, classes]. Both are
// in nats, from 0 to ln(classes).
//
// Overall is the entropy of the mean distribution: ln(classes) if all classes come equally often, 0 if there is only one,
// as after a collapse. Each is the mean entropy of a single image's distribution: near 0 if the classifier is sure what
// each image is. e^(Overall-Each) is the inception score (Salimans et al. 2016), with this classifier instead of Inception.
func ClassEntropy(probabilities tensor.Array) (overall, each float64) {
	p := features("ClassEntropy", probabilities)
	n, classes := p.Dims()
	mean := make([]float64, classes)
	for i := range n {
		row := p.RawRowView(i)
		each += stat.Entropy(row) / float64(n)
		for c, v := range row {
			mean[c] += v / float64(n)
		}
	}
	return stat.Entropy(mean), each
}

// PairwiseDistance is the mean distance between two different rows of x [n, …], the root of the mean squared difference
// of their elements: a measure of diversity, near 0 where all generated images are alike. It takes n² comparisons.
func PairwiseDistance(x tensor.Array) float64 {
	shape := x.Shape()
	if x.Absent() || len(shape) < 2 || shape[0] < 2 || x.Len() == 0 {
		panic(&tensor.Error{Op: "metrics.PairwiseDistance", Shapes: [][]int{shape}, Rule: "at least two rows [n, …] were expected"})
	}
	n := shape[0]
	m := mat.NewDense(n, x.Len()/n, unit(x))
	_, width := m.Dims()
	total := 0.0
	for i := range n {
		a := m.RawRowView(i)
		for j := range i {
			sum := 0.0
			for k, v := range m.RawRowView(j) {
				d := v - a[k]
				sum += d * d
			}
			total += math.Sqrt(sum / float64(width))
		}
	}
	return total / float64(n*(n-1)/2)
}

// unit is the elements of an array; bytes become numbers from 0 to 1.
func unit(x tensor.Array) []float64 {
	v := x.Float64s()
	if x.DType() == tensor.Uint8 {
		for i := range v {
			v[i] /= 255
		}
	}
	return v
}
