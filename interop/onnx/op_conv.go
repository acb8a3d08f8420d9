package onnx

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	attrs := "auto_pad dilations group kernel_shape pads strides output_padding output_shape"
	known["Conv"] = operator{run: conv, min: 2, max: 3, attrs: attrs}
	known["ConvTranspose"] = operator{run: convTranspose, min: 2, max: 3, attrs: attrs}
}

// convolved are the operands of a convolution, checked as far as both kinds have them alike.
func (c *call) convolved() (x, w *val, bias *tensor.Tensor, groups int) {
	x, w, groups = c.real(0), c.real(1), c.int("group", 1)
	if len(w.dims) != len(x.dims) || groups < 1 || len(x.dims) < 3 || x.dims[1]%groups != 0 || w.dims[0]%groups != 0 {
		failf("%v with weights %v in %d groups", x.dims, w.dims, groups)
	}
	if v := c.at(2); v != nil {
		bias = c.plain(c.real(2))
	}
	return x, w, bias, groups
}

func conv(c *call) []*val {
	x, w, bias, groups := c.convolved()
	win := c.window(x, w.dims[2:])
	win.automatic(c, x.dims[2:])
	if w.dims[1] != x.dims[1]/groups {
		failf("%v with weights %v in %d groups", x.dims, w.dims, groups)
	}
	switch len(win.kernel) {
	case 1: // an image of one row
		x, w = c.reshape(x, slices.Insert(slices.Clone(x.dims), 2, 1)), c.reshape(w, slices.Insert(slices.Clone(w.dims), 2, 1))
		y := c.conv2d(x, c.arranged(w, 0, 2, 3, 1), bias, win.under(), groups)
		v := ofImage(x.elem, y)
		return one(c.reshape(v, slices.Delete(slices.Clone(v.dims), 2, 3)))
	case 2:
		return one(ofImage(x.elem, c.conv2d(x, c.arranged(w, 0, 2, 3, 1), bias, win, groups)))
	case 3:
		return one(c.conv3d(x, w, bias, win, groups))
	}
	failf("a convolution of %d dimensions", len(win.kernel))
	return nil
}

// under is a window of one dimension as one of two, of height 1.
func (w window) under() window {
	lead := func(n int, v []int) []int { return append([]int{n}, v...) }
	return window{lead(1, w.kernel), lead(1, w.stride), lead(1, w.dilation), lead(0, w.before), lead(0, w.after), w.ceil}
}

// conv2d is a convolution of x [n, c, h, w] by weights [out, kh, kw, in]: [n, h, w, out].
func (c *call) conv2d(x *val, w, bias *tensor.Tensor, win window, groups int) *tensor.Tensor {
	t := c.image(x)
	o := tensor.Conv2DOptions{Stride: pairOf(win.stride), Pad: pairOf(win.before), Dilation: pairOf(win.dilation)}
	for i := range 2 {
		win.out(i, x.dims[2+i])
	}
	if !slices.Equal(win.before, win.after) {
		o.Pad = [2]int{}
		t = c.padded(t, win, 0)
	}
	return grouped(t, groups, func(g int, t *tensor.Tensor) *tensor.Tensor {
		n := w.Dim(0) / groups
		return tensor.Conv2D(t, part(w, 0, g, n, groups), part(bias, 0, g, n, groups), o)
	})
}

// padded surrounds an image [n, h, w, c] as a window wants it.
func (c *call) padded(t *tensor.Tensor, win window, v float32) *tensor.Tensor {
	for i := range 2 {
		_, after := win.out(i, t.Dim(1+i))
		c.room([]int{t.Len() / max(1, t.Dim(1+i)), t.Dim(1+i) + win.before[i] + after})
		if win.before[i]+after > 0 {
			t = t.Pad(1+i, win.before[i], after, v)
		}
	}
	return t
}

// grouped is f of each group of channels, put together again.
func grouped(t *tensor.Tensor, groups int, f func(g int, t *tensor.Tensor) *tensor.Tensor) *tensor.Tensor {
	if groups == 1 {
		return f(0, t)
	}
	var parts []*tensor.Tensor
	n := t.Dim(3) / groups
	for g := range groups {
		parts = append(parts, f(g, t.Slice(3, g*n, (g+1)*n)))
	}
	return tensor.Concat(3, parts...)
}

// part is group g of t, n along dimension d.
func part(t *tensor.Tensor, d, g, n, groups int) *tensor.Tensor {
	if t == nil || groups == 1 {
		return t
	}
	return t.Slice(d, g*n, (g+1)*n)
}

// conv3d is a sum of convolutions of two dimensions, one for each slice of the kernel.
func (c *call) conv3d(x, w *val, bias *tensor.Tensor, win window, groups int) *val {
	depth, after := win.out(0, x.dims[2])
	flat := window{win.kernel[1:], win.stride[1:], win.dilation[1:], win.before[1:], win.after[1:], win.ceil}
	c.room([]int{count(x.dims, math.MaxInt) / max(1, x.dims[2]), x.dims[2] + win.before[0] + after})
	t := c.plain(x).Transpose(0, 2, 1, 3, 4).Pad(1, win.before[0], after, 0) // [n, depth, c, h, w]
	weights := c.arranged(w, 2, 0, 3, 4, 1)                                  // [depth, out, kh, kw, in]
	var total *tensor.Tensor
	for k := range win.kernel[0] {
		s := strided(t, 1, k*win.dilation[0], win.stride[0], depth)
		images := ofTensor(x.elem, s.Reshape(append([]int{s.Dim(0) * depth}, s.Shape()[2:]...)...))
		y := c.conv2d(images, weights.Slice(0, k, k+1).Reshape(weights.Shape()[1:]...), bias, flat, groups)
		if bias = nil; total == nil {
			total = y
		} else {
			total = total.Add(y)
		}
	}
	y := total.Reshape(append([]int{x.dims[0], depth}, total.Shape()[1:]...)...).Transpose(0, 4, 1, 2, 3)
	return ofTensor(x.elem, y)
}

func convTranspose(c *call) []*val {
	x, w, bias, groups := c.convolved()
	n := len(x.dims) - 2
	win := c.window(x, w.dims[2:])
	if w.dims[0] != x.dims[1] || n > 2 {
		failf("%v with weights %v: %d dimensions", x.dims, w.dims, n)
	}
	more := c.list("output_padding")
	if more == nil {
		more = make([]int, n)
	}
	if len(more) != n || slices.ContainsFunc(more, func(v int) bool { return v < 0 || v > largestWindow }) {
		failf("output_padding %v", more)
	}
	win.before, win.after, more = slices.Clone(win.before), slices.Clone(win.after), slices.Clone(more)
	to := c.list("output_shape")
	if kind := c.text("auto_pad", "NOTSET"); to == nil && kind[:min(4, len(kind))] == "SAME" {
		for i := range n {
			to = append(to, x.dims[2+i]*win.stride[i])
		}
	}
	if to = to[max(0, len(to)-n):]; len(to) > 0 {
		if len(to) != n {
			failf("output_shape %v", to)
		}
		for i := range n {
			total := (x.dims[2+i]-1)*win.stride[i] + more[i] + win.span(i) - to[i]
			win.share(i, max(0, total), c.text("auto_pad", "NOTSET") == "SAME_LOWER")
			more[i] += max(0, -total)
		}
	}
	if n == 1 {
		x, w = c.reshape(x, slices.Insert(slices.Clone(x.dims), 2, 1)), c.reshape(w, slices.Insert(slices.Clone(w.dims), 2, 1))
		win, more = win.under(), append([]int{0}, more...)
	}
	weights := c.arranged(w, 0, 2, 3, 1)
	size := []int{x.dims[0], w.dims[1] * groups}
	for i := range 2 {
		size = append(size, (x.dims[2+i]-1)*win.stride[i]+win.span(i)+more[i])
	}
	c.room(size)
	o := tensor.Conv2DOptions{Stride: pairOf(win.stride), Dilation: pairOf(win.dilation)}
	own := slices.Equal(win.before, win.after) // what braid's has too; otherwise the output is cut and padded here
	for i := range 2 {
		own = own && more[i] < max(win.stride[i], win.dilation[i])
	}
	if own {
		o.Pad, o.OutPad = pairOf(win.before), pairOf(more)
	}
	y := grouped(c.image(x), groups, func(g int, t *tensor.Tensor) *tensor.Tensor {
		return tensor.ConvTranspose2D(t, part(weights, 0, g, weights.Dim(0)/groups, groups), part(bias, 0, g, w.dims[1], groups), o)
	})
	for i := 0; i < 2 && !own; i++ {
		if more[i] > 0 { // rows that no kernel reaches have the bias alone
			failf("output_padding or output_shape add %d to what kernel and strides reach: not supported", more[i])
		}
		from, end := win.before[i], y.Dim(1+i)-win.after[i]
		if from >= end {
			failf("pads %v %v leave nothing", win.before, win.after)
		}
		y = y.Slice(1+i, from, end)
	}
	v := ofImage(x.elem, y)
	if n == 1 {
		v = c.reshape(v, slices.Delete(slices.Clone(v.dims), 2, 3))
	}
	return one(v)
}
