package data

import (
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// LongTail chooses rows so that each class is rarer than the one before, and the last ratio times rarer than the first: of
// k classes number i keeps a share ratio^(-i/(k-1)) of what the rarest has (Cao et al. 2019). Rows come in ascending order.
// It makes a data set to try remedies for rare classes on.
func LongTail(labels []int32, ratio float64, seed uint64) []int {
	if !(ratio >= 1) {
		misuse("LongTail", "ratio is %v, expected 1 or more", ratio)
	}
	last := int32(0)
	for _, l := range labels {
		last = max(last, l)
	}
	rows := longTail(labels, 0, int(last)+1, ratio, seed)
	slices.Sort(rows)
	return rows
}

// longTail thins the classes from first to end out.
func longTail(labels []int32, first, end int, ratio float64, seed uint64) []int {
	classes := make([][]int, end-first)
	for row, l := range labels {
		if int(l) >= first && int(l) < end {
			classes[int(l)-first] = append(classes[int(l)-first], row)
		}
	}
	fewest := len(labels)
	for _, rows := range classes {
		if len(rows) > 0 {
			fewest = min(fewest, len(rows))
		}
	}
	rng := stream(seed, purposeLongTail, uint64(first))
	var chosen []int
	for i, rows := range classes {
		keep := int(math.Round(float64(fewest) * math.Pow(ratio, -float64(i)/float64(max(len(classes)-1, 1)))))
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		chosen = append(chosen, rows[:min(max(keep, 1), len(rows))]...)
	}
	return chosen
}

// take is some rows of p, in ascending order, with all of its images.
func (p *Pairs) take(rows []int) *Pairs {
	slices.Sort(rows)
	q := *p
	q.Rows = nil
	for _, row := range rows {
		i := int32(row)
		if p.Rows != nil {
			i = p.Rows[row]
		}
		q.Rows = append(q.Rows, i)
	}
	for _, a := range []*tensor.Array{&q.Texts, &q.Labels, &q.Has} {
		var taken tensor.Array
		gather(&taken, *a, rows, nil)
		*a = taken
	}
	return &q
}
