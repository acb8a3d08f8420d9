package data

import (
	"math"
	"slices"
)

// Split divides s at random: a has the given fraction of the rows, b the others.
//
// Rows that share a picture may end up on both sides; where that matters, use [SplitBy].
func Split[B any](s Source[B], fraction float64, seed uint64) (a, b Source[B]) {
	checkFraction("Split", fraction)
	rows := stream(seed, purposeSplit, 0).Perm(s.Len())
	n := int(math.Round(fraction * float64(len(rows))))
	return Subset(s, rows[:n]), Subset(s, rows[n:])
}

// SplitBy divides s at random so that rows of the same group, the picture they share for example ([Pairs.Rows]), stay
// together: a has the given fraction of the groups, b the others. Both keep the order of s.
func SplitBy[B any](s Source[B], groups []int32, fraction float64, seed uint64) (a, b Source[B]) {
	if len(groups) != s.Len() {
		misuse("SplitBy", "%d groups are given, expected one for each of %d rows", len(groups), s.Len())
	}
	in, out := Grouped(groups, fraction, seed)
	return Subset(s, in), Subset(s, out)
}

// Grouped divides the rows of a data set as [SplitBy] does: a has the given fraction of the groups, b the others. Both come
// in ascending order.
func Grouped(groups []int32, fraction float64, seed uint64) (a, b []int) {
	checkFraction("SplitBy", fraction)
	all := slices.Compact(slices.Sorted(slices.Values(groups)))
	n := int(math.Round(fraction * float64(len(all))))
	first := map[int32]bool{}
	for _, i := range stream(seed, purposeSplit, 0).Perm(len(all))[:n] {
		first[all[i]] = true
	}
	for row, g := range groups {
		if first[g] {
			a = append(a, row)
		} else {
			b = append(b, row)
		}
	}
	return a, b
}

// Stratified divides the rows of a data set at random so that both parts have the same share of every class, as far as
// whole rows allow: a has the given fraction. Both come in ascending order.
func Stratified(labels []int32, fraction float64, seed uint64) (a, b []int) {
	checkFraction("Stratified", fraction)
	seen := 0
	for _, rows := range shuffledClasses(labels, seed) {
		// The total so far is rounded, not each class, so that many small classes do not all round the same way.
		seen += len(rows)
		n := int(math.Round(fraction*float64(seen))) - len(a)
		n = min(max(n, 0), len(rows))
		a = append(a, rows[:n]...)
		b = append(b, rows[n:]...)
	}
	slices.Sort(a)
	slices.Sort(b)
	return a, b
}

// Folds divides the rows of a data set at random into k parts of equal size with the same share of every class, as far
// as whole rows allow. Each comes in ascending order.
func Folds(labels []int32, k int, seed uint64) [][]int {
	if k < 2 || k > len(labels) {
		misuse("Folds", "k is %d, expected 2 to %d (the number of rows)", k, len(labels))
	}
	folds := make([][]int, k)
	next := 0
	for _, rows := range shuffledClasses(labels, seed) {
		for _, r := range rows {
			folds[next%k] = append(folds[next%k], r)
			next++
		}
	}
	for _, f := range folds {
		slices.Sort(f)
	}
	return folds
}

func checkFraction(op string, f float64) {
	if !(f >= 0 && f <= 1) {
		misuse(op, "fraction is %v, expected 0 to 1", f)
	}
}

// shuffledClasses is the rows of each class that occurs, by ascending class, in random order.
func shuffledClasses(labels []int32, seed uint64) [][]int {
	rng := stream(seed, purposeSplit, 1)
	classes := rowsByClass(labels)
	for _, rows := range classes {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	return classes
}

// rowsByClass is the rows of each class that occurs, by ascending class.
func rowsByClass(labels []int32) [][]int {
	place := map[int32]int{}
	for _, l := range labels {
		place[l] = 0
	}
	names := make([]int32, 0, len(place))
	for l := range place {
		names = append(names, l)
	}
	slices.Sort(names)
	for i, l := range names {
		place[l] = i
	}
	classes := make([][]int, len(names))
	for row, l := range labels {
		i := place[l]
		classes[i] = append(classes[i], row)
	}
	return classes
}
