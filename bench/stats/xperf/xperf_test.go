// Package xperf compares package stats with golang.org/x/perf/benchmath. It is a module of its own, so that whoever
// imports the library does not inherit its requirements.
package xperf

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/bench/stats"
	"golang.org/x/perf/benchmath"
)

func draw(rng *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Exp(rng.NormFloat64() / 4)
	}
	return v
}

// Medians and probabilities are the same. Our intervals leave as many values out on either side; benchmath's leave one
// more out on one side, where the confidence allows it.
func TestAgainstBenchmath(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	thresholds := benchmath.DefaultThresholds
	for trial := range 400 {
		a, b := draw(rng, 6+rng.IntN(19)), draw(rng, 6+rng.IntN(19))
		if trial%3 == 0 {
			for i := range b {
				b[i] *= 1.3
			}
		}
		sa, sb := benchmath.NewSample(a, &thresholds), benchmath.NewSample(b, &thresholds)
		theirs, ours := benchmath.AssumeNothing.Summary(sa, 0.95), stats.Summarise(a, 0.95)
		if ours.Median != theirs.Center || ours.Low > theirs.Lo || ours.High < theirs.Hi || ours.Certainty < theirs.Confidence-1e-12 {
			t.Errorf("trial %d, %d values: ours %+v, theirs %+v", trial, len(a), ours, theirs)
		}
		p, want := stats.UTest(a, b), benchmath.AssumeNothing.Compare(sa, sb).P
		if !(math.Abs(p-want) <= 1e-9) {
			t.Errorf("trial %d, %d and %d values: p is %v, theirs %v", trial, len(a), len(b), p, want)
		}
	}
}
