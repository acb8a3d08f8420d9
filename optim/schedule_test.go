package optim

import (
	"math"
	"testing"
)

// Rates of PyTorch 2.15: OneCycleLR(max_lr, total_steps), CosineAnnealingLR(T_max), SequentialLR of LinearLR(1/4, 1, 3)
// and CosineAnnealingLR(10) at milestone 4, StepLR(3, 0.1).
func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Schedule
		want map[int]float64
	}{
		{"OneCycle of 100", OneCycle(3e-3, 100), map[int]float64{
			0: 0.00011999999999999988, 1: 0.00012844134169772217, 10: 0.0008854918453923021, 29: 0.003,
			30: 0.002998489605853573, 50: 0.002381680351727196, 98: 1.5223941464273639e-06, 99: 1.2e-08, 500: 1.2e-08,
		}},
		{"OneCycle of 7, whose peak lies between steps", OneCycle(1, 7), map[int]float64{
			0: 0.040000000000000036, 1: 0.9805566273349586, 2: 0.9190443762697106, 3: 0.6726838364805451,
			4: 0.35773877573965707, 5: 0.0992967918932656, 6: 4e-06,
		}},
		{"OneCycle of 3, which begins behind its peak", OneCycle(1, 3), map[int]float64{
			0: 0.9944154354509117, 1: 0.46263710266697505, 2: 4e-06,
		}},
		{"OneCycle of 1", OneCycle(1, 1), map[int]float64{0: 4e-06, 1: 4e-06}},
		{"Cosine", Cosine(1, 0, 10), map[int]float64{
			0: 1, 1: 0.9755282581475768, 3: 0.7938926261462366, 5: 0.5, 9: 0.024471741852423234, 10: 0, 11: 0,
		}},
		{"Cosine with warm-up", Cosine(1, 4, 14), map[int]float64{
			0: 0.25, 1: 0.5, 2: 0.75, 3: 1, 4: 1, 5: 0.9755282581475768, 9: 0.5, 13: 0.024471741852423234,
		}},
		{"StepDecay", StepDecay(1, 0.1, 3), map[int]float64{0: 1, 2: 1, 3: 0.1, 5: 0.1, 6: 0.01, 7: 0.01}},
		{"Constant", Constant(0.5), map[int]float64{0: 0.5, 1000: 0.5}},
	} {
		for step, want := range c.want {
			// PyTorch multiplies factors step by step in some schedules: a few roundings, relative to the peak.
			if got := c.s(step); !(math.Abs(got-want) <= 1e-15) {
				t.Errorf("%s: rate %v at step %d, want %v", c.name, got, step, want)
			}
		}
	}
}

func TestScheduleLiterals(t *testing.T) {
	wantMistake(t, "optim.OneCycle: steps is 0: at least 1 is expected", func() { OneCycle(1, 0) })
	wantMistake(t, "optim.OneCycle: peak is NaN", func() { OneCycle(math.NaN(), 1) })
	wantMistake(t, "optim.Cosine: warmup is 5 of 5 steps", func() { Cosine(1, 5, 5) })
	wantMistake(t, "optim.StepDecay: every is 0", func() { StepDecay(1, 0.1, 0) })
	wantMistake(t, "optim.Constant: rate is -1", func() { Constant(-1) })
}
