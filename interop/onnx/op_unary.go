package onnx

import (
	"math"

	"github.com/braidml/braid/tensor"
)

func init() {
	for name, f := range map[string]func(*tensor.Tensor) *tensor.Tensor{
		"Relu": (*tensor.Tensor).ReLU, "Tanh": (*tensor.Tensor).Tanh, "Sigmoid": (*tensor.Tensor).Sigmoid, "Exp": (*tensor.Tensor).Exp,
		"Log": (*tensor.Tensor).Log, "Sqrt": (*tensor.Tensor).Sqrt, "Reciprocal": (*tensor.Tensor).Reciprocal, "Sin": (*tensor.Tensor).Sin,
		"Cos": (*tensor.Tensor).Cos, "Softplus": (*tensor.Tensor).Softplus, "Floor": (*tensor.Tensor).Floor, "Ceil": (*tensor.Tensor).Ceil,
		"Round": (*tensor.Tensor).Round, "Erf": erf,
		"Softsign": func(x *tensor.Tensor) *tensor.Tensor { return x.Div(x.Abs().Shift(1)) },
		"Mish":     func(x *tensor.Tensor) *tensor.Tensor { return x.Mul(x.Softplus().Tanh()) },
		"HardSwish": func(x *tensor.Tensor) *tensor.Tensor {
			return x.Mul(x.Scale(1./6).Shift(0.5).Clamp(0, 1))
		},
	} {
		known[name] = operator{run: func(c *call) []*val { return one(c.each(f)) }, min: 1, max: 1}
	}
	for name, f := range map[string]func(*call, *tensor.Tensor) *tensor.Tensor{
		"LeakyRelu": func(c *call, x *tensor.Tensor) *tensor.Tensor { return sides(x, 1, c.float("alpha", 0.01)) },
		"Elu":       func(c *call, x *tensor.Tensor) *tensor.Tensor { return x.ELU(float32(c.float("alpha", 1))) },
		"Selu": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			return x.ELU(float32(c.float("alpha", 1.67326319217681884765625))).Scale(float32(c.float("gamma", 1.05070102214813232421875)))
		},
		"Celu": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			a := float32(c.float("alpha", 1))
			return x.Scale(1 / a).ELU(1).Scale(a)
		},
		"HardSigmoid": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			return x.Scale(float32(c.float("alpha", 0.2))).Shift(float32(c.float("beta", 0.5))).Clamp(0, 1)
		},
		"ThresholdedRelu": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			return x.Mul(x.Greater(c.p.Full(float32(c.float("alpha", 1)), 1)))
		},
		"Shrink": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			limit, bias := float32(c.float("lambd", 0.5)), float32(c.float("bias", 0))
			above, below := x.Greater(c.p.Full(limit, 1)), x.Less(c.p.Full(-limit, 1))
			return above.Mul(x.Shift(-bias)).Add(below.Mul(x.Shift(bias)))
		},
		"Gelu": func(c *call, x *tensor.Tensor) *tensor.Tensor {
			switch kind := c.text("approximate", "none"); kind {
			case "none":
				return x.GELU()
			case "tanh":
				inner := x.Add(x.Square().Mul(x).Scale(0.044715)).Scale(float32(math.Sqrt(2 / math.Pi)))
				return x.Mul(inner.Tanh().Shift(1)).Scale(0.5)
			default:
				failf("approximate is %q: none or tanh is expected", kind)
			}
			return nil
		},
	} {
		known[name] = operator{run: func(c *call) []*val {
			return one(c.each(func(x *tensor.Tensor) *tensor.Tensor { return f(c, x) }))
		}, min: 1, max: 1, attrs: "alpha beta gamma lambd bias approximate"}
	}
	// Functions that no device has are computed on the host.
	for name, f := range map[string]func(float64) float64{
		"Tan": math.Tan, "Asin": math.Asin, "Acos": math.Acos, "Atan": math.Atan, "Sinh": math.Sinh, "Cosh": math.Cosh,
		"Asinh": math.Asinh, "Acosh": math.Acosh, "Atanh": math.Atanh,
	} {
		known[name] = operator{run: func(c *call) []*val {
			x := c.real(0)
			return one(ofReals(x.elem, mapped(c.floats(x), f), x.dims...))
		}, min: 1, max: 1}
	}
	for name, op := range map[string]struct {
		real  func(*tensor.Tensor) *tensor.Tensor
		whole func(int64) int64
	}{
		"Neg":  {(*tensor.Tensor).Neg, func(v int64) int64 { return -v }},
		"Abs":  {(*tensor.Tensor).Abs, func(v int64) int64 { return max(v, -v) }},
		"Sign": {(*tensor.Tensor).Sign, func(v int64) int64 { return int64(boolean(v > 0) - boolean(v < 0)) }},
	} {
		known[name] = operator{run: func(c *call) []*val {
			if x := c.in[0]; !x.elem.real() {
				return one(c.whole(x, op.whole))
			}
			return one(c.each(op.real))
		}, min: 1, max: 1}
	}
	known["Not"] = operator{run: func(c *call) []*val { return one(c.not(c.in[0])) }, min: 1, max: 1}
	known["IsNaN"] = operator{run: func(c *call) []*val {
		x := c.plain(c.real(0))
		y := ofTensor(elemBool, x.Equal(x))
		return one(c.not(y))
	}, min: 1, max: 1}
	known["IsInf"] = operator{run: func(c *call) []*val {
		up, down := c.int("detect_positive", 1) != 0, c.int("detect_negative", 1) != 0
		x := c.real(0)
		y := make([]int64, x.len())
		for i, v := range c.floats(x) {
			y[i] = boolean(up && math.IsInf(v, 1) || down && math.IsInf(v, -1))
		}
		return one(ofInts(elemBool, y, x.dims...))
	}, min: 1, max: 1, attrs: "detect_positive detect_negative"}
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func mapped[D, S any](s []S, f func(S) D) []D {
	d := make([]D, len(s))
	for i, v := range s {
		d[i] = f(v)
	}
	return d
}

// each is a function of input 0, in whichever layout it is.
func (c *call) each(f func(*tensor.Tensor) *tensor.Tensor) *val {
	x := c.real(0)
	if x.t == nil && x.last != nil {
		return ofImage(x.elem, f(x.last))
	}
	return ofTensor(x.elem, f(c.plain(x)))
}

// whole is a function of integers.
func (c *call) whole(x *val, f func(int64) int64) *val {
	return ofInts(x.elem, mapped(c.integers(x), func(v int64) int64 { return x.elem.wrap(f(v)) }), x.dims...)
}

func (c *call) not(x *val) *val {
	if x.elem != elemBool {
		failf("the input is %v: bool is expected", x.elem)
	}
	if x.ints == nil && x.t != nil {
		return ofTensor(elemBool, x.t.Scale(-1).Shift(1))
	}
	return c.whole(x, func(v int64) int64 { return 1 - v })
}

// sides is a·x where x > 0, and b·x elsewhere.
func sides(x *tensor.Tensor, a, b float64) *tensor.Tensor {
	return x.ReLU().Scale(float32(a)).Sub(x.Neg().ReLU().Scale(float32(b)))
}

// erf is the error function: 2·Φ(√2·x) - 1, with Φ out of GELU, z·Φ(z); near 0, where that divides by 0, its power series.
func erf(x *tensor.Tensor) *tensor.Tensor {
	near := x.Abs().Less(x.Pass().Full(0.5, 1))
	z := tensor.Where(near, x.Pass().Full(1, 1), x.Scale(math.Sqrt2))
	far := z.GELU().Div(z).Scale(2).Shift(-1)
	s := x.Clamp(-0.5, 0.5).Square()
	series := s.Scale(-1. / 1320).Shift(1. / 216)
	for _, k := range []float32{-1. / 42, 1. / 10, -1. / 3, 1} {
		series = series.Mul(s).Shift(k)
	}
	return tensor.Where(near, series.Mul(x).Scale(2/math.SqrtPi), far)
}
