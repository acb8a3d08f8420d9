package layers

import (
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// open is a device that computes in float64, or in float32.
func open(t testing.TB, float tensor.DType) *tensor.Device {
	t.Helper()
	return tensorcheck.Open(t, tensor.Options{Float: float})
}

// run is what f returns, in a pass of its own.
func run(t testing.TB, dev *tensor.Device, m tensor.Mode, f func(p *tensor.Pass) *tensor.Tensor) tensor.Array {
	t.Helper()
	var out tensor.Array
	err := dev.Run(m, func(p *tensor.Pass) error {
		out = f(p).Array()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// draw is an array of normal numbers.
func draw(rng *rand.Rand, shape ...int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = rng.NormFloat64()
	}
	return tensor.ArrayOf(v, shape...)
}
