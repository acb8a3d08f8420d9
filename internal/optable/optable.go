// Package optable is a table with a row for each way to call an operation of package tensor: shapes, where its inputs
// may be sampled, which of them have a gradient, and how exact float32 is.
//
// Tests drive every row: float32 against float64, gradients against central differences, fused against unfused, eager
// against recorded, replays, and ragged and empty batches. A test fails when an exported operation has no row.
// To add an operation, add its rows to the file of its family.
package optable

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// N stands for the batch size in the shape of an [Arg].
const N = -1

// Arg is an input of a row.
type Arg struct {
	Shape  []int
	Sample Sample
	Fixed  bool // a constant: integers, conditions, targets, and inputs of functions that are flat or jump
}

// Row is one way to call an operation. Name is the operation's exported name, then what is special: "Conv2D/stride".
type Row struct {
	Name string
	Args []Arg
	// Forward computes the row. It receives a tensor for each of Args, then those of State.
	Forward func(p *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor
	// State makes the parameters that the operation reads or changes beside its inputs, such as a running mean.
	State func() []*tensor.Tensor

	Inference bool // run in an inference pass, without gradients
	// Terms is the length of the longest sum behind one output for a batch of n; nil means 1.
	Terms func(n int) int
	// Roundings is the c of check.Tolerance: how many roundings one term suffers. 0 means that float32 is exact.
	Roundings float64
	Fused     bool // a plan makes one engine call of its operations, whose sums may run in another order
	MinBatch  int  // smallest batch the operation is defined for
}

// Op is the exported name of the operation.
func (r Row) Op() string {
	op, _, _ := strings.Cut(r.Name, "/")
	return op
}

// Batched reports whether the row has a batch dimension.
func (r Row) Batched() bool {
	return slices.ContainsFunc(r.Args, func(a Arg) bool { return slices.Contains(a.Shape, N) })
}

// Differentiable are the places of the inputs that have a gradient.
func (r Row) Differentiable() []int {
	var places []int
	for i, a := range r.Args {
		if !a.Fixed {
			places = append(places, i)
		}
	}
	return places
}

// Draw samples the inputs for a batch of n. The values are float32 or integers, so every device computes with the same.
func (r Row) Draw(rng *rand.Rand, n int) []tensor.Array {
	xs := make([]tensor.Array, len(r.Args))
	for i, a := range r.Args {
		shape := slices.Clone(a.Shape)
		for d := range shape {
			if shape[d] == N {
				shape[d] = n
			}
		}
		xs[i] = a.Sample(rng, shape)
	}
	return xs
}

// Rows is the table.
var Rows = slices.Concat(
	unary, activations, binary, comparisons, choices,
	products, convolutions, transposedConvolutions, pools, recurrences,
	reductions, softmaxes, norms, losses,
	shapes, joins, lookups, sources,
	fusions,
)

func terms(k int) func(int) int        { return func(int) int { return k } }
func termsPerRow(k int) func(int) int  { return func(n int) int { return k * n } }
func in(s Sample, shape ...int) Arg    { return Arg{Shape: shape, Sample: s} }
func fixed(s Sample, shape ...int) Arg { return Arg{Shape: shape, Sample: s, Fixed: true} }
