package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// MeanSquaredError is the mean of (output - target)² over all values, named "mse".
func MeanSquaredError() Metric {
	return &meanError{name: "mse", of: func(d float64) float64 { return d * d }}
}

// MeanAbsoluteError is the mean of |output - target| over all values, named "mae".
func MeanAbsoluteError() Metric { return &meanError{name: "mae", of: math.Abs} }

type meanError struct {
	name  string
	of    func(difference float64) float64
	total float64
	n     int
}

func (m *meanError) Name() string   { return m.name }
func (m *meanError) Reset()         { m.total, m.n = 0, 0 }
func (m *meanError) Value() float64 { return m.total / float64(m.n) } // 0/0 is NaN

func (m *meanError) Observe(output, target tensor.Array) {
	out, want, _ := values("metrics."+m.name, output, target)
	for i, v := range out {
		m.total += m.of(v - want[i])
	}
	m.n += len(out)
}

// values checks the arrays of a regression and returns their elements and the number of columns.
func values(op string, output, target tensor.Array) (out, want []float64, columns int) {
	columns = 1
	shape := func(a tensor.Array) []int { // [n] is [n, 1]
		if s := a.Shape(); len(s) == 1 {
			return []int{s[0], 1}
		}
		return a.Shape()
	}
	so, st := shape(output), shape(target)
	if output.Absent() || target.Absent() || len(so) != 2 || !slices.Equal(so, st) {
		panic(&tensor.Error{Op: op, Shapes: [][]int{output.Shape(), target.Shape()},
			Rule: "an output and a target [n] or [n, d] of the same size were expected"})
	}
	return output.Float64s(), target.Float64s(), so[1]
}

// R2 is the coefficient of determination, 1 - Σ(target - output)² / Σ(target - mean)², averaged over columns. A column
// whose target never changes counts 1 where it is met exactly and 0 otherwise. Its name is "r2"; it needs two samples.
func R2() Metric { return &r2{} }

type r2 struct {
	n       int
	columns []column
}

// column holds the running mean of a target and the sums of squares (Welford 1962), which stay exact where the mean is
// large against the deviation.
type column struct{ mean, squares, residual float64 }

func (m *r2) Name() string { return "r2" }
func (m *r2) Reset()       { m.n, m.columns = 0, nil }

func (m *r2) Observe(output, target tensor.Array) {
	out, want, columns := values("metrics.r2", output, target)
	if m.columns == nil {
		m.columns = make([]column, columns)
	}
	if len(m.columns) != columns {
		panic(&tensor.Error{Op: "metrics.r2", Shapes: [][]int{output.Shape(), target.Shape()},
			Rule: fmt.Sprintf("the batches before had %d columns", len(m.columns))})
	}
	for i, y := range want {
		if i%columns == 0 {
			m.n++
		}
		c := &m.columns[i%columns]
		d := y - c.mean
		c.mean += d / float64(m.n)
		c.squares += d * (y - c.mean)
		c.residual += (y - out[i]) * (y - out[i])
	}
}

func (m *r2) Value() float64 {
	if m.n < 2 || len(m.columns) == 0 {
		return math.NaN()
	}
	total := 0.0
	for _, c := range m.columns {
		switch {
		case c.squares != 0:
			total += 1 - c.residual/c.squares
		case c.residual == 0:
			total++
		case c.residual != c.residual:
			total = math.NaN()
		}
	}
	return total / float64(len(m.columns))
}
