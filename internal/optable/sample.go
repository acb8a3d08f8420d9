package optable

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Sample draws an array of the given shape from the domain in which an operation is defined and smooth.
type Sample func(rng *rand.Rand, shape []int) tensor.Array

func draw[T tensor.Elem](shape []int, next func() T) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]T, n)
	for i := range v {
		v[i] = next()
	}
	return tensor.ArrayOf(v, shape...)
}

// between draws evenly from [lo, hi).
func between(lo, hi float64) Sample {
	return func(rng *rand.Rand, shape []int) tensor.Array {
		return draw(shape, func() float32 { return float32(lo + (hi-lo)*rng.Float64()) })
	}
}

var (
	reals    = between(-2, 2)
	positive = between(0.5, 2.5)
	unit     = between(0.05, 0.95)
)

// apart draws reals that keep a distance from the kinks of a function: far more than the step of a difference.
func apart(kinks ...float64) Sample {
	return func(rng *rand.Rand, shape []int) tensor.Array {
		return draw(shape, func() float32 {
			for {
				x, near := 4*rng.Float64()-2, false
				for _, k := range kinks {
					near = near || math.Abs(x-k) < 0.05
				}
				if !near {
					return float32(x)
				}
			}
		})
	}
}

var (
	nonzero  = apart(0)
	uneven   = apart(-2, -1, 0, 1, 2)            // for floor and ceiling
	unhalved = apart(-1.5, -0.5, 0.5, 1.5, 0, 2) // for rounding
)

// distinct draws a shuffled grid around zero, so that no two elements tie; offset is a part of the grid's step, and two
// arrays with different offsets do not tie with each other.
func distinct(offset float64) Sample {
	return func(rng *rand.Rand, shape []int) tensor.Array {
		n := 1
		for _, d := range shape {
			n *= d
		}
		order, i := rng.Perm(n), 0
		return draw(shape, func() float32 {
			v := (float64(order[i]) - float64(n/2) + offset) / 8
			i++
			return float32(v)
		})
	}
}

// few draws -1, 0 or 1, so that many elements tie.
func few(rng *rand.Rand, shape []int) tensor.Array {
	return draw(shape, func() float32 { return float32(rng.IntN(3) - 1) })
}

// bits draws 0 or 1.
func bits(rng *rand.Rand, shape []int) tensor.Array {
	return draw(shape, func() float32 { return float32(rng.IntN(2)) })
}

// withZeros draws nonzero reals with some zeros among them.
func withZeros(rng *rand.Rand, shape []int) tensor.Array {
	return draw(shape, func() float32 { return float32(rng.IntN(3)) * (0.3 + rng.Float32()) })
}

// below draws integers from 0 to n-1.
func below(n int) Sample {
	return func(rng *rand.Rand, shape []int) tensor.Array {
		return draw(shape, func() int32 { return int32(rng.IntN(n)) })
	}
}

// bytes draws pixels.
func bytes(rng *rand.Rand, shape []int) tensor.Array {
	return draw(shape, func() uint8 { return uint8(rng.IntN(256)) })
}
