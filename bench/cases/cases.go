// Package cases is what the harness measures: the table of cases, what each costs at least, and the numbers that all
// peers compute it from.
package cases

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

// Case is something to measure, with what the harness alone needs to know of it.
type Case struct {
	wire.Case
	Flops float64 // additions and multiplications of the plain algorithm; 0: not what it is measured by
	Bytes float64 // the fewest that must be read and written
	// Tolerance is how far results may be from each other, as a part of the size of the numbers (see package gate).
	Tolerance Tolerance
	Memory    int64 // what a peer may need at most, in bytes
	Fresh     bool  // measured in a process of its own, whose peak memory is the case's
	Quick     bool  // part of a quick run
	Samples   int   // so many at most, where one takes long; 0: as many as the run asks for
	Items     int   // samples of data in one computation, where their rate is of interest
	Once      bool  // a sample is one computation, which nothing warms up
	Start     bool  // a sample is a new process, from its start to the end of its first computation
	Inputs    func(rng *rand.Rand) (Tensors, error)
}

// Tensors are a case's inputs, or its results, by name.
type Tensors map[string]tensor.Array

// Tolerance is how far results may be from each other: of each result by the beginning of its name, "" for all others.
type Tolerance map[string]Bound

// Bound is a relative error. Each element is held to it or, with Whole, all differences together: where a ReLU has its
// kink, or two elements of a pooling are equal, a rounding error makes single gradients differ by all they are.
type Bound struct {
	Relative float64
	Whole    bool
}

// each bounds every element of all results.
func each(relative float64) Tolerance { return Tolerance{"": {Relative: relative}} }

// Of is the tolerance of a result.
func (t Tolerance) Of(name string) Bound {
	best, bound := -1, Bound{}
	for begin, b := range t {
		if strings.HasPrefix(name, begin) && len(begin) > best {
			best, bound = len(begin), b
		}
	}
	return bound
}

// Rounding is the tolerance of sums of k products in float32. Rounding errors add up as a random walk, so that they grow
// with √k; c = 16 leaves room for Winograd's algorithm, whose error is about five times that of a plain sum (Lavin and
// Gray 2016). In TF32 and BF16 each operand is rounded too, to 10 or 7 bits.
func Rounding(precision string, k int) Tolerance {
	const c, epsilon = 16, 1. / (1 << 23)
	operand := map[string]float64{"tf32": 1. / (1 << 11), "bf16": 1. / (1 << 8)}[precision]
	return each(c * (operand + epsilon*math.Sqrt(float64(max(k, 1)))))
}

// Precisions are those that cases come in.
var Precisions = []string{"fp32", "tf32", "bf16"}

// All are the cases in one precision, in the order in which they are measured.
func All(precision string) (all []Case) {
	all = slices.Concat(gemms(precision), convolutions(precision))
	if precision == "fp32" { // the others are precisions of products
		all = append(all, operations()...)
	}
	all = append(all, recurrences(precision)...)
	all = append(all, trainings(precision)...)
	if precision == "fp32" {
		all = append(all, uses()...)
	}
	for i := range all {
		all[i].Precision = precision
		all[i].Sets = max(all[i].Sets, 1)
		if precision != "fp32" {
			all[i].Name += " " + precision
		}
	}
	return all
}

// Select are the cases whose names match one of the patterns: "gemm" is all that begin so, * any text. No patterns: all,
// or with quick those of a quick run.
func Select(all []Case, patterns []string, quick bool) ([]Case, error) {
	if len(patterns) == 0 {
		return slices.DeleteFunc(slices.Clone(all), func(c Case) bool { return quick && !c.Quick }), nil
	}
	var out []Case
	used := make([]bool, len(patterns))
	for _, c := range all {
		for i, p := range patterns {
			hit, err := Match(p, c.Name)
			if err != nil {
				return nil, err
			}
			if hit {
				used[i] = true
				out = append(out, c)
				break
			}
		}
	}
	for i, p := range patterns {
		if !used[i] {
			return nil, fmt.Errorf("bench: --cases %q: no case is called so; bench list shows them", p)
		}
	}
	return out, nil
}

// Match reports whether a case's name begins as pattern, in which * is any text.
func Match(pattern, name string) (bool, error) {
	// Names hold spaces and slashes; path.Match's * stops at none but those.
	flat := strings.NewReplacer("/", "|")
	hit, err := path.Match(flat.Replace(pattern)+"*", flat.Replace(name))
	if err != nil {
		return false, fmt.Errorf("bench: --cases %q: %w", pattern, err)
	}
	return hit, nil
}

// Reals are numbers from [-1, 1): never all zeros, of which some machines make less work.
func Reals(rng *rand.Rand, shape ...int) tensor.Array {
	v := make([]float32, size(shape))
	for i := range v {
		v[i] = 2*rng.Float32() - 1
	}
	return tensor.ArrayOf(v, shape...)
}

// Below are integers from 0 to n-1.
func Below(rng *rand.Rand, n int, shape ...int) tensor.Array {
	v := make([]int32, size(shape))
	for i := range v {
		v[i] = rng.Int32N(int32(n))
	}
	return tensor.ArrayOf(v, shape...)
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
