package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	add := func(a, b int64) int64 { return a + b }
	for name, f := range map[string]struct {
		real  func(x *tensor.Tensor, dims []int) *tensor.Tensor
		whole func(a, b int64) int64
		first int64
	}{
		"ReduceSum":       {sum, add, 0},
		"ReduceMean":      {func(x *tensor.Tensor, dims []int) *tensor.Tensor { return x.Mean(dims...) }, nil, 0},
		"ReduceMax":       {inTurn((*tensor.Tensor).Max), func(a, b int64) int64 { return max(a, b) }, math.MinInt64},
		"ReduceMin":       {inTurn((*tensor.Tensor).Min), func(a, b int64) int64 { return min(a, b) }, math.MaxInt64},
		"ReduceProd":      {inTurn((*tensor.Tensor).Prod), func(a, b int64) int64 { return a * b }, 1},
		"ReduceL1":        {func(x *tensor.Tensor, dims []int) *tensor.Tensor { return sum(x.Abs(), dims) }, nil, 0},
		"ReduceL2":        {func(x *tensor.Tensor, dims []int) *tensor.Tensor { return sum(x.Square(), dims).Sqrt() }, nil, 0},
		"ReduceSumSquare": {func(x *tensor.Tensor, dims []int) *tensor.Tensor { return sum(x.Square(), dims) }, nil, 0},
		"ReduceLogSum":    {func(x *tensor.Tensor, dims []int) *tensor.Tensor { return sum(x, dims).Log() }, nil, 0},
		"ReduceLogSumExp": {logSumExp, nil, 0},
	} {
		known[name] = operator{run: func(c *call) []*val {
			x := c.in[0]
			axes, to, ok := c.folded(x)
			if !ok {
				return one(x)
			}
			if x.elem.real() {
				y := x
				if len(axes) > 0 {
					y = ofTensor(x.elem, f.real(c.plain(x), axes))
				}
				return one(c.reshape(y, to))
			}
			if f.whole == nil || x.elem == elemBool {
				failf("%v is not supported", x.elem)
			}
			return one(c.foldWhole(x, axes, to, f.whole, f.first))
		}, min: 1, max: 2, attrs: "axes keepdims noop_with_empty_axes"}
	}
	for _, name := range []string{"ArgMax", "ArgMin"} {
		known[name] = operator{run: arg, min: 1, max: 1, attrs: "axis keepdims select_last_index"}
	}
	for _, name := range []string{"Softmax", "LogSoftmax", "Hardmax"} {
		known[name] = operator{run: softmax, min: 1, max: 1, attrs: "axis"}
	}
}

// sum is Sum, which takes no dimensions for all.
func sum(x *tensor.Tensor, dims []int) *tensor.Tensor { return x.Sum(dims...) }

// inTurn folds one dimension after the other, the last ones first.
func inTurn(f func(*tensor.Tensor, int) *tensor.Tensor) func(*tensor.Tensor, []int) *tensor.Tensor {
	return func(x *tensor.Tensor, dims []int) *tensor.Tensor {
		dims = slices.Sorted(slices.Values(dims))
		for _, d := range slices.Backward(dims) {
			x = f(x, d)
		}
		return x
	}
}

func logSumExp(x *tensor.Tensor, dims []int) *tensor.Tensor {
	top := inTurn((*tensor.Tensor).Max)(x, dims)
	kept := slices.Clone(x.Shape())
	for _, d := range dims {
		kept[d] = 1
	}
	return sum(x.Sub(top.Reshape(kept...)).Exp(), dims).Log().Add(top)
}

// folded are the dimensions that a reduction folds, and its result's shape; not ok is a reduction of nothing.
func (c *call) folded(x *val) (axes, to []int, ok bool) {
	axes, _ = c.listAt(1, "axes")
	if len(axes) == 0 {
		if c.int("noop_with_empty_axes", 0) != 0 {
			return nil, nil, false
		}
		for d := range x.dims {
			axes = append(axes, d)
		}
	}
	axes = axesOf(axes, len(x.dims))
	to = []int{}
	for d, n := range x.dims {
		switch {
		case !slices.Contains(axes, d):
			to = append(to, n)
		case c.int("keepdims", 1) != 0:
			to = append(to, 1)
		}
	}
	return axes, to, true
}

func (c *call) foldWhole(x *val, axes, to []int, f func(a, b int64) int64, first int64) *val {
	own := stridesOf(x.dims)
	kept, stride := slices.Clone(x.dims), make([]int, len(own))
	for _, d := range axes {
		kept[d] = 1
	}
	for d, s := range stridesOf(kept) {
		if kept[d] != 1 || x.dims[d] == 1 {
			stride[d] = s
		}
	}
	places := make([]int64, count(kept, c.most))
	for i := range places {
		places[i] = int64(i)
	}
	y := slices.Repeat([]int64{first}, len(places))
	for i, at := range view(places, x.dims, 0, stride) {
		y[at] = x.elem.wrap(f(y[at], x.ints[i]))
	}
	return ofInts(x.elem, y, to...)
}

func arg(c *call) []*val {
	x := c.in[0]
	d := axis(c.int("axis", 0), len(x.dims))
	t, n := c.plain(c.real(0)), x.dims[d]
	last := c.int("select_last_index", 0) != 0
	if last {
		t = t.Flip(d)
	}
	at := t.ArgMax
	if c.n.op == "ArgMin" {
		at = t.ArgMin
	}
	y := at(d).Array()
	dims := slices.Clone(y.Shape())
	if c.int("keepdims", 1) != 0 {
		dims = slices.Insert(dims, d, 1)
	}
	return one(ofInts(elemInt64, mapped(tensor.Values[int32](y), func(v int32) int64 {
		if last {
			return int64(n-1) - int64(v)
		}
		return int64(v)
	}), dims...))
}

// softmax is over one dimension, and before opset 13 over all from that on.
func softmax(c *call) []*val {
	x, f := c.real(0), (*tensor.Tensor).Softmax
	switch c.n.op {
	case "LogSoftmax":
		f = (*tensor.Tensor).LogSoftmax
	case "Hardmax":
		f = hardmax
	}
	if c.opset >= 13 {
		d := axis(c.int("axis", -1), len(x.dims))
		return one(ofTensor(x.elem, f(c.plain(x), d)))
	}
	d := axis(c.int("axis", 1), len(x.dims))
	rows := c.reshape(x, []int{count(x.dims[:d], math.MaxInt), count(x.dims[d:], math.MaxInt)})
	return one(c.reshape(ofTensor(x.elem, f(c.plain(rows), 1)), x.dims))
}

// hardmax is 1 at the first largest element along d.
func hardmax(x *tensor.Tensor, d int) *tensor.Tensor {
	last := x.Rank() - 1
	order := make([]int, x.Rank())
	for i := range order {
		order[i] = i
	}
	order[d], order[last] = last, d
	x = x.Transpose(order...)
	return x.ArgMax(last).OneHot(x.Dim(last)).Transpose(order...)
}
