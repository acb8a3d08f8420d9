package onnx

import (
	"github.com/braidml/braid/tensor"
)

// transposed is a with its dimensions in another order.
func transposed(a tensor.Array, order []int) tensor.Array {
	s := a.Shape()
	strides := make([]int, len(s))
	step := 1
	for d := len(s) - 1; d >= 0; d-- {
		strides[d] = step
		step *= s[d]
	}
	shape, by := make([]int, len(s)), make([]int, len(s))
	for k, d := range order {
		shape[k], by[k] = s[d], strides[d]
	}
	src := a.Floats()
	dst := make([]float32, 0, len(src))
	at := make([]int, len(s))
	for off := 0; len(dst) < len(src); {
		dst = append(dst, src[off])
		for d := len(s) - 1; d >= 0; d-- {
			at[d]++
			off += by[d]
			if at[d] < shape[d] {
				break
			}
			off -= at[d] * by[d]
			at[d] = 0
		}
	}
	return tensor.ArrayOf(dst, shape...)
}

// picked is matrix a with rows and columns in another order; nil leaves them.
func picked(a tensor.Array, rows, cols []int) tensor.Array {
	s := a.Shape()
	n, m := s[0], a.Len()/max(1, s[0])
	src, dst := a.Floats(), make([]float32, a.Len())
	for i := range n {
		from := i
		if rows != nil {
			from = rows[i]
		}
		if cols == nil {
			copy(dst[i*m:(i+1)*m], src[from*m:])
			continue
		}
		for j := range m {
			dst[i*m+j] = src[from*m+cols[j]]
		}
	}
	return tensor.ArrayOf(dst, s...)
}
