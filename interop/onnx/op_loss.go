package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["NegativeLogLikelihoodLoss"] = operator{run: func(c *call) []*val {
		return one(c.likelihood(c.real(0), c.plain(c.real(0))))
	}, min: 2, max: 3, attrs: "ignore_index reduction"}
	known["SoftmaxCrossEntropyLoss"] = operator{run: func(c *call) []*val {
		x := c.real(0)
		if len(x.dims) < 2 {
			failf("the scores are %v: [n, classes, …] is expected", x.dims)
		}
		logs := c.plain(x).LogSoftmax(1)
		return []*val{c.likelihood(x, logs), ofTensor(x.elem, logs)}
	}, min: 2, max: 3, attrs: "ignore_index reduction"}
}

// likelihood is the negative of the logarithms [n, classes, …] at the labels [n, …], weighted by class.
func (c *call) likelihood(x *val, logs *tensor.Tensor) *val {
	labels := c.in[1]
	if len(x.dims) < 2 || !slices.Equal(labels.dims, slices.Delete(slices.Clone(x.dims), 1, 2)) {
		failf("labels %v for %v", labels.dims, x.dims)
	}
	n, classes, rest := x.dims[0], x.dims[1], count(x.dims[2:], math.MaxInt)
	weights := slices.Repeat([]float64{1}, classes)
	if v := c.at(2); v != nil {
		if weights = c.floats(v); len(weights) != classes {
			failf("%d weights for %d classes", len(weights), classes)
		}
	}
	ignored := c.attr("ignore_index")
	ids, factors := make([]int32, n*rest), make([]float64, n*rest)
	for i, label := range c.integers(labels) {
		if ignored != nil && label == ignored.i {
			continue
		}
		if label < 0 || label >= int64(classes) {
			failf("label %d of %d classes", label, classes)
		}
		ids[i], factors[i] = int32(label), weights[label]
	}
	at := tensor.From(c.p, ids, n, 1, rest)
	factor := tensor.From(c.p, factors, n, rest)
	y := logs.Reshape(n, classes, rest).Gather(1, at).Reshape(n, rest).Mul(factor).Neg()
	switch kind := c.text("reduction", "mean"); kind {
	case "none":
		return ofTensor(x.elem, y.Reshape(labels.dims...))
	case "sum":
		return ofTensor(x.elem, y.Sum())
	case "mean":
		return ofTensor(x.elem, y.Sum().Div(factor.Sum()))
	default:
		failf("the reduction %q is not supported", kind)
	}
	return nil
}
