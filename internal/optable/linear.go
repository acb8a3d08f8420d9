package optable

import "github.com/braidml/braid/tensor"

// matmul is a row of a product with k terms.
func matmul(name string, k int, a, b []int) Row {
	r := pair(name, in(reals, a...), in(reals, b...), 2, (*tensor.Tensor).MatMul)
	r.Terms = terms(k)
	return r
}

func linear(_ *tensor.Pass, xs xs) *tensor.Tensor {
	if len(xs) == 2 {
		return xs[0].Linear(xs[1], nil)
	}
	return xs[0].Linear(xs[1], xs[2])
}

var products = []Row{
	matmul("MatMul", 4, []int{N, 4}, []int{4, 3}),
	matmul("MatMul/batched", 3, []int{N, 2, 3}, []int{N, 3, 4}),
	matmul("MatMul/one matrix for all", 3, []int{N, 2, 3}, []int{3, 4}),
	matmul("MatMul/one matrix before all", 3, []int{2, 3}, []int{N, 3, 4}),
	matmul("MatMul/batches broadcast", 3, []int{1, N, 2, 3}, []int{2, 1, 3, 4}),
	matmul("MatMul/batches of one", 3, []int{N, 2, 3}, []int{1, 3, 4}),
	matmul("MatMul/inner batch", 4, []int{3, N}, []int{N, 4}),
	matmul("MatMul/one term", 1, []int{N, 1}, []int{1, 5}),
	matmul("MatMul/no terms", 1, []int{N, 0}, []int{0, 3}),
	// Beyond one register tile and one cache block in every direction, and multiples of neither.
	matmul("MatMul/blocked", 301, []int{67, 301}, []int{301, 53}),
	{Name: "Linear", Args: []Arg{in(reals, N, 4), in(reals, 3, 4), in(reals, 3)}, Terms: terms(5), Roundings: 2, Forward: linear},
	{Name: "Linear/without bias", Args: []Arg{in(reals, N, 4), in(reals, 3, 4)}, Terms: terms(4), Roundings: 2, Forward: linear},
	{Name: "Linear/sequence", Args: []Arg{in(reals, N, 2, 4), in(reals, 3, 4), in(reals, 3)}, Terms: terms(5), Roundings: 2,
		Forward: linear},
	{Name: "Linear/no inputs", Args: []Arg{in(reals, N, 0), in(reals, 3, 0), in(reals, 3)}, Forward: linear},
	{Name: "Linear/one output", Args: []Arg{in(reals, N, 37), in(reals, 1, 37), in(reals, 1)}, Terms: terms(38), Roundings: 2,
		Forward: linear},
	{Name: "Linear/blocked", Args: []Arg{in(reals, N, 261), in(reals, 70, 261), in(reals, 70)}, Terms: terms(262), Roundings: 2,
		Forward: linear},
	{Name: "Linear/shared weights", Args: []Arg{in(reals, N, 3), in(reals, 3, 3), in(reals, 3)}, Terms: terms(16), Roundings: 8,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor {
			return xs[0].Linear(xs[1], xs[2]).Tanh().Linear(xs[1], xs[2])
		}},
}
