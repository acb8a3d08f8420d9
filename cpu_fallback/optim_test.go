package cpu

import (
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// follow is one step of a rule on one parameter by the formulas of the papers, in float64.
func follow(r rule, o engine.Update, rate, step, norm float64, decayed bool, p, g, s1, s2 *float64) {
	d, decay := *g, 0.0
	if decayed {
		decay = o.Decay
	}
	if o.ClipNorm > 0 && norm+1e-6 > o.ClipNorm {
		d *= o.ClipNorm / (norm + 1e-6)
	}
	if o.ClipValue > 0 {
		d = math.Max(-o.ClipValue, math.Min(o.ClipValue, d))
	}
	old := *p
	if o.Decoupled && r != rmsProp {
		*p -= rate * decay * old
	} else {
		d += decay * old
	}
	switch r {
	case sgd:
		if o.Momentum != 0 {
			if step == 1 {
				*s1 = d
			} else {
				*s1 = o.Momentum**s1 + d
			}
			if o.Nesterov {
				d += o.Momentum * *s1
			} else {
				d = *s1
			}
		}
		*p -= rate * d
	case adam:
		*s1 = o.Beta1**s1 + (1-o.Beta1)*d
		*s2 = o.Beta2**s2 + (1-o.Beta2)*d*d
		*p -= rate * (*s1 / (1 - math.Pow(o.Beta1, step))) / (math.Sqrt(*s2/(1-math.Pow(o.Beta2, step))) + o.Eps)
	case rmsProp:
		*s1 = o.Beta2**s1 + (1-o.Beta2)*d*d
		d /= math.Sqrt(*s1) + o.Eps
		if o.Momentum != 0 {
			*s2 = o.Momentum**s2 + d
			d = *s2
		}
		*p -= rate * d
	}
}

// optimCase is a rule and its numbers. Slots start as garbage where the first step must not read them.
type optimCase struct {
	name   string
	rule   rule
	o      engine.Update
	absent int // slots that are absent: 2 is S2, 3 both
	first  float64
}

var optimCases = []optimCase{
	{"SGD", sgd, engine.Update{}, 3, 0},
	{"SGD, decay", sgd, engine.Update{Decay: 0.1}, 3, 0},
	{"SGD, decoupled", sgd, engine.Update{Decay: 0.1, Decoupled: true, Momentum: 0.9}, 2, 0},
	{"SGD, momentum", sgd, engine.Update{Momentum: 0.9, Decay: 0.01}, 2, math.NaN()},
	{"SGD, Nesterov", sgd, engine.Update{Momentum: 0.9, Nesterov: true, ClipValue: 0.3}, 2, 55},
	{"Adam", adam, engine.Update{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}, 0, 0},
	{"Adam, decay and clipping", adam, engine.Update{Beta1: 0.8, Beta2: 0.9, Eps: 1e-6, Decay: 0.1, ClipNorm: 1.5, ClipValue: 0.2}, 0, 0},
	{"AdamW", adam, engine.Update{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Decay: 0.1, Decoupled: true, ClipNorm: 100}, 0, 0},
	{"RMSProp", rmsProp, engine.Update{Beta2: 0.9, Eps: 1e-8, Decay: 0.1}, 2, 0},
	{"RMSProp, momentum", rmsProp, engine.Update{Beta2: 0.9, Eps: 1e-8, Momentum: 0.9, ClipNorm: 1.5, Decoupled: true, Decay: 0.1}, 0, 0},
}

const optimSteps = 10

// trajectory is the parameters after ten steps: on the engine, and by the formulas with wrong called in each step.
func trajectory[T float](t *testing.T, c optimCase, n, decayed int, wrong func(p []float64)) (got []T, want []float64) {
	o := c.o
	o.Decayed = decayed
	start := normals(n, 11)
	slots := [2][]float64{make([]float64, n), make([]float64, n)}
	p, g := make([]T, n), make([]T, n)
	for i, v := range start {
		p[i], slots[0][i] = T(v), c.first
		start[i] = float64(p[i])
	}
	narrow := func(x []float64) []T {
		y := make([]T, len(x))
		for i, v := range x {
			y[i] = T(v)
		}
		return y
	}
	var rates, steps, norms []T
	o.Param, p = fenced(t, p...)
	o.Grad, g = fenced(t, g...)
	o.Rate, rates = blank[T](t, 1)
	o.Step, steps = blank[T](t, 1)
	o.Norm, norms = blank[T](t, 1)
	if c.absent&1 == 0 {
		o.S1, _ = fenced(t, narrow(slots[0])...)
	}
	if c.absent&2 == 0 {
		o.S2, _ = fenced(t, narrow(slots[1])...)
	}
	s := newStream(t)
	run := [...]func(engine.Update) error{sgd: s.SGD, adam: s.Adam, rmsProp: s.RMSProp}[c.rule]
	for step := 1; step <= optimSteps; step++ {
		rates[0], steps[0], norms[0] = T(0.1/float64(step)), T(step), T(0.5*float64(step))
		for i := range g {
			g[i] = T(math.Sin(float64(i*7+step*3))/2 + start[i]/4)
			d := float64(g[i])
			follow(c.rule, o, float64(rates[0]), float64(step), float64(norms[0]), i < decayed, &start[i], &d, &slots[0][i], &slots[1][i])
		}
		must(t, run(o))
		wrong(start)
	}
	return p, start
}

func TestOptimisers(t *testing.T) {
	right := func([]float64) {}
	for _, c := range optimCases {
		for _, s := range [][2]int{{0, 0}, {1, 1}, {5, 3}, {2*heavyGrain + 9, heavyGrain + 5}, {heavyGrain, 1 << 20}} {
			what := fmt.Sprintf("%s, %d of which %d decay", c.name, s[0], s[1])
			wide, want := trajectory[float64](t, c, s[0], s[1], right)
			expect(t, what, wide, want, 1e-13, 1e-13)
			// g/(sqrt(s)+eps) amplifies the rounding of a small second moment; 10 steps of a few roundings each.
			narrow, want := trajectory[float32](t, c, s[0], s[1], right)
			expect(t, what+" float32", narrow, want, 1e-5, 1e-5)
		}
	}
}

func TestOptimisersGoRed(t *testing.T) {
	for _, c := range optimCases {
		got, want := trajectory[float32](t, c, 50, 50, func(p []float64) { p[13] *= 1 + 1e-4 })
		if disagrees(got, want, 1e-5, 1e-5) != 13 {
			t.Errorf("%s: an update that is 1e-4 wrong passes", c.name)
		}
		if c.o.Decay != 0 {
			c.o.Decay *= 1.1
			wrong, _ := trajectory[float32](t, c, 50, 50, func([]float64) {})
			if i := disagrees(wrong, want, 1e-5, 1e-5); i < 0 || i > 3 {
				t.Errorf("%s: another decay passes", c.name)
			}
		}
	}
}
