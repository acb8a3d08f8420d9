package data

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// counter is a source whose batch tells which rows and random numbers went into it.
type counter struct {
	n    int
	fail func(rows []int) error
}

type counted struct {
	rows  []int
	draws []uint64
}

func (c counter) Len() int { return c.n }

func (c counter) Read(b *counted, rows []int, rng *RowRand) error {
	b.rows, b.draws = append(b.rows[:0], rows...), b.draws[:0]
	for _, r := range rows {
		b.draws = append(b.draws, rng.Row(r).Uint64())
	}
	if c.fail != nil {
		return c.fail(rows)
	}
	return nil
}

func (b counted) clone() counted { return counted{slices.Clone(b.rows), slices.Clone(b.draws)} }

func collect(t *testing.T, l *Loader[counted], from Cursor) []counted {
	t.Helper()
	var all []counted
	for b, err := range l.Batches(t.Context(), from) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.clone())
	}
	return all
}

func same(a, b []counted) bool {
	return slices.EqualFunc(a, b, func(a, b counted) bool {
		return slices.Equal(a.rows, b.rows) && slices.Equal(a.draws, b.draws)
	})
}

func TestLoaderIsAFunctionOfSeedEpochAndBatch(t *testing.T) {
	loader := func(workers int) *Loader[counted] {
		return &Loader[counted]{Source: counter{n: 103}, BatchSize: 8, Shuffle: true, Seed: 5, Workers: workers}
	}
	want := collect(t, loader(1), Cursor{Epoch: 2})
	if len(want) != 13 || loader(1).Len() != 13 {
		t.Fatalf("%d batches, Len %d, expected 13", len(want), loader(1).Len())
	}
	for _, workers := range []int{0, 2, 7, 40} {
		if !same(collect(t, loader(workers), Cursor{Epoch: 2}), want) {
			t.Errorf("%d workers yield something else than one", workers)
		}
	}
	for batch := range len(want) + 1 {
		if !same(collect(t, loader(3), Cursor{2, batch}), want[batch:]) {
			t.Errorf("starting at batch %d yields something else than the rest of the epoch", batch)
		}
	}
	if same(collect(t, loader(1), Cursor{Epoch: 3}), want) {
		t.Error("epochs 2 and 3 are the same")
	}
	other := loader(1)
	other.Seed = 6
	if same(collect(t, other, Cursor{Epoch: 2}), want) {
		t.Error("seeds 5 and 6 give the same")
	}
}

func TestLoaderYieldsEveryRowOnce(t *testing.T) {
	for _, tt := range []struct {
		n, size int
		drop    bool
		sizes   []int
	}{
		{10, 4, false, []int{4, 4, 2}},
		{10, 4, true, []int{4, 4}},
		{8, 4, false, []int{4, 4}},
		{3, 4, false, []int{3}},
		{33, 0, false, []int{32, 1}},
	} {
		l := &Loader[counted]{Source: counter{n: tt.n}, BatchSize: tt.size, DropLast: tt.drop, Shuffle: true, Workers: 3}
		seen := map[int]bool{}
		var sizes []int
		for _, b := range collect(t, l, Cursor{}) {
			sizes = append(sizes, len(b.rows))
			for _, r := range b.rows {
				if seen[r] || r < 0 || r >= tt.n {
					t.Fatalf("row %d twice or out of range", r)
				}
				seen[r] = true
			}
		}
		if !slices.Equal(sizes, tt.sizes) || l.Len() != len(tt.sizes) {
			t.Errorf("%d rows by %d: batches of %v (Len %d), expected %v", tt.n, tt.size, sizes, l.Len(), tt.sizes)
		}
	}
}

// A row draws the same numbers in any batch, and others in each epoch.
func TestRandomNumbersBelongToRows(t *testing.T) {
	draws := func(size, epoch int, shuffle bool) map[int]uint64 {
		m := map[int]uint64{}
		l := &Loader[counted]{Source: counter{n: 50}, BatchSize: size, Shuffle: shuffle, Seed: 1}
		for _, b := range collect(t, l, Cursor{Epoch: epoch}) {
			for i, r := range b.rows {
				m[r] = b.draws[i]
			}
		}
		return m
	}
	a, b, c := draws(7, 1, true), draws(50, 1, false), draws(7, 2, true)
	distinct := map[uint64]bool{}
	for r := range 50 {
		if a[r] != b[r] {
			t.Errorf("row %d draws %x in one batch, %x in another", r, a[r], b[r])
		}
		distinct[a[r]], distinct[c[r]] = true, true
	}
	if len(distinct) != 100 {
		t.Errorf("100 rows of two epochs have %d different draws", len(distinct))
	}
}

func TestRanksShareEachBatch(t *testing.T) {
	l := Loader[counted]{Source: counter{n: 21}, BatchSize: 8, Shuffle: true, Seed: 3}
	whole := collect(t, &l, Cursor{})
	for _, of := range []int{1, 2, 3, 8} {
		parts := make([]counted, len(whole))
		for rank := range of {
			l.Rank, l.Of = rank, of
			mine := collect(t, &l, Cursor{})
			if len(mine) != len(whole) {
				t.Fatalf("rank %d of %d has %d batches, expected %d like every other", rank, of, len(mine), len(whole))
			}
			for i, b := range mine {
				parts[i].rows = append(parts[i].rows, b.rows...)
				parts[i].draws = append(parts[i].draws, b.draws...)
			}
		}
		if !same(parts, whole) {
			t.Errorf("the shares of %d ranks do not make up the batches", of)
		}
	}
}

func TestFirstErrorEndsTheSequenceInItsPlace(t *testing.T) {
	bad := errors.New("row 20 is bad")
	fail := func(rows []int) error {
		if slices.ContainsFunc(rows, func(r int) bool { return r >= 20 }) {
			return bad
		}
		return nil
	}
	for _, workers := range []int{1, 4} {
		l := &Loader[counted]{Source: counter{100, fail}, BatchSize: 4, Workers: workers}
		good, faults := 0, 0
		for _, err := range l.Batches(t.Context(), Cursor{}) {
			switch {
			case err == nil && faults == 0:
				good++
			case errors.Is(err, bad):
				faults++
			default:
				t.Fatalf("%v after %d errors", err, faults)
			}
		}
		if good != 5 || faults != 1 {
			t.Errorf("%d workers: %d batches and %d errors, expected 5 and 1", workers, good, faults)
		}
	}
}

func TestLoaderErrors(t *testing.T) {
	full := counter{n: 10}
	for _, tt := range []struct {
		name string
		l    Loader[counted]
		from Cursor
		want string
	}{
		{"empty", Loader[counted]{Source: counter{}}, Cursor{}, "the source has no rows"},
		{"nothing left", Loader[counted]{Source: full, BatchSize: 11, DropLast: true}, Cursor{}, "10 rows make no batch of 11"},
		{"behind", Loader[counted]{Source: full, BatchSize: 5}, Cursor{0, 3}, "epoch 0, batch 3, expected a batch from 0 to 2"},
		{"before", Loader[counted]{Source: full}, Cursor{0, -1}, "batch -1"},
		{"epoch", Loader[counted]{Source: full}, Cursor{-1, 0}, "epoch -1"},
		{"sampler", Loader[counted]{Source: full, Sampler: rowSampler{3, 10}}, Cursor{}, "row number 1 is 10, expected 0 to 9"},
		{"subset", Loader[counted]{Source: Subset(Source[counted](full), nil)}, Cursor{}, "no rows"},
	} {
		n := 0
		for _, err := range tt.l.Batches(t.Context(), tt.from) {
			n++
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d elements, expected the error", tt.name, n)
		}
	}
}

func TestLoaderMisuse(t *testing.T) {
	s := counter{n: 10}
	for want, l := range map[string]Loader[counted]{
		"Source is nil":               {},
		"BatchSize is -1, expected 1": {Source: s, BatchSize: -1},
		"Workers is -2":               {Source: s, Workers: -2},
		"Rank 2 of 2":                 {Source: s, Rank: 2, Of: 2},
		"Rank -1 of 0":                {Source: s, Rank: -1},
	} {
		wantMisuse(t, want, func() { l.Batches(t.Context(), Cursor{}) })
		wantMisuse(t, want, func() { l.Len() })
	}
}

func wantMisuse(t *testing.T, want string, f func()) {
	t.Helper()
	err := tensor.Try(func() error { f(); return nil })
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, expected a panic with %q", err, want)
	}
}

func TestPanicInReadArrivesAtTheLoop(t *testing.T) {
	run := func(thrown any) (other any, err error) {
		defer func() { other = recover() }()
		err = tensor.Try(func() error {
			l := &Loader[counted]{Source: counter{10, func([]int) error { panic(thrown) }}}
			for range l.Batches(t.Context(), Cursor{}) {
				t.Error("a batch came")
			}
			return nil
		})
		return nil, err
	}
	if _, err := run(&tensor.Error{Op: "mine"}); err == nil || !strings.Contains(err.Error(), "mine") {
		t.Errorf("a tensor.Error arrives as %v", err)
	}
	if other, _ := run("boom"); !strings.Contains(fmt.Sprint(other), "boom") {
		t.Errorf("another panic arrives as %v", other)
	}
}

func TestReadThatExitsItsGoroutineIsAnError(t *testing.T) {
	l := &Loader[counted]{Source: counter{10, func([]int) error { runtime.Goexit(); return nil }}, Workers: 1}
	for _, err := range l.Batches(context.Background(), Cursor{}) {
		if !errors.Is(err, errUnfinished) {
			t.Errorf("%v, expected %v", err, errUnfinished)
		}
	}
}
