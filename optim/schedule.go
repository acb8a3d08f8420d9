package optim

import "math"

// Schedule is the learning rate of a step, counted from 0. Beyond its last step a schedule keeps its last rate.
type Schedule func(step int) float64

// Constant is one rate for all steps.
func Constant(rate float64) Schedule {
	checkRate("Constant", "rate", rate)
	return func(int) float64 { return rate }
}

// StepDecay multiplies the rate by factor after each run of every steps: base·factor^(step/every). torch's StepLR.
func StepDecay(base, factor float64, every int) Schedule {
	checkRate("StepDecay", "base", base)
	checkRate("StepDecay", "factor", factor)
	expect(every >= 1, "StepDecay", "every is %d: at least 1 is expected", every)
	return func(step int) float64 { return base * math.Pow(factor, float64(step/every)) }
}

// Cosine falls from base to 0 over half a cosine (Loshchilov and Hutter 2017), after warmup steps of a straight rise
// whose last rate is base. It ends at steps, the warm-up included; without it it is torch's CosineAnnealingLR.
func Cosine(base float64, warmup, steps int) Schedule {
	checkRate("Cosine", "base", base)
	expect(warmup >= 0 && steps > warmup, "Cosine", "warmup is %d of %d steps: fewer than all are expected", warmup, steps)
	return func(step int) float64 {
		if step < warmup {
			return base * float64(step+1) / float64(warmup)
		}
		return cosine(base, 0, float64(step-warmup)/float64(steps-warmup))
	}
}

// OneCycle rises from peak/25 to peak over the first 30 % of steps and falls to peak/250000 at the last one, both over
// half a cosine (Smith and Topin 2018). torch's OneCycleLR with its defaults, but for the momentum, which stays.
func OneCycle(peak float64, steps int) Schedule {
	checkRate("OneCycle", "peak", peak)
	expect(steps >= 1, "OneCycle", "steps is %d: at least 1 is expected", steps)
	const rise, div, finalDiv = 0.3, 25, 1e4
	first, last := peak/div, peak/div/finalDiv
	top, end := rise*float64(steps)-1, float64(steps-1) // the step of the peak need not be a whole number
	return func(step int) float64 {
		if s := float64(step); s > top {
			return cosine(peak, last, (s-top)/(end-top))
		}
		return cosine(first, peak, float64(step)/top)
	}
}

// cosine goes from a to b as x goes from 0 to 1.
func cosine(a, b, x float64) float64 {
	if x >= 1 {
		return b
	}
	return b + (a-b)/2*(1+math.Cos(math.Pi*x))
}

func checkRate(op, name string, rate float64) {
	expect(rate >= 0 && !math.IsInf(rate, 1), op, "%s is %v: a finite number of at least 0 is expected", name, rate)
}
