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

// optimCase is a rule and its numbers. Slots start as garbage where the first step must not read them.
type optimCase struct {
	name   string
	rule   func(engine.Stream, engine.Update) error
	o      engine.Update
	absent int // slots that are absent: 2 is S2, 3 both
	first  float64
}

var optimCases = []optimCase{
	{"SGD", engine.Stream.SGD, engine.Update{}, 3, 0},
	{"SGD, decay", engine.Stream.SGD, engine.Update{Decay: 0.1}, 3, 0},
	{"SGD, decoupled", engine.Stream.SGD, engine.Update{Decay: 0.1, Decoupled: true, Momentum: 0.9}, 2, 0},
	{"SGD, momentum", engine.Stream.SGD, engine.Update{Momentum: 0.9, Decay: 0.01}, 2, math.NaN()},
	{"SGD, Nesterov", engine.Stream.SGD, engine.Update{Momentum: 0.9, Nesterov: true, ClipValue: 0.3}, 2, 55},
	{"SGD, slot unused", engine.Stream.SGD, engine.Update{ClipNorm: 1}, 2, 55},
	{"Adam", engine.Stream.Adam, engine.Update{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, 0, 0},
	{"Adam, no memory", engine.Stream.Adam, engine.Update{Beta2: 0.5, Eps: 1e-3}, 0, 0},
	{"Adam, decay and clipping", engine.Stream.Adam, engine.Update{Beta1: 0.8, Beta2: 0.9, Eps: 1e-6, Decay: 0.1, ClipNorm: 1.5, ClipValue: 0.2}, 0, 0},
	{"AdamW", engine.Stream.Adam, engine.Update{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Decoupled: true, ClipNorm: 100}, 0, 0},
	{"RMSProp", engine.Stream.RMSProp, engine.Update{Beta2: 0.9, Eps: 1e-8, Decay: 0.1}, 2, 0},
	{"RMSProp, momentum", engine.Stream.RMSProp, engine.Update{Beta2: 0.9, Eps: 1e-8, Momentum: 0.9, ClipNorm: 1.5, Decoupled: true, Decay: 0.1}, 0, 0},
}

const optimSteps = 5

// operands are the parameters, gradients, slots, rate, step and norm of n elements.
func (c optimCase) operands(n int) []operand {
	slot := make([]float64, n)
	for i := range slot {
		slot[i] = c.first
	}
	o := []operand{reals(gaussian(n, 11)...), output(engine.F32, n), reals(slot...), reals(slot...), output(engine.F32, 1), output(engine.F32, 1), output(engine.F32, 1)}
	for i := range 2 {
		if c.absent&(1<<i) != 0 {
			o[2+i] = operand{}
		}
	}
	return o
}

// steps is a few steps with rates, norms and gradients that are uploaded before each.
func (c optimCase) steps(decayed int) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		o := c.o
		o.Param, o.Grad, o.S1, o.S2, o.Rate, o.Step, o.Norm, o.Decayed = b[0], b[1], b[2], b[3], b[4], b[5], b[6], decayed
		for step := 1; step <= optimSteps; step++ {
			g := reals(gaussian(o.Grad.Len, uint64(step))...)
			at := float64(step)
			for i, v := range [][]float64{g.values, {float64(float32(0.1 / at))}, {at}, {0.5 * at}} {
				to := b[[]int{1, 4, 5, 6}[i]]
				if err := s.Upload(to, encode(to.DType, v)); err != nil {
					return err
				}
			}
			if err := c.rule(s, o); err != nil {
				return err
			}
		}
		return nil
	}
}

// Each step rounds a parameter a few times by ε of sizes up to 4, and Adam and RMSProp divide by roots of second moments
// which are each known to a few ε.
var optimTolerance = check.Tol{Abs: 16 * optimSteps * check.Epsilon, Rel: 4 * optimSteps * check.Epsilon, NaN: true}

func TestOptimisers(t *testing.T) {
	for _, c := range optimCases {
		for _, n := range ragged {
			for _, decayed := range []int{n, n / 3} {
				parity(t, fmt.Sprintf("%s, %d of which %d decay", c.name, n, decayed), optimTolerance, c.operands(n), c.steps(decayed))
			}
		}
	}
}

// A NaN among the gradients, or as their norm, shows in the parameters as it does on the CPU: clipping does not hide it.
func TestOptimisersNaN(t *testing.T) {
	for _, c := range optimCases {
		c.first = 0.5
		o := c.operands(5)
		o[1] = reals(1, -2, math.NaN(), 0.1, 0)
		for i, v := range []float64{0.1, 1, math.NaN()} {
			o[4+i].values[0] = v
		}
		parity(t, c.name, optimTolerance, o, func(s engine.Stream, b []engine.Buffer) error {
			u := c.o
			u.Param, u.Grad, u.S1, u.S2, u.Rate, u.Step, u.Norm = b[0], b[1], b[2], b[3], b[4], b[5], b[6]
			return c.rule(s, u)
		})
	}
}

func TestOptimisersGoRed(t *testing.T) {
	for _, c := range optimCases {
		o := c.operands(50)
		want, err := compute(cpu.New(), o, 0, c.steps(50))
		must(t, err)
		want[0][13] *= 1 + 1e-4
		got, err := compute(testDevice(t), o, 0, c.steps(50))
		must(t, err)
		if differ(o[:1], got, want, optimTolerance) == "" {
			t.Errorf("%s: a parameter that is 1e-4 off passes", c.name)
		}
	}
}
