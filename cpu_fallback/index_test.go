package cpu

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// intBuffer is a guarded buffer of ids.
func intBuffer(g *guards, v []int32) engine.Buffer {
	b := alloc[int32](g, len(v))
	copy(view[int32](b), v)
	return b
}

func randomIds(rng *rand.Rand, n, rows int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(rng.IntN(rows))
	}
	return ids
}

// gatherCase is a lookup with its gradient.
type gatherCase struct{ rows, dim, n, pad int }

// runGather is Gather's Y of a random table, and ScatterAdd's Table of random rows, with what each should be: sums in
// the order of i are exact in any case, so results are compared bit for bit.
func runGather[T float](c gatherCase, seed uint64) (got, want [2][]float64, err error) {
	rng := rand.New(rand.NewPCG(seed, 5))
	s := &Stream{}
	var g guards
	table, y := float32Values(rng, c.rows*c.dim, 1, 0), float32Values(rng, c.n*c.dim, 1, 0)
	ids := randomIds(rng, c.n, max(1, c.rows))
	op := engine.Gather{Y: alloc[T](&g, len(y)), Table: realBuffer[T](&g, table), Ids: intBuffer(&g, ids),
		Rows: c.rows, Dim: c.dim, N: c.n, Pad: c.pad}
	if err = s.Gather(op); err != nil {
		return got, want, err
	}
	got[0] = realValues(op.Y)
	op.Y, op.Table = realBuffer[T](&g, y), alloc[T](&g, len(table))
	if err = s.ScatterAdd(op); err != nil {
		return got, want, err
	}
	got[1] = realValues(op.Table)

	want[0] = make([]float64, len(y))
	sums := make([]T, len(table))
	for i, id := range ids {
		if int(id) == c.pad {
			continue
		}
		for k := range c.dim {
			want[0][i*c.dim+k] = table[int(id)*c.dim+k]
			sums[int(id)*c.dim+k] += T(y[i*c.dim+k])
		}
	}
	want[1] = make([]float64, len(table))
	for i, v := range sums {
		want[1][i] = float64(v)
	}
	return got, want, g.check()
}

func TestGather(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range 120 {
		c := gatherCase{rows: 1 + rng.IntN(30), dim: rng.IntN(9), n: rng.IntN(50), pad: rng.IntN(4) - 1}
		switch i % 20 {
		case 0:
			c = gatherCase{rows: 900, dim: 50, n: 2000, pad: -1} // several pieces
		case 1:
			c = gatherCase{rows: 0, dim: 3, n: 0}
		}
		run := runGather[float32]
		if i%2 == 0 {
			run = runGather[float64]
		}
		got, want, err := run(c, uint64(i))
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
			t.Errorf("%+v: wrong rows, or sums", c)
		}
	}
}

func TestGatherProcs(t *testing.T) {
	sameBits(t, func() [][]float64 {
		got, _, err := runGather[float32](gatherCase{rows: 700, dim: 33, n: 5000, pad: 0}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return got[:]
	})
}

func TestIdErrors(t *testing.T) {
	s := &Stream{}
	var g guards
	ids := intBuffer(&g, []int32{0, 3, 25, 2, 1, 5, 7, 31})
	y, table := realBuffer[float32](&g, make([]float64, 8)), realBuffer[float32](&g, make([]float64, 26))
	lookup := engine.Gather{Y: y, Table: table, Ids: ids, Rows: 26, Dim: 1, N: 8, Pad: -1}
	along := engine.TakeAlong{Y: y, X: table, Ids: ids, Outer: 1, N: 26, M: 8, Inner: 1}
	padded := lookup
	padded.Pad = 31
	other := lookup
	other.Pad = 2
	negative := lookup
	negative.Ids, negative.N = intBuffer(&g, []int32{-1}), 1
	for _, c := range []struct {
		err  error
		want string
	}{
		{s.Gather(lookup), "cpu: gather: id 31 at 7 is not in 0..25"},
		{s.ScatterAdd(lookup), "cpu: scatter add: id 31 at 7 is not in 0..25"},
		{s.TakeAlong(along), "cpu: take along: id 31 at 7 is not in 0..25"},
		{s.PutAlong(along), "cpu: put along: id 31 at 7 is not in 0..25"},
		{s.Gather(negative), "cpu: gather: id -1 at 0 is not in 0..25"},
		{s.Gather(other), "cpu: gather: id 31 at 7 is not in 0..25"},
		{s.Gather(padded), ""},
		{s.ScatterAdd(padded), ""},
	} {
		if got := ""; c.err != nil {
			if got = c.err.Error(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		} else if c.want != "" {
			t.Errorf("no error, want %q", c.want)
		}
	}
	lookup.Ids = y
	if s.Gather(lookup) != engine.ErrUnsupported || s.ScatterAdd(lookup) != engine.ErrUnsupported {
		t.Error("real ids are not refused")
	}
	along.Y = ids
	if s.TakeAlong(along) != engine.ErrUnsupported || s.PutAlong(along) != engine.ErrUnsupported {
		t.Error("an integer Y is not refused")
	}
}

// runAlong is as runGather, for TakeAlong and PutAlong.
func runAlong[T float](outer, n, m, inner int, seed uint64) (got, want [2][]float64, err error) {
	rng := rand.New(rand.NewPCG(seed, 6))
	s := &Stream{}
	var g guards
	x, y := float32Values(rng, outer*n*inner, 1, 0), float32Values(rng, outer*m*inner, 1, 0)
	ids := randomIds(rng, len(y), max(1, n))
	op := engine.TakeAlong{Y: alloc[T](&g, len(y)), X: realBuffer[T](&g, x), Ids: intBuffer(&g, ids), Outer: outer, N: n, M: m,
		Inner: inner}
	if err = s.TakeAlong(op); err != nil {
		return got, want, err
	}
	got[0] = realValues(op.Y)
	op.Y, op.X = realBuffer[T](&g, y), alloc[T](&g, len(x))
	if err = s.PutAlong(op); err != nil {
		return got, want, err
	}
	got[1] = realValues(op.X)

	want[0] = make([]float64, len(y))
	sums := make([]T, len(x))
	for o := range outer {
		for j := range m {
			for i := range inner {
				at := (o*m+j)*inner + i
				from := (o*n+int(ids[at]))*inner + i
				want[0][at] = x[from]
				sums[from] += T(y[at])
			}
		}
	}
	want[1] = make([]float64, len(x))
	for i, v := range sums {
		want[1][i] = float64(v)
	}
	return got, want, g.check()
}

func TestAlong(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	for i := range 120 {
		outer, n, m, inner := rng.IntN(6), 1+rng.IntN(6), rng.IntN(6), rng.IntN(6)
		switch i % 20 {
		case 0:
			outer, n, m, inner = 3, 40, 7, 900 // pieces begin inside a row
		case 1:
			outer, n, m, inner = 30000, 2, 1, 1
		case 2:
			n, m = 0, 0
		}
		run := runAlong[float32]
		if i%2 == 0 {
			run = runAlong[float64]
		}
		got, want, err := run(outer, n, m, inner, uint64(i))
		if err != nil {
			t.Fatal(outer, n, m, inner, err)
		}
		if !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
			t.Errorf("[%d,%d,%d], M %d: wrong elements, or sums", outer, n, inner, m)
		}
	}
}
