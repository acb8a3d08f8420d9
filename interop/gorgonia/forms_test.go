package gorgonia

import (
	"testing"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// forms are the ways in which a matrix of rows x cols can lie in memory.
var forms = map[string]func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense{
	"plain": plain,
	"transposed": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return transposed(t, plain(t, cols, rows, of))
	},
	"rows": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return sliced(t, plain(t, rows+3, cols, of), g.S(1, rows+1))
	},
	"columns": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return sliced(t, plain(t, rows, cols+3, of), nil, g.S(2, cols+2))
	},
	"every second column": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return sliced(t, plain(t, rows, 2*cols, of), nil, g.S(0, 2*cols, 2))
	},
	"columns, transposed": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return transposed(t, sliced(t, plain(t, cols, rows+3, of), nil, g.S(1, rows+1)))
	},
	"transposed, columns": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return sliced(t, transposed(t, plain(t, cols+2, rows, of)), nil, g.S(1, cols+1))
	},
	"column-major": columnMajor,
	"column-major, transposed": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return transposed(t, columnMajor(t, cols, rows, of))
	},
	"column-major, sliced": func(t *testing.T, rows, cols int, of g.Dtype) *g.Dense {
		return sliced(t, columnMajor(t, rows+2, cols+1, of), g.S(1, rows+1), g.S(0, cols))
	},
}

func plain(_ *testing.T, rows, cols int, of g.Dtype) *g.Dense {
	return g.New(g.WithShape(rows, cols), g.WithBacking(numbers(rows*cols, of)))
}

func columnMajor(_ *testing.T, rows, cols int, of g.Dtype) *g.Dense {
	return g.New(g.WithShape(rows, cols), g.AsFortran(numbers(rows*cols, of)))
}

func transposed(t *testing.T, d *g.Dense) *g.Dense {
	if err := d.T(); err != nil {
		t.Fatal(err)
	}
	return d
}

func sliced(t *testing.T, d *g.Dense, s ...g.Slice) *g.Dense {
	v, err := d.Slice(s...)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*g.Dense)
}

// numbers are n different small ones, not sorted; negative and fractional where the type has those.
func numbers(n int, of g.Dtype) any {
	small := func(i int) int { return i * 37 % 251 }
	switch of {
	case g.Float32:
		return fill(n, func(i int) float32 { return float32(small(i)-100) / 7 })
	case g.Float64:
		return fill(n, func(i int) float64 { return float64(small(i)-100) / 7 })
	case g.Int32:
		return fill(n, func(i int) int32 { return int32(small(i) - 100) })
	}
	return fill(n, func(i int) uint8 { return uint8(small(i)) })
}

func fill[T tensor.Elem](n int, f func(int) T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = f(i)
	}
	return s
}

// at is element i, j as Gorgonia reads it.
func at(t *testing.T, d *g.Dense, i, j int) float64 {
	v, err := d.At(i, j)
	if err != nil {
		t.Fatal(err)
	}
	switch v := v.(type) {
	case float32:
		return float64(v)
	case float64:
		return v
	case int32:
		return float64(v)
	case uint8:
		return float64(v)
	}
	t.Fatalf("an element is %T", v)
	return 0
}
