package onnx

import (
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["RNN"] = operator{run: recurrent, min: 3, max: 6, attrs: "activations activation_alpha activation_beta direction hidden_size layout"}
}

// recurrent is the tanh RNN forwards: x [time, n, in], or [n, time, in] with layout 1.
func recurrent(c *call) []*val {
	x, w, again := c.real(0), c.real(1), c.real(2)
	if kind := c.text("direction", "forward"); kind != "forward" {
		failf("the direction %q is not supported: forward is expected", kind)
	}
	if a := c.attr("activations"); a != nil && !slices.Equal(a.strings, []string{"Tanh"}) {
		failf("the activations %v are not supported: Tanh is expected", a.strings)
	}
	if len(x.dims) != 3 || len(w.dims) != 3 || len(again.dims) != 3 || w.dims[0] != 1 || again.dims[0] != 1 {
		failf("%v with weights %v and %v: three dimensions each are expected", x.dims, w.dims, again.dims)
	}
	hidden := w.dims[1]
	if n := c.int("hidden_size", hidden); n != hidden {
		failf("hidden_size is %d, the weights have %d", n, hidden)
	}
	rowsFirst := c.int("layout", 0) == 1
	if !rowsFirst {
		x = c.transpose(x, []int{1, 0, 2})
	}
	var bias, h0, lengths *tensor.Tensor
	if c.at(3) != nil {
		both := c.plain(c.real(3))
		if !slices.Equal(both.Shape(), []int{1, 2 * hidden}) {
			failf("a bias of %v: [1 %d] is expected", both.Shape(), 2*hidden)
		}
		both = both.Reshape(2 * hidden)
		bias = both.Slice(0, 0, hidden).Add(both.Slice(0, hidden, 2*hidden))
	}
	if v := c.at(5); v != nil {
		h0 = c.plain(c.real(5)).Reshape(-1, hidden)
	}
	rows, time := x.dims[0], x.dims[1]
	var within *tensor.Tensor
	if v := c.at(4); v != nil {
		long := c.integers(v)
		if len(long) != rows {
			failf("%d lengths for %d rows", len(long), rows)
		}
		ids, mask := make([]int32, rows), make([]float32, rows*time)
		for i, n := range long {
			if n < 0 || n > int64(time) {
				failf("a row of length %d of %d", n, time)
			}
			ids[i] = int32(n)
			for k := range int(n) {
				mask[i*time+k] = 1
			}
		}
		lengths, within = tensor.From(c.p, ids, rows), tensor.From(c.p, mask, rows, time, 1)
	}
	wih, whh := c.arranged(w, 1, 2, 0).Reshape(hidden, -1), c.arranged(again, 1, 2, 0).Reshape(hidden, -1)
	states, last := tensor.RNN(c.plain(x), wih, whh, bias, h0, lengths)
	if within != nil { // ONNX has zeros behind the end of a row
		states = states.Mul(within)
	}
	if rowsFirst {
		return []*val{ofTensor(x.elem, states.Unsqueeze(2)), ofTensor(x.elem, last.Unsqueeze(1))}
	}
	return []*val{ofTensor(x.elem, states.Transpose(1, 0, 2).Unsqueeze(1)), ofTensor(x.elem, last.Unsqueeze(0))}
}
