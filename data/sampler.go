package data

import (
	"math/rand/v2"
	"slices"
)

// Sampler chooses the rows of an epoch, in their order. n is the number of rows there are, and rng depends on the
// loader's seed and the epoch.
type Sampler interface {
	Rows(n int, rng *rand.Rand) []int
}

// balanced draws every class equally often.
type balanced struct{ classes [][]int }

// Balanced draws as many rows as there are, every class equally often: rare classes come again, of frequent ones
// some rows are left out, others in every epoch.
func Balanced(labels []int32) Sampler {
	if len(labels) == 0 {
		misuse("Balanced", "there are no labels, expected one for each row")
	}
	return balanced{rowsByClass(labels)}
}

// Rows goes round the classes and through each class in random order, again and again, until there are n.
func (s balanced) Rows(n int, rng *rand.Rand) []int {
	total := 0
	queues := make([][]int, len(s.classes))
	for i, rows := range s.classes {
		total += len(rows)
		queues[i] = slices.Clone(rows)
	}
	if total != n {
		misuse("Balanced", "there are %d labels for %d rows, expected one for each row", total, n)
	}
	next := make([]int, len(queues))
	order := rng.Perm(len(queues)) // who gets the remainder
	out := make([]int, n)
	for i := range out {
		c := order[i%len(order)]
		q := queues[c]
		if next[c]%len(q) == 0 {
			rng.Shuffle(len(q), func(i, j int) { q[i], q[j] = q[j], q[i] })
		}
		out[i] = q[next[c]%len(q)]
		next[c]++
	}
	rng.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// ClassWeights is the other remedy for rare classes, for the loss: weight n/(classes*count) for each class from 0 to
// the highest label, where classes counts those that occur (as scikit-learn's "balanced"). A class that does not occur
// has weight 0.
func ClassWeights(labels []int32) []float32 {
	var counts []int
	present := 0
	for row, l := range labels {
		if l < 0 {
			misuse("ClassWeights", "the label of row %d is %d, expected a class from 0", row, l)
		}
		for int(l) >= len(counts) {
			counts = append(counts, 0)
		}
		if counts[l] == 0 {
			present++
		}
		counts[l]++
	}
	weights := make([]float32, len(counts))
	for c, n := range counts {
		if n > 0 {
			weights[c] = float32(float64(len(labels)) / float64(present*n))
		}
	}
	return weights
}
