package gorgonia

import (
	"math"
	"testing"

	g "gorgonia.org/tensor"
)

// TestVectors: matrix by vector, inner and outer products of vectors that lie in matrices, into arrays of all forms.
func TestVectors(t *testing.T) {
	eps := map[g.Dtype]float64{g.Float32: 0x1p-24, g.Float64: 0x1p-52}
	for of, list := range engines(t) {
		for _, e := range list {
			for form, newA := range forms {
				a := on(newA(t, m, k, of), e)
				row, column := sliced(t, a, g.S(1)), sliced(t, a, nil, g.S(2))
				v := values(t, a)
				near := func(what string, got, want, size float64) {
					if !(math.Abs(got-want) <= k*eps[of]*size) {
						t.Errorf("%s, %s of %v: %v, want %v", what, form, of, got, want)
					}
				}
				y := g.New(g.WithShape(m), g.Of(of))
				if err := e.MatVecMul(a, row, y); err != nil {
					t.Fatal(err)
				}
				inner, err := g.Inner(on(row, e), row)
				if err != nil {
					t.Fatal(err)
				}
				dot, err := g.Dot(row, row)
				if err != nil {
					t.Fatal(err)
				}
				for i := range m {
					want, size := 0.0, 0.0
					for l := range k {
						x := v[i*k+l] * v[k+l]
						want, size = want+x, size+math.Abs(x)
					}
					got, err := y.At(i)
					if err != nil {
						t.Fatal(err)
					}
					near("MatVecMul", wide(got), want, size)
					if i == 1 {
						near("Inner", wide(inner), want, size)
						near("Dot", wide(dot.ScalarValue()), want, size)
					}
				}
				for out, newC := range forms {
					c := newC(t, m, k, of)
					if err := e.Outer(column, row, c); err != nil {
						t.Fatal(err)
					}
					for i, x := range values(t, c) {
						near("Outer into "+out, x, v[i/k*k+2]*v[k+i%k], math.Abs(x))
					}
				}
			}
		}
	}
}
