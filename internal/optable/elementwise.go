package optable

import "github.com/braidml/braid/tensor"

type xs = []*tensor.Tensor

// each is a row of a function of one input of shape [n, 2, 3].
func each(name string, s Sample, roundings float64, f func(*tensor.Tensor) *tensor.Tensor) Row {
	return Row{Name: name, Args: []Arg{in(s, N, 2, 3)}, Roundings: roundings,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return f(xs[0]) }}
}

// The library functions of float32 are wrong in their last bit, and what follows adds a rounding or two.
const (
	exact          = 0
	rounded        = 1
	transcendental = 4
)

var unary = []Row{
	each("Scale", reals, rounded, func(x *tensor.Tensor) *tensor.Tensor { return x.Scale(0.7) }),
	each("Shift", reals, rounded, func(x *tensor.Tensor) *tensor.Tensor { return x.Shift(-1.3) }),
	each("Neg", reals, exact, (*tensor.Tensor).Neg),
	each("Square", reals, rounded, (*tensor.Tensor).Square),
	each("Sqrt", positive, rounded, (*tensor.Tensor).Sqrt),
	each("Exp", reals, transcendental, (*tensor.Tensor).Exp),
	each("Log", positive, transcendental, (*tensor.Tensor).Log),
	each("Abs", nonzero, exact, (*tensor.Tensor).Abs),
	each("Sign", nonzero, exact, (*tensor.Tensor).Sign),
	each("Reciprocal", apart(0), 2, (*tensor.Tensor).Reciprocal),
	each("Sin", between(-6, 6), transcendental, (*tensor.Tensor).Sin),
	each("Cos", between(-6, 6), transcendental, (*tensor.Tensor).Cos),
	each("Floor", uneven, exact, (*tensor.Tensor).Floor),
	each("Ceil", uneven, exact, (*tensor.Tensor).Ceil),
	each("Round", unhalved, exact, (*tensor.Tensor).Round),
	each("Pow/root", positive, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(0.5) }),
	each("Pow/cube of any sign", reals, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(3) }),
	each("Pow/square at zero", withZeros, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(2) }),
	each("Pow/negative", positive, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(-1.5) }),
	each("Pow/zeroth", positive, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.Pow(0) }),
	each("Clamp", apart(-1, 0.5), exact, func(x *tensor.Tensor) *tensor.Tensor { return x.Clamp(-1, 0.5) }),
	{Name: "Detach", Args: []Arg{in(reals, N, 3), in(reals, N, 3)}, Roundings: rounded,
		// Sign is flat, so that the true gradient is the cut one; the tests of package check see Detach cut a slope.
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return xs[0].Mul(xs[1]).Add(xs[0].Sign().Detach())
		}},
}

var activations = []Row{
	each("ReLU", nonzero, exact, (*tensor.Tensor).ReLU),
	each("LeakyReLU", nonzero, 2, (*tensor.Tensor).LeakyReLU),
	each("Tanh", reals, transcendental, (*tensor.Tensor).Tanh),
	each("Tanh/saturated", between(-30, 30), transcendental, (*tensor.Tensor).Tanh),
	each("Sigmoid", reals, transcendental, (*tensor.Tensor).Sigmoid),
	each("Sigmoid/saturated", between(-100, 100), transcendental, (*tensor.Tensor).Sigmoid),
	each("Softplus", reals, transcendental, (*tensor.Tensor).Softplus),
	each("Softplus/overflow-free", between(-120, 120), transcendental, (*tensor.Tensor).Softplus),
	each("GELU", reals, transcendental, (*tensor.Tensor).GELU),
	each("SiLU", reals, transcendental, (*tensor.Tensor).SiLU),
	each("ELU", nonzero, transcendental, func(x *tensor.Tensor) *tensor.Tensor { return x.ELU(0.7) }),
	each("Dropout", reals, rounded, func(x *tensor.Tensor) *tensor.Tensor { return x.Dropout(0.4) }),
	each("Dropout/none", reals, exact, func(x *tensor.Tensor) *tensor.Tensor { return x.Dropout(0) }),
	each("Dropout/twice", reals, 2, func(x *tensor.Tensor) *tensor.Tensor { return x.Dropout(0.3).Dropout(0.3) }),
	{Name: "Dropout/inference", Args: []Arg{in(reals, N, 3)}, Inference: true,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Dropout(0.4) }},
}
