//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"testing"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

const site = 0xfffffff7

var states = [][]float64{{0, 0, 0, 0}, {-5, 7, 11, -13}, {math.MinInt32, math.MaxInt32, -1, 1}}

// exact runs an operation on both engines in float32 and compares bits. The buffers lie aligned to 16 bytes and not.
func exact(t *testing.T, what string, operands []operand, f operation) {
	t.Helper()
	want, err := compute(cpu.New(), operands, 0, f)
	must(t, err)
	for _, guard := range []int{0, 16} {
		got, err := compute(testDevice(t), operands, guard, f)
		must(t, err)
		if m := differ(operands, got, want, check.Tol{NaN: true}); m != "" {
			t.Errorf("%s: guards of %d: %s", what, guard, m)
		}
	}
}

func noise(normal bool, a, b float64) operation {
	return func(s engine.Stream, buffers []engine.Buffer) error {
		o := engine.Noise{Y: buffers[0], State: buffers[1], Site: site, A: a, B: b}
		if normal {
			return s.Normal(o)
		}
		return s.Uniform(o)
	}
}

func TestUniform(t *testing.T) {
	for _, n := range ragged {
		for _, state := range states {
			operands := []operand{output(engine.F32, n), ints(state...)}
			exact(t, fmt.Sprintf("%d draws of %v", n, state), operands, noise(false, 0, 1))
			exact(t, fmt.Sprintf("%d scaled draws of %v", n, state), operands, noise(false, -0.7, 1.3))
		}
	}
}

// normalTolerance is for r·cos or r·sin with r = sqrt(-2 ln u): 1ε from the logarithm, halved by the root, which rounds to
// ε/2; 1.3ε from the series and their argument; ε/2 from the product. At quarter turns, where the kernel has exact zeros,
// float64 has 1e-16.
var normalTolerance = check.Tol{Rel: 3 * check.Epsilon, Abs: 1e-15}

func TestNormal(t *testing.T) {
	for _, n := range append(ragged, 40000) {
		for _, state := range states {
			operands := []operand{output(engine.F32, n), ints(state...)}
			parity(t, fmt.Sprintf("%d draws of %v", n, state), normalTolerance, operands, noise(true, 0, 1))
		}
	}
	// Scaled and shifted, the product and the sum round again, the latter to ε/2 of 0.5 + 3·6.
	parity(t, "scaled draws", check.Tol{Rel: 4 * check.Epsilon, Abs: 10 * check.Epsilon}, []operand{output(engine.F32, 1000), ints(1, 2, 3, 4)}, noise(true, 0.5, 3))
}

// dropped has a NaN in every seventh place.
func dropped(n int) operand {
	x := reals(gaussian(n, 4)...)
	for i := 0; i < n; i += 7 {
		x.values[i] = math.NaN()
	}
	return x
}

// The last rates are draws themselves: an element whose draw equals the rate stays.
func TestDropout(t *testing.T) {
	draws, err := compute(cpu.New(), []operand{output(engine.F32, 3), ints(states[1]...)}, 0, noise(false, 0, 1))
	must(t, err)
	for _, rate := range append([]float64{0, 1e-9, 0.1, 1. / 3, 0.5, 0.9, 1 - 0x1p-24, 1}, draws[0]...) {
		for _, n := range ragged {
			exact(t, fmt.Sprintf("%d at rate %v", n, rate), []operand{output(engine.F32, n), dropped(n), ints(states[1]...)},
				func(s engine.Stream, b []engine.Buffer) error {
					return s.Dropout(engine.Dropout{Y: b[0], X: b[1], State: b[2], Site: site, Rate: rate})
				})
		}
	}
}

// Another site, another word of the state and another order of the pair are different numbers.
func TestNormalGoesRed(t *testing.T) {
	o := []operand{output(engine.F32, 64), ints(1, 2, 3, 4)}
	want, err := compute(cpu.New(), o, 0, noise(true, 0, 1))
	must(t, err)
	for i := range 4 {
		other := ints(1, 2, 3, 4)
		other.values[i]++
		got, err := compute(testDevice(t), []operand{o[0], other}, 0, noise(true, 0, 1))
		must(t, err)
		if check.Diff(got[0], want[0], normalTolerance) == "" {
			t.Errorf("word %d of the state does not matter", i)
		}
	}
}
