package onnx

import "slices"

// window is what convolutions and poolings slide over an image, dimension by dimension.
type window struct {
	kernel, stride, dilation []int
	before, after            []int // padding
	ceil                     bool  // the last window may reach beyond the padding
}

// largestWindow bounds the numbers of a window, so that sums of them are numbers too.
const largestWindow = 1 << 24

// window reads the attributes of a node for x [n, c, …]; kernel is that of its weights, nil for poolings.
func (c *call) window(x *val, kernel []int) window {
	n := len(x.dims) - 2
	if n < 1 {
		failf("the input is %v: [n, c, …] is expected", x.dims)
	}
	w := window{kernel: c.list("kernel_shape"), stride: c.list("strides"), dilation: c.list("dilations"), ceil: c.int("ceil_mode", 0) != 0}
	if w.kernel == nil {
		w.kernel = kernel
	}
	if w.stride == nil {
		w.stride = slices.Repeat([]int{1}, n)
	}
	if w.dilation == nil {
		w.dilation = slices.Repeat([]int{1}, n)
	}
	pads := c.list("pads")
	if pads == nil {
		pads = make([]int, 2*n)
	}
	for _, list := range [][]int{w.kernel, w.stride, w.dilation, pads[:len(pads)/2], pads[len(pads)/2:]} {
		if len(list) != n {
			failf("kernel %v, strides %v, dilations %v, pads %v: %d numbers each are expected, and twice as many pads", w.kernel, w.stride, w.dilation, pads, n)
		}
	}
	for i := range n {
		for k, v := range []int{w.kernel[i], w.stride[i], w.dilation[i], pads[i] + 1, pads[n+i] + 1} {
			if v < 1 || v > largestWindow {
				failf("kernel %v, strides %v, dilations %v, pads %v: number %d is impossible", w.kernel, w.stride, w.dilation, pads, k)
			}
		}
	}
	if kernel != nil && !slices.Equal(kernel, w.kernel) {
		failf("the weights have the kernel %v, the attribute says %v", kernel, w.kernel)
	}
	w.before, w.after = pads[:n], pads[n:]
	return w
}

// span is how far a window reaches along dimension i.
func (w window) span(i int) int { return w.dilation[i]*(w.kernel[i]-1) + 1 }

// automatic sets the padding that auto_pad says: SAME_… gives size/stride, rounded up.
func (w *window) automatic(c *call, size []int) {
	w.before, w.after = slices.Clone(w.before), slices.Clone(w.after)
	switch kind := c.text("auto_pad", "NOTSET"); kind {
	case "NOTSET", "":
	case "VALID":
		clear(w.before)
		clear(w.after)
	case "SAME_UPPER", "SAME_LOWER":
		for i, n := range size {
			total := max(0, ((n+w.stride[i]-1)/w.stride[i]-1)*w.stride[i]+w.span(i)-n)
			w.share(i, total, kind == "SAME_LOWER")
		}
	default:
		failf("auto_pad is %q", kind)
	}
}

// share divides padding of dimension i between its ends.
func (w *window) share(i, total int, lower bool) {
	w.before[i] = total / 2
	if lower {
		w.before[i] = (total + 1) / 2
	}
	w.after[i] = total - w.before[i]
}

// out is how many windows there are along dimension i of the given size, and how much padding at the end they need.
func (w window) out(i, size int) (n, after int) {
	room := size + w.before[i] + w.after[i] - w.span(i)
	if room < 0 {
		failf("the kernel %v does not fit into the padded input", w.kernel)
	}
	n = room/w.stride[i] + 1
	if w.ceil && room%w.stride[i] != 0 && n*w.stride[i] < size+w.before[i] { // one that begins in the padding does not count
		n++
	}
	return n, max(w.after[i], (n-1)*w.stride[i]+w.span(i)-size-w.before[i])
}

// even reports whether a window is one that braid has of its own: two dimensions, both ends padded alike.
func (w window) even() bool {
	return len(w.kernel) == 2 && slices.Equal(w.before, w.after) && !w.ceil
}

func pairOf(v []int) [2]int { return [2]int{v[0], v[1]} }
