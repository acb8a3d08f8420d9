package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// rowSampler is a sampler that always gives the same rows.
type rowSampler []int

func (s rowSampler) Rows(int, *rand.Rand) []int { return s }

// skewed has 70, 20, 9 and 1 rows of the classes 0, 1, 2 and 5.
func skewed() []int32 {
	labels := make([]int32, 100)
	for i := range labels {
		switch j := i * 37 % 100; {
		case j == 0:
			labels[i] = 5
		case j < 10:
			labels[i] = 2
		case j < 30:
			labels[i] = 1
		}
	}
	return labels
}

func countClasses(labels []int32, rows []int) map[int32]int {
	m := map[int32]int{}
	for _, r := range rows {
		m[labels[r]]++
	}
	return m
}

// partition fails unless the parts have every row from 0 to n-1 once.
func partition(t *testing.T, n int, parts ...[]int) {
	t.Helper()
	all := slices.Sorted(slices.Values(slices.Concat(parts...)))
	if len(all) != n {
		t.Fatalf("the parts have %d rows, expected %d", len(all), n)
	}
	for i, r := range all {
		if i != r {
			t.Fatalf("row %d is missing or comes twice", i)
		}
	}
}

func TestStratifiedKeepsShares(t *testing.T) {
	labels := skewed()
	for _, f := range []float64{0, 0.1, 0.5, 0.8, 1} {
		a, b := Stratified(labels, f, 1)
		partition(t, 100, a, b)
		if len(a) != int(math.Round(f*100)) {
			t.Errorf("fraction %v: %d rows", f, len(a))
		}
		got := countClasses(labels, a)
		for class, n := range map[int32]int{0: 70, 1: 20, 2: 9, 5: 1} {
			if d := math.Abs(float64(got[class]) - f*float64(n)); !(d <= 1) {
				t.Errorf("fraction %v: %d rows of class %d, expected about %v", f, got[class], class, f*float64(n))
			}
		}
	}
	a, _ := Stratified(labels, 0.5, 1)
	b, _ := Stratified(labels, 0.5, 1)
	c, _ := Stratified(labels, 0.5, 2)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the parts are not a function of the seed")
	}
}

func TestFoldsKeepShares(t *testing.T) {
	labels := skewed()
	folds := Folds(labels, 7, 1)
	partition(t, 100, folds...)
	for _, f := range folds {
		got := countClasses(labels, f)
		for class, n := range map[int32]float64{0: 10, 1: 20. / 7, 2: 9. / 7, 5: 1. / 7} {
			if d := math.Abs(float64(got[class]) - n); !(d < 1) {
				t.Errorf("a fold has %d rows of class %d, expected about %.1f", got[class], class, n)
			}
		}
		if len(f) < 14 || len(f) > 15 {
			t.Errorf("a fold has %d rows, expected 14 or 15", len(f))
		}
	}
	wantMisuse(t, "k is 1, expected 2 to 100", func() { Folds(labels, 1, 0) })
	wantMisuse(t, "k is 3, expected 2 to 2", func() { Folds([]int32{0, 1}, 3, 0) })
}

func TestSplitAndSubset(t *testing.T) {
	s := Source[counted](counter{n: 10})
	rowsOf := func(s Source[counted]) []int {
		var b counted
		rows := make([]int, s.Len())
		for i := range rows {
			rows[i] = i
		}
		if err := s.Read(&b, rows, NewRowRand(1, 1)); err != nil {
			t.Fatal(err)
		}
		return b.rows
	}
	a, b := Split(s, 0.3, 4)
	if a.Len() != 3 {
		t.Errorf("%d rows of 10, expected 3", a.Len())
	}
	partition(t, 10, rowsOf(a), rowsOf(b))
	again, _ := Split(s, 0.3, 4)
	if !slices.Equal(rowsOf(a), rowsOf(again)) {
		t.Error("the same seed splits differently")
	}
	if got := rowsOf(Subset(Subset(s, []int{7, 3, 3}), []int{2, 0})); !slices.Equal(got, []int{3, 7}) {
		t.Errorf("a subset of a subset has rows %v, expected [3 7]", got)
	}
	wantMisuse(t, "rows[1] is 10, expected 0 to 9", func() { Subset(s, []int{0, 10}) })
	wantMisuse(t, "fraction is NaN", func() { Split(s, math.NaN(), 0) })
	wantMisuse(t, "fraction is 1.5", func() { Stratified(nil, 1.5, 0) })
}

func TestBalancedDrawsEveryClassEqually(t *testing.T) {
	labels := skewed()
	s := Balanced(labels)
	rows := s.Rows(100, rand.New(rand.NewPCG(1, 1)))
	for class, n := range countClasses(labels, rows) {
		if n != 25 {
			t.Errorf("class %d has %d of 100 rows, expected 25", class, n)
		}
	}
	seen := map[int]int{}
	for _, r := range rows {
		seen[r]++
		if labels[r] == 0 && seen[r] > 1 {
			t.Errorf("row %d of the largest class came twice, others not at all", r)
		}
	}
	l := &Loader[counted]{Source: counter{n: 100}, Sampler: s, BatchSize: 30}
	if l.Len() != 4 || len(collect(t, l, Cursor{})) != 4 {
		t.Errorf("Len %d, expected 4", l.Len())
	}
	wantMisuse(t, "100 labels for 7 rows", func() { s.Rows(7, rand.New(rand.NewPCG(1, 1))) })
	wantMisuse(t, "no labels", func() { Balanced(nil) })
}

func TestClassWeights(t *testing.T) {
	// n/(classes*count) with n = 8 and the three classes that occur.
	got := ClassWeights([]int32{0, 0, 0, 0, 1, 1, 1, 3})
	want := []float32{8. / 12, 8. / 9, 0, 8. / 3}
	if !slices.Equal(got, want) {
		t.Errorf("%v, expected %v", got, want)
	}
	wantMisuse(t, "the label of row 1 is -1", func() { ClassWeights([]int32{0, -1}) })
}

func TestSplitBy(t *testing.T) {
	groups := []int32{4, 4, 7, 7, 7, 1, 1, 9, 9, 4}
	a, b := SplitBy[counted](counter{n: len(groups)}, groups, .5, 3)
	side, rows := map[int32]int{}, 0
	for i, part := range []Source[counted]{a, b} {
		for _, batch := range collect(t, &Loader[counted]{Source: part}, Cursor{}) {
			for _, r := range batch.rows {
				if j, ok := side[groups[r]]; ok && j != i {
					t.Errorf("group %d is on both sides", groups[r])
				}
				side[groups[r]] = i
				rows++
			}
		}
	}
	if len(side) != 4 || rows != len(groups) || side[4]+side[7]+side[1]+side[9] != 2 {
		t.Errorf("%d rows, groups on sides %v", rows, side)
	}
	wantMisuse(t, "3 groups are given", func() { SplitBy[counted](counter{n: 4}, groups[:3], .5, 1) })
}
