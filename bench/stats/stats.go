// Package stats is the statistics of times: nothing is assumed of how they are distributed, because they are not normal.
//
// The median has a confidence interval from order statistics, and two samples are compared by the U-test of Mann and
// Whitney (1947), with exact probabilities. golang.org/x/perf/benchmath, which benchstat stands on, computes the same;
// the module in folder xperf compares them.
package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Summary is a sample's median and where the true one lies.
type Summary struct {
	Median    float64 `json:"median"`
	Low       float64 `json:"low"` // the interval's ends are values of the sample
	High      float64 `json:"high"`
	Certainty float64 `json:"certainty"` // the interval's real confidence: at least what was asked for, if N allows it
	N         int     `json:"n"`
}

// Spread is half the interval's width, relative to the median.
func (s Summary) Spread() float64 { return (s.High - s.Low) / 2 / s.Median }

// Summarise gives the median of a sample, with an interval that holds the true median with at least so much confidence
// (0.95). Samples too small for that (below 6 for 0.95) have the interval from smallest to largest, and say what it is
// worth. An empty sample gives NaN.
func Summarise(sample []float64, confidence float64) Summary {
	s := Summary{Median: Median(sample), Low: math.NaN(), High: math.NaN(), N: len(sample)}
	n := len(sample)
	if n == 0 {
		return s
	}
	sorted := slices.Sorted(slices.Values(sample))
	// Between the k-th smallest and the k-th largest lies the median unless fewer than k values fall on one side of it.
	outside := func(k int) float64 { return 2 * distuv.Binomial{N: float64(n), P: 0.5}.CDF(float64(k-1)) }
	k := 1
	for k+1 <= n/2 && outside(k+1) <= 1-confidence {
		k++
	}
	s.Low, s.High, s.Certainty = sorted[k-1], sorted[n-k], max(0, 1-outside(k))
	return s
}

// Median is the middle of a sample, NaN of an empty one.
func Median(sample []float64) float64 { return Quantile(sample, 0.5) }

// Quantile is the value below which the part q of a sample lies, between two values by a straight line. NaN if there
// are none.
func Quantile(sample []float64, q float64) float64 {
	if len(sample) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(sample))
	at := q * float64(len(sorted)-1)
	i := min(int(at), max(0, len(sorted)-2))
	if len(sorted) == 1 {
		return sorted[0]
	}
	part := at - float64(i)
	return sorted[i]*(1-part) + sorted[i+1]*part
}
