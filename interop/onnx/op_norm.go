package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["BatchNormalization"] = operator{run: batchNorm, min: 5, max: 5, attrs: "epsilon momentum spatial training_mode is_test"}
	known["LayerNormalization"] = operator{run: layerNorm, min: 2, max: 3, attrs: "axis epsilon stash_type"}
	known["InstanceNormalization"] = operator{run: instanceNorm, min: 3, max: 3, attrs: "epsilon"}
	known["MeanVarianceNormalization"] = operator{run: meanVariance, min: 1, max: 1, attrs: "axes"}
	known["LRN"] = operator{run: lrn, min: 1, max: 1, attrs: "alpha beta bias size"}
}

func batchNorm(c *call) []*val {
	x := c.real(0)
	if c.int("training_mode", 0) != 0 || len(c.n.out) > 1 || c.opset < 7 && c.int("is_test", 0) == 0 {
		failf("it is in training mode: only inference is supported")
	}
	if c.int("spatial", 1) == 0 {
		failf("the attribute spatial is 0, which is not supported")
	}
	var params []*tensor.Tensor
	for _, v := range c.in[1:] {
		params = append(params, c.plain(v))
	}
	eps := float32(c.float("epsilon", 1e-5))
	norm := func(t *tensor.Tensor) *tensor.Tensor {
		return tensor.BatchNorm(t, params[0], params[1], params[2], params[3], 0, eps)
	}
	switch len(x.dims) {
	case 0, 1:
		failf("the input is %v: [n, c, …] is expected", x.dims)
	case 2:
		return one(ofTensor(x.elem, norm(c.plain(x))))
	case 4:
		return one(ofImage(x.elem, norm(c.image(x))))
	}
	flat := c.reshape(x, []int{x.dims[0], x.dims[1], count(x.dims[2:], math.MaxInt)})
	return one(c.reshape(ofTensor(x.elem, norm(c.plain(flat).Transpose(0, 2, 1)).Transpose(0, 2, 1)), x.dims))
}

// normalised is (x - mean)/sqrt(variance + eps) of each row of x [rows, n], and mean and 1/sqrt(…), [rows, 1].
func normalised(x *tensor.Tensor, eps float32) (y, mean, inverse *tensor.Tensor) {
	mean = x.Mean(1).Unsqueeze(1)
	centred := x.Sub(mean)
	inverse = centred.Square().Mean(1).Unsqueeze(1).Shift(eps).Sqrt().Reciprocal()
	return centred.Mul(inverse), mean, inverse
}

func layerNorm(c *call) []*val {
	x := c.real(0)
	d := axis(c.int("axis", -1), len(x.dims))
	eps := float32(c.float("epsilon", 1e-5))
	scale, bias := c.in[1], c.at(2)
	if d == len(x.dims)-1 && len(x.dims) > 1 && len(c.n.out) == 1 && bias != nil && len(scale.dims) == 1 && len(bias.dims) == 1 {
		return one(ofTensor(x.elem, tensor.LayerNorm(c.plain(x), c.plain(scale), c.plain(bias), eps)))
	}
	rows := c.reshape(x, []int{count(x.dims[:d], math.MaxInt), count(x.dims[d:], math.MaxInt)})
	y, mean, inverse := normalised(c.plain(rows), eps)
	y = y.Reshape(x.dims...).Mul(c.plain(scale))
	if bias != nil {
		y = y.Add(c.plain(bias))
	}
	kept := append(slices.Clone(x.dims[:d]), slices.Repeat([]int{1}, len(x.dims)-d)...)
	return []*val{ofTensor(x.elem, y), ofTensor(x.elem, mean.Reshape(kept...)), ofTensor(x.elem, inverse.Reshape(kept...))}
}

func instanceNorm(c *call) []*val {
	x := c.real(0)
	if len(x.dims) < 3 {
		failf("the input is %v: [n, c, …] is expected", x.dims)
	}
	n, ch := x.dims[0], x.dims[1]
	rows := c.reshape(x, []int{n * ch, count(x.dims[2:], math.MaxInt)})
	y, _, _ := normalised(c.plain(rows), float32(c.float("epsilon", 1e-5)))
	y = y.Reshape(n, ch, -1).Mul(c.plain(c.in[1]).Reshape(ch, 1)).Add(c.plain(c.in[2]).Reshape(ch, 1))
	return one(c.reshape(ofTensor(x.elem, y), x.dims))
}

func meanVariance(c *call) []*val {
	x := c.real(0)
	axes := c.list("axes")
	if axes == nil {
		axes = []int{0, 2, 3}
	}
	axes = axesOf(axes, len(x.dims))
	kept := slices.Clone(x.dims)
	for _, d := range axes {
		kept[d] = 1
	}
	t := c.plain(x)
	centred := t.Sub(t.Mean(axes...).Reshape(kept...))
	deviation := centred.Square().Mean(axes...).Reshape(kept...).Sqrt().Shift(1e-9)
	return one(ofTensor(x.elem, centred.Div(deviation)))
}

// lrn divides by a power of the squares of the neighbouring channels.
func lrn(c *call) []*val {
	x := c.real(0)
	size := c.int("size", 0)
	if len(x.dims) < 2 || size < 1 || size > 1<<16 {
		failf("%v with size %d", x.dims, size)
	}
	before, after := (size-1)/2, size-1-(size-1)/2
	t := c.plain(x)
	squares := t.Square().Pad(1, before, after, 0)
	var total *tensor.Tensor
	for k := range size {
		part := squares.Slice(1, k, k+x.dims[1])
		if total == nil {
			total = part
		} else {
			total = total.Add(part)
		}
	}
	alpha, beta, bias := c.float("alpha", 1e-4), c.float("beta", 0.75), c.float("bias", 1)
	return one(ofTensor(x.elem, t.Div(total.Scale(float32(alpha/float64(size))).Shift(float32(bias)).Pow(float32(beta)))))
}
