package optable

import "github.com/braidml/braid/tensor"

// loss is a row of a loss over n rows of k: the longest sum is over all of them.
func loss(name string, output, target Arg, k int, roundings float64, f func(output, target *tensor.Tensor) *tensor.Tensor) Row {
	r := pair(name, output, target, roundings, f)
	r.Terms = termsPerRow(k)
	return r
}

func weighted(weight []float32, smoothing float32) func(x, label *tensor.Tensor) *tensor.Tensor {
	return func(x, label *tensor.Tensor) *tensor.Tensor {
		return tensor.WeightedCrossEntropy(weight, smoothing)(x, label)
	}
}

func huber(delta float32) func(output, target *tensor.Tensor) *tensor.Tensor {
	return func(output, target *tensor.Tensor) *tensor.Tensor { return tensor.Huber(delta)(output, target) }
}

// focal is the form of FocalBCE and, without gamma, of WeightedBCE.
func focal(gamma float32, weight []float32, smoothing float32) func(x, target *tensor.Tensor) *tensor.Tensor {
	return func(x, target *tensor.Tensor) *tensor.Tensor {
		if gamma == 0 {
			return tensor.WeightedBCE(weight, smoothing)(x, target)
		}
		return tensor.FocalBCE(gamma, weight, smoothing)(x, target)
	}
}

func focalClasses(gamma float32, weight []float32, smoothing float32) func(x, label *tensor.Tensor) *tensor.Tensor {
	return func(x, label *tensor.Tensor) *tensor.Tensor {
		return tensor.FocalCrossEntropy(gamma, weight, smoothing)(x, label)
	}
}

var (
	logits = in(reals, N, 5)
	labels = fixed(below(5), N)
)

var losses = []Row{
	loss("CrossEntropy", logits, labels, 5, transcendental, tensor.CrossEntropy),
	loss("CrossEntropy/many classes", in(reals, N, 70), fixed(below(70), N), 70, transcendental, tensor.CrossEntropy),
	loss("CrossEntropy/sequence", in(reals, N, 3, 5), fixed(below(5), N, 3), 15, transcendental, tensor.CrossEntropy),
	// ε of logits of 300 is 300 times that of one.
	loss("CrossEntropy/large logits", in(between(-300, 300), N, 5), labels, 5, 300*transcendental, tensor.CrossEntropy),
	loss("CrossEntropy/scaled", logits, labels, 5, transcendental, func(x, label *tensor.Tensor) *tensor.Tensor {
		return tensor.CrossEntropy(x, label).Scale(0.5)
	}),
	loss("WeightedCrossEntropy", logits, labels, 5, transcendental, weighted([]float32{1, 2, 0.5, 0, 3}, 0)),
	loss("WeightedCrossEntropy/smoothing", logits, labels, 5, transcendental, weighted(nil, 0.1)),
	loss("WeightedCrossEntropy/both", logits, labels, 5, transcendental, weighted([]float32{1, 2, 0.5, 0.7, 3}, 0.2)),
	loss("FocalCrossEntropy", logits, labels, 5, 4*transcendental, focalClasses(2, nil, 0)),
	loss("FocalCrossEntropy/weights and smoothing", logits, labels, 5, 4*transcendental, focalClasses(1.5, []float32{1, 2, 0.5, 0.7, 3}, 0.2)),
	loss("FocalCrossEntropy/sequence", in(reals, N, 3, 5), fixed(below(5), N, 3), 15, 4*transcendental, focalClasses(0.5, nil, 0)),
	loss("WeightedBCE", in(reals, N, 3), fixed(unit, N, 3), 3, transcendental, focal(0, []float32{1, 20, 0.5}, 0)),
	loss("WeightedBCE/smoothing", in(reals, N, 3), fixed(bits, N, 3), 3, transcendental, focal(0, nil, 0.2)),
	loss("WeightedBCE/large logits", in(between(-200, 200), N, 3), fixed(bits, N, 3), 3, transcendental, focal(0, nil, 0)),
	loss("FocalBCE", in(reals, N, 3), fixed(bits, N, 3), 3, 2*transcendental, focal(2, nil, 0)),
	loss("FocalBCE/weights and smoothing", in(reals, N, 3), fixed(unit, N, 3), 3, 2*transcendental, focal(0.5, []float32{1, 20, 0.5}, 0.1)),
	loss("BCEWithLogits", in(reals, N, 3), fixed(unit, N, 3), 3, transcendental, tensor.BCEWithLogits),
	loss("BCEWithLogits/one column", in(reals, N, 1), fixed(bits, N, 1), 1, transcendental, tensor.BCEWithLogits),
	loss("BCEWithLogits/large logits", in(between(-200, 200), N, 3), fixed(bits, N, 3), 3, transcendental, tensor.BCEWithLogits),
	loss("MSE", in(reals, N, 3), in(reals, N, 3), 3, 2, tensor.MSE),
	loss("MSE/maps", in(reals, N, 2, 2, 3), in(reals, N, 2, 2, 3), 12, 2, tensor.MSE),
	loss("MSE/given target", in(reals, N, 3), fixed(reals, N, 3), 3, 2, tensor.MSE),
	loss("MSE/of a target's gradient", fixed(reals, N, 3), in(reals, N, 3), 3, 2, tensor.MSE),
	loss("MSE/scaled", in(reals, N, 3), in(reals, N, 3), 3, 3, func(x, target *tensor.Tensor) *tensor.Tensor {
		return tensor.MSE(x, target).Scale(0.5)
	}),
	loss("MAE", in(distinct(0), N, 3), in(distinct(0.5), N, 3), 3, 2, tensor.MAE),
	// Grid steps of 1/8 with an offset of half a step keep every difference off the joints at ±0.75.
	loss("Huber", in(distinct(0), N, 3), in(distinct(0.5), N, 3), 3, 2, huber(0.75)),
	loss("Huber/all quadratic", in(reals, N, 3), in(reals, N, 3), 3, 2, huber(5)),
}
