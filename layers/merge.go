package layers

import (
	"math/rand/v2"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Merges without parameters.
type (
	// Concat puts features side by side, [n, d1], [n, d2] -> [n, d1+d2].
	Concat struct{}
	// Add is their sum; all have one width.
	Add struct{}
	// Multiply is their elementwise product; all have one width.
	Multiply struct{}
)

// Forward joins xs.
func (c Concat) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	expect(len(xs) > 0, "Concat", "no input: at least one is expected")
	return saw(c, tensor.Concat(-1, xs...))
}

// Forward adds xs.
func (a Add) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	return saw(a, fold("Add", (*tensor.Tensor).Add, xs))
}

// Forward multiplies xs.
func (m Multiply) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	return saw(m, fold("Multiply", (*tensor.Tensor).Mul, xs))
}

// fold insists on one shape: broadcasting a feature of width 1 over another would hide a mistake.
func fold(op string, f func(a, b *tensor.Tensor) *tensor.Tensor, xs []*tensor.Tensor) *tensor.Tensor {
	expect(len(xs) > 0, op, "no input: at least one is expected")
	y := xs[0]
	for _, x := range xs[1:] {
		expect(sameShape(x, y), op, "%v and %v: features of one width are expected", y.Shape(), x.Shape())
		y = f(y, x)
	}
	return y
}

func sameShape(a, b *tensor.Tensor) bool { return slices.Equal(a.Shape(), b.Shape()) }

// Gated weighs two inputs against each other, feature by feature: g⊙a' + (1-g)⊙b' with a' = tanh(A·a), b' = tanh(B·b),
// g = σ(Gate·[a, b]). The gated multimodal unit (Arevalo et al. 2017).
type Gated struct{ A, B, Gate *Dense }

// NewGated merges [n, a] and [n, b] into [n, out].
func NewGated(rng *rand.Rand, a, b, out int) *Gated {
	return &Gated{A: NewDense(rng, a, out), B: NewDense(rng, b, out), Gate: NewDense(rng, a+b, out)}
}

// Forward merges two inputs.
func (g *Gated) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	expect(len(xs) == 2, "Gated", "%d inputs: 2 are expected", len(xs))
	a, b := g.A.Forward(xs[0]).Tanh(), g.B.Forward(xs[1]).Tanh()
	gate := g.Gate.Forward(tensor.Concat(-1, xs...)).Sigmoid()
	// g·a + (1-g)·b in one product less.
	return saw(g, b.Add(gate.Mul(a.Sub(b))))
}

// Bilinear is a bilinear form of two inputs whose matrices have a low rank: output o is the sum over its Rank rows r of
// (A·a)[o,r]·(B·b)[o,r]. Multimodal factorised bilinear pooling (Yu et al. 2017), without its normalisation.
type Bilinear struct {
	A, B *Dense // to [n, out·Rank]
	Rank int
}

// NewBilinear merges [n, a] and [n, b] into [n, out].
func NewBilinear(rng *rand.Rand, a, b, out, rank int) *Bilinear {
	expect(rank >= 1 && out >= 1, "NewBilinear", "out is %d and rank is %d: at least 1 is expected", out, rank)
	return &Bilinear{A: NewDense(rng, a, out*rank), B: NewDense(rng, b, out*rank), Rank: rank}
}

// Forward merges two inputs.
func (b *Bilinear) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	expect(len(xs) == 2, "Bilinear", "%d inputs: 2 are expected", len(xs))
	y := b.A.Forward(xs[0]).Mul(b.B.Forward(xs[1]))
	if b.Rank > 1 {
		y = y.Reshape(y.Dim(0), y.Dim(1)/b.Rank, b.Rank).Sum(2)
	}
	return saw(b, y)
}
