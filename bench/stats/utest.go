package stats

import (
	"math"
	"slices"
)

// UTest is the probability that two samples differ in their ranks as much as these, or more, if both came from one
// distribution: the two-sided U-test of Mann and Whitney (1947), exact also where values are equal. 1 if one is empty.
//
// All ways to choose which len(a) of the values are a's are equally likely then; it counts those whose sum of ranks is as
// far out.
func UTest(a, b []float64) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 1
	}
	ranks, sum := ranksOf(a, b)
	total := 0
	for _, r := range ranks {
		total += r
	}
	// ways[k][s]: how many choices of k of the values seen so far have doubled ranks that sum to s; as a share of all, to
	// stay within float64.
	ways := make([][]float64, len(a)+1)
	for k := range ways {
		ways[k] = make([]float64, total+1)
	}
	ways[0][0] = 1
	for i, r := range ranks {
		for k := min(i+1, len(a)); k > 0; k-- {
			for s := total; s >= r; s-- {
				ways[k][s] += ways[k-1][s-r]
			}
		}
	}
	all, below, above := 0.0, 0.0, 0.0
	for s, w := range ways[len(a)] {
		all += w
		if s <= sum {
			below += w
		}
		if s >= sum {
			above += w
		}
	}
	return math.Min(1, 2*min(below, above)/all)
}

// ranksOf gives twice the rank of each value of both samples in ascending order (equal ones share the mean of theirs),
// and the sum of those of a.
func ranksOf(a, b []float64) (ranks []int, sum int) {
	all := slices.Sorted(slices.Values(slices.Concat(a, b)))
	of := map[float64]int{}
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j] == all[i] {
			j++
		}
		of[all[i]] = i + 1 + j // twice the mean of the ranks i+1 … j
		for range j - i {
			ranks = append(ranks, i+1+j)
		}
		i = j
	}
	for _, v := range a {
		sum += of[v]
	}
	return ranks, sum
}

// Ratios are the quotients of a's and b's values of the same round: what both suffered in a round cancels.
func Ratios(a, b []float64) []float64 {
	out := make([]float64, min(len(a), len(b)))
	for i := range out {
		out[i] = a[i] / b[i]
	}
	return out
}
