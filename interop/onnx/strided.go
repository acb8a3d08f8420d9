package onnx

import (
	"slices"

	"github.com/braidml/braid/tensor"
)

// strided is count elements of t from the first on along dimension d, each step apart.
func strided(t *tensor.Tensor, d, from, step, count int) *tensor.Tensor {
	if step == 1 || count <= 1 {
		return t.Slice(d, from, from+count)
	}
	if over := from + count*step - t.Dim(d); over > 0 {
		t = t.Pad(d, 0, over, 0)
	}
	t = t.Slice(d, from, from+count*step)
	s := t.Shape()
	return t.Reshape(slices.Concat(s[:d], []int{count, step}, s[d+1:])...).Slice(d+1, 0, 1).Reshape(slices.Concat(s[:d], []int{count}, s[d+1:])...)
}
