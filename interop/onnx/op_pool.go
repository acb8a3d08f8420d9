package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	attrs := "auto_pad ceil_mode count_include_pad dilations kernel_shape pads storage_order strides"
	known["MaxPool"] = operator{run: pool, min: 1, max: 1, attrs: attrs}
	known["AveragePool"] = operator{run: pool, min: 1, max: 1, attrs: attrs}
	known["GlobalAveragePool"] = operator{run: globalPool, min: 1, max: 1}
	known["GlobalMaxPool"] = operator{run: globalPool, min: 1, max: 1}
}

func pool(c *call) []*val {
	x := c.real(0)
	win := c.window(x, nil)
	win.automatic(c, x.dims[2:])
	if len(c.n.out) > 1 {
		failf("the places of the largest elements, a second output, are not supported")
	}
	largest := c.n.op == "MaxPool"
	counted := c.int("count_include_pad", 0) != 0 || !slices.ContainsFunc(slices.Concat(win.before, win.after), func(p int) bool { return p > 0 })
	if k := win.kernel[0]; win.even() && slices.Equal(win.kernel, []int{k, k}) && win.stride[0] == win.stride[1] && win.before[0] == win.before[1] &&
		slices.Equal(win.dilation, []int{1, 1}) && 2*win.before[0] <= k && (largest || counted) {
		f := (*tensor.Tensor).AvgPool2D
		if largest {
			f = (*tensor.Tensor).MaxPool2D
		}
		return one(ofImage(x.elem, f(c.image(x), k, win.stride[0], win.before[0])))
	}
	if largest {
		return one(c.windows(x, win, float32(math.Inf(-1)), (*tensor.Tensor).Maximum))
	}
	total := c.windows(x, win, 0, (*tensor.Tensor).Add)
	area := count(win.kernel, math.MaxInt)
	if counted && !win.ceil {
		return one(ofTensor(x.elem, c.plain(total).Scale(1/float32(area))))
	}
	// How many elements each window has: all but those that only ceil_mode added, or all but the padding.
	ones := ofTensor(x.elem, c.p.Full(1, append([]int{1, 1}, x.dims[2:]...)...))
	inner := win
	if counted {
		t := c.plain(ones)
		for i := range win.kernel {
			t = t.Pad(2+i, win.before[i], win.after[i], 1)
		}
		ones = ofTensor(x.elem, t)
		zero := make([]int, len(win.kernel))
		inner.before, inner.after = zero, zero
	}
	number := c.windows(ones, inner, 0, (*tensor.Tensor).Add)
	return one(ofTensor(x.elem, c.plain(total).Div(c.plain(number))))
}

// windows folds each window's elements by f, one element of all windows after the other. It works in any number of
// dimensions; padding has the value v.
func (c *call) windows(x *val, win window, v float32, f func(a, b *tensor.Tensor) *tensor.Tensor) *val {
	t := c.plain(x)
	for i := range win.kernel {
		d := 2 + i
		n, after := win.out(i, t.Dim(d))
		c.room([]int{t.Len() / max(1, t.Dim(d)), t.Dim(d) + win.before[i] + after})
		if win.before[i]+after > 0 {
			t = t.Pad(d, win.before[i], after, v)
		}
		var y *tensor.Tensor
		for k := range win.kernel[i] {
			part := strided(t, d, k*win.dilation[i], win.stride[i], n)
			if y == nil {
				y = part
			} else {
				y = f(y, part)
			}
		}
		t = y
	}
	return ofTensor(x.elem, t)
}

func globalPool(c *call) []*val {
	x := c.real(0)
	if len(x.dims) < 3 {
		failf("the input is %v: [n, c, …] is expected", x.dims)
	}
	to := append(slices.Clone(x.dims[:2]), slices.Repeat([]int{1}, len(x.dims)-2)...)
	if len(x.dims) == 4 && c.n.op == "GlobalAveragePool" {
		return one(ofTensor(x.elem, c.image(x).Mean(1, 2).Reshape(to...)))
	}
	flat := c.plain(c.reshape(x, []int{x.dims[0], x.dims[1], count(x.dims[2:], math.MaxInt)}))
	if c.n.op == "GlobalAveragePool" {
		return one(ofTensor(x.elem, flat.Mean(2).Reshape(to...)))
	}
	return one(ofTensor(x.elem, flat.Max(2).Reshape(to...)))
}
