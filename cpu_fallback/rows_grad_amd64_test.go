//go:build !purego

package cpu

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// The loops in Go say what the vectors give, to the bit, odd values and what lies around included.
func TestGradVectors(t *testing.T) {
	loops := []struct {
		name string
		run  func(y, a, b []float32)
	}{
		{"leaky", func(y, a, _ []float32) { unaryLight(engine.LeakyReLU, y, a, 0.2, 0) }},
		{"abs", func(y, a, _ []float32) { unaryLight(engine.Abs, y, a, 0, 0) }},
		{"sqrt", func(y, a, _ []float32) { unaryLight(engine.Sqrt, y, a, 0, 0) }},
		{"leaky gradient", func(y, a, b []float32) { unaryBwdLight(engine.LeakyReLU, y, a, b, 0.2, 0) }},
		{"tanh gradient", func(y, a, b []float32) { unaryBwdLight(engine.Tanh, y, a, b, 0, 0) }},
		{"sigmoid gradient", func(y, a, b []float32) { unaryBwdLight(engine.Sigmoid, y, a, b, 0, 0) }},
	}
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		rng := rand.New(rand.NewPCG(3, 4))
		for _, loop := range loops {
			for n := 1; n < 140; n++ {
				a, _ := sparse(rng, n, true)
				b, _ := sparse(rng, n, true)
				y, whole := sparse(rng, n, false)
				want := slices.Clone(whole)
				at := slices.IndexFunc(whole, func(v float32) bool { return v != canary })
				scalar(func() { loop.run(want[at:at+n], a, b) })
				loop.run(y, a, b)
				if err := differ(whole, want, 0); err != nil {
					t.Fatalf("%s of %d: %v", loop.name, n, err)
				}
			}
		}
	})
}
