//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

func drawIDs(n, below int, seed uint64) []float64 {
	rng, v := rand.New(rand.NewPCG(seed, 4)), make([]float64, n)
	for i := range v {
		v[i] = float64(rng.IntN(below))
	}
	return v
}

func TestGather(t *testing.T) {
	for _, c := range []struct{ rows, dim, n, pad int }{
		{5, 3, 11, -1}, {5, 3, 11, 0}, {40, 300, 70, 2}, {1, 1, 100, -1}, {9, 33, 0, -1}, {9, 0, 4, -1}, {3, 64, 5, 7}, {17, 1, 65, 1},
	} {
		what := fmt.Sprintf("%+v", c)
		ids := ints(drawIDs(c.n, c.rows, 1)...)
		op := engine.Gather{Rows: c.rows, Dim: c.dim, N: c.n, Pad: c.pad}
		operands := []operand{output(engine.F32, c.n*c.dim), reals(gaussian(c.rows*c.dim, 2)...), ids}
		parity(t, "gather "+what, check.Tol{}, operands,
			func(s engine.Stream, b []engine.Buffer) error {
				op.Y, op.Table, op.Ids = b[0], b[1], b[2]
				return s.Gather(op)
			})
		operands = []operand{reals(gaussian(c.n*c.dim, 3)...), output(engine.F32, c.rows*c.dim), ids}
		parity(t, "scatter add "+what, check.Tolerance(c.n, 2).At(4), operands,
			func(s engine.Stream, b []engine.Buffer) error {
				op.Y, op.Table, op.Ids = b[0], b[1], b[2]
				return s.ScatterAdd(op)
			})
	}
}

func TestAlong(t *testing.T) {
	for _, c := range []struct{ outer, n, m, inner int }{
		{3, 5, 4, 6}, {20, 10, 1, 1}, {1, 4, 30, 1}, {2, 3, 3, 300}, {7, 2, 0, 5}, {0, 2, 2, 2}, {2, 3, 4, 0},
	} {
		what := fmt.Sprintf("%+v", c)
		ids := ints(drawIDs(c.outer*c.m*c.inner, c.n, 5)...)
		op := engine.TakeAlong{Outer: c.outer, N: c.n, M: c.m, Inner: c.inner}
		y, x := c.outer*c.m*c.inner, c.outer*c.n*c.inner
		parity(t, "take along "+what, check.Tol{}, []operand{output(engine.F32, y), reals(gaussian(x, 6)...), ids},
			func(s engine.Stream, b []engine.Buffer) error {
				op.Y, op.X, op.Ids = b[0], b[1], b[2]
				return s.TakeAlong(op)
			})
		parity(t, "put along "+what, check.Tolerance(c.m, 2).At(4), []operand{reals(gaussian(y, 7)...), output(engine.F32, x), ids},
			func(s engine.Stream, b []engine.Buffer) error {
				op.Y, op.X, op.Ids = b[0], b[1], b[2]
				return s.PutAlong(op)
			})
	}
}

// An id outside its range reads as NaN, and its gradient goes nowhere.
func TestIDsOutside(t *testing.T) {
	d := testDevice(t)
	for _, id := range []float64{-1, 3, math.MaxInt32, math.MinInt32} {
		operands := []operand{output(engine.F32, 4), reals(1, 2, 3, 4, 5, 6), ints(1, id), output(engine.F32, 6), reals(1, 2, 3, 4)}
		got, err := compute(d, operands, 16, func(s engine.Stream, b []engine.Buffer) error {
			op := engine.Gather{Y: b[0], Table: b[1], Ids: b[2], Rows: 3, Dim: 2, N: 2, Pad: -1}
			if err := s.Gather(op); err != nil {
				return err
			}
			op.Y, op.Table = b[4], b[3]
			return s.ScatterAdd(op)
		})
		must(t, err)
		nan := math.NaN()
		check.Close(t, fmt.Sprintf("gather with id %v", id), got[0], []float64{3, 4, nan, nan}, check.Tol{NaN: true})
		check.Close(t, fmt.Sprintf("scatter with id %v", id), got[3], []float64{0, 0, 1, 2, 0, 0}, check.Tol{})

		operands = []operand{output(engine.F32, 2), reals(1, 2, 3), ints(2, id), output(engine.F32, 3), reals(5, 6)}
		got, err = compute(d, operands, 16, func(s engine.Stream, b []engine.Buffer) error {
			op := engine.TakeAlong{Y: b[0], X: b[1], Ids: b[2], Outer: 1, N: 3, M: 2, Inner: 1}
			if err := s.TakeAlong(op); err != nil {
				return err
			}
			op.Y, op.X = b[4], b[3]
			return s.PutAlong(op)
		})
		must(t, err)
		check.Close(t, fmt.Sprintf("take along with id %v", id), got[0], []float64{3, nan}, check.Tol{NaN: true})
		check.Close(t, fmt.Sprintf("put along with id %v", id), got[3], []float64{0, 0, 5}, check.Tol{})
	}
}
