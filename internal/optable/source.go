package optable

import "github.com/braidml/braid/tensor"

// sources make tensors from nothing but a shape, which is that of x.
var sources = []Row{
	{Name: "Full", Args: []Arg{in(reals, N, 3)}, Roundings: rounded,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Mul(p.Full(1.5, xs[0].Shape()...)) }},
	{Name: "Scalar", Args: []Arg{in(reals, N, 3)}, Roundings: rounded,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Mul(p.Scalar(-0.3)) }},
	{Name: "Scalar64", Args: []Arg{in(reals, N, 3)}, Roundings: 2,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Mul(p.Scalar64(1.0 / 3)) }},
	{Name: "Uniform", Args: []Arg{in(reals, N, 3)}, Roundings: rounded,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Mul(p.Uniform(xs[0].Shape()...)) }},
	// Box-Muller takes a cosine, a logarithm and a root in float32.
	{Name: "Normal", Args: []Arg{in(reals, N, 3)}, Roundings: 4 * transcendental,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Mul(p.Normal(xs[0].Shape()...)) }},
	{Name: "Normal/two sites", Args: []Arg{in(reals, N, 3)}, Roundings: 4 * transcendental,
		Forward: func(p *tensor.Pass, xs xs) *tensor.Tensor {
			return xs[0].Mul(p.Normal(xs[0].Shape()...)).Add(p.Normal(xs[0].Shape()...))
		}},
}
