package onnx

import (
	"slices"

	"github.com/braidml/braid/tensor"
)

func init() {
	known["Gemm"] = operator{run: gemm, min: 2, max: 3, attrs: "alpha beta transA transB broadcast"}
	known["MatMul"] = operator{run: func(c *call) []*val {
		a, b := c.real(0), c.real(1)
		return one(ofTensor(a.elem, c.plain(a).MatMul(c.plain(b))))
	}, min: 2, max: 2}
	known["CumSum"] = operator{run: cumSum, min: 2, max: 2, attrs: "exclusive reverse"}
}

func gemm(c *call) []*val {
	a, b := c.real(0), c.real(1)
	if len(a.dims) != 2 || len(b.dims) != 2 {
		failf("%v x %v: two matrices are expected", a.dims, b.dims)
	}
	x := c.plain(a)
	if c.int("transA", 0) != 0 {
		x = x.Transpose(1, 0)
	}
	w := c.plain // [out, in], as Linear has its weights
	if c.int("transB", 0) == 0 {
		w = func(v *val) *tensor.Tensor { return c.arranged(v, 1, 0) }
	}
	alpha, beta := float32(c.float("alpha", 1)), float32(c.float("beta", 1))
	bias := c.at(2)
	if bias != nil && len(bias.dims) == 1 && bias.dims[0] == w(b).Dim(0) && alpha == 1 && beta == 1 {
		return one(ofTensor(a.elem, x.Linear(w(b), c.plain(bias))))
	}
	y := x.Linear(w(b), nil)
	if alpha != 1 {
		y = y.Scale(alpha)
	}
	if bias != nil {
		c.room(c.broadcast(y.Shape(), bias.dims))
		z := c.plain(bias)
		if beta != 1 {
			z = z.Scale(beta)
		}
		y = y.Add(z)
	}
	return one(ofTensor(a.elem, y))
}

// cumSum is a product with a triangle of ones.
func cumSum(c *call) []*val {
	x := c.real(0)
	axes := c.integers(c.in[1])
	if len(axes) != 1 {
		failf("%d axes: one is expected", len(axes))
	}
	d := axis(int(axes[0]), len(x.dims))
	n := x.dims[d]
	c.room([]int{n, n})
	ones := make([]float32, n*n)
	for to := range n {
		for from := range n {
			before := from < to
			if c.int("reverse", 0) != 0 {
				before = from > to
			}
			if before || from == to && c.int("exclusive", 0) == 0 {
				ones[to*n+from] = 1
			}
		}
	}
	return one(c.along(x, d, tensor.From(c.p, ones, n, n)))
}

// along multiplies dimension d of x by the matrix w [new size, size].
func (c *call) along(x *val, d int, w *tensor.Tensor) *val {
	last := len(x.dims) - 1
	order := make([]int, len(x.dims))
	for i := range order {
		order[i] = i
	}
	order[d], order[last] = last, d
	y := c.plain(x)
	if d == last {
		return ofTensor(x.elem, y.Linear(w, nil))
	}
	return ofTensor(x.elem, y.Transpose(order...).Linear(w, nil).Transpose(slices.Clone(order)...))
}
