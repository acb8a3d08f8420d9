package gorgonia

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/blas"
	"github.com/braidml/braid/tensor"
	"gonum.org/v1/gonum/blas/gonum"
	g "gorgonia.org/tensor"
)

const m, k, n = 4, 6, 5

// checkProduct compares c with a·b summed in float64 from what Gorgonia reads: any order of k terms is within
// k·eps·|a|·|b| (Higham, Accuracy and Stability of Numerical Algorithms, 3.5), eps half a last place.
func checkProduct(t *testing.T, a, b, c *g.Dense) error {
	eps := 0x1p-24
	if c.Dtype() == g.Float64 {
		eps = 0x1p-52 // this sum rounds too
	}
	for i := range m {
		for j := range n {
			want, size := 0.0, 0.0
			for l := range k {
				x := at(t, a, i, l) * at(t, b, l, j)
				want, size = want+x, size+math.Abs(x)
			}
			if d := math.Abs(at(t, c, i, j) - want); !(d <= k*eps*size) {
				return fmt.Errorf("element %d, %d is %v, want %v", i, j, at(t, c, i, j), want)
			}
		}
	}
	return nil
}

// engines are one for each type that computes on the device, and one that hands float64 back.
func engines(t *testing.T) map[g.Dtype][]Engine {
	fine, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fine.Close() })
	return map[g.Dtype][]Engine{
		g.Float32: {{}, {Device: tensor.CPU()}, {Device: fine}},
		g.Float64: {{Device: fine}, {Device: tensor.CPU()}},
	}
}

func TestMatMul(t *testing.T) {
	for of, list := range engines(t) {
		for _, e := range list {
			for left, newA := range forms {
				for right, newB := range forms {
					a, b := newA(t, m, k, of), newB(t, k, n, of)
					for out, newC := range forms {
						c := newC(t, m, n, of)
						if err := e.MatMul(a, b, c); err != nil {
							t.Fatal(err)
						}
						if err := checkProduct(t, a, b, c); err != nil {
							t.Fatalf("%s by %s into %s, %v: %v", left, right, out, of, err)
						}
					}
				}
			}
		}
	}
}

// TestGorgoniaCalls: Gorgonia's functions find the engine on their first operand, and their own agrees with it.
func TestGorgoniaCalls(t *testing.T) {
	before := tensor.CPU().Stats()
	for of, list := range engines(t) {
		a, b := numbers(m*k, of), plain(t, k, n, of)
		theirs, err := g.MatMul(g.New(g.WithShape(m, k), g.WithBacking(a)), b)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkProduct(t, g.New(g.WithShape(m, k), g.WithBacking(a)), b, theirs.(*g.Dense)); err != nil {
			t.Fatal("their own: ", err)
		}
		for _, e := range list {
			x := g.New(g.WithShape(m, k), g.WithBacking(a), g.WithEngine(e))
			reuse := g.New(g.WithShape(m, n), g.Of(of))
			for name, f := range map[string]func() (g.Tensor, error){
				"MatMul":   func() (g.Tensor, error) { return g.MatMul(x, b) },
				"reuse":    func() (g.Tensor, error) { return g.MatMul(x, b, g.WithReuse(reuse)) },
				"Dot":      func() (g.Tensor, error) { return g.Dot(x, b) },
				"Contract": func() (g.Tensor, error) { return g.Contract(x, b, []int{1}, []int{0}) },
				"sum":      func() (g.Tensor, error) { return g.MatMul(x, b, g.WithIncr(g.New(g.WithShape(m, n), g.Of(of)))) },
			} {
				c, err := f()
				if err != nil {
					t.Fatalf("%s of %v: %v", name, of, err)
				}
				if err := checkProduct(t, x, b, c.(*g.Dense)); err != nil {
					t.Errorf("%s of %v: %v", name, of, err)
				}
			}
			if err := checkProduct(t, x, b, reuse); err != nil {
				t.Errorf("reuse of %v was not written: %v", of, err)
			}
			if twice, err := g.Add(x, x); err != nil || at(t, twice.(*g.Dense), 1, 1) != 2*at(t, x, 1, 1) {
				t.Errorf("Add of %v: %v, %v", of, twice, err)
			}
		}
	}
	if after := tensor.CPU().Stats(); after.Ops+after.Replays == before.Ops+before.Replays {
		t.Error("the device computed nothing")
	}
}

func TestComplexStaysWithStdEng(t *testing.T) {
	x := g.New(g.WithShape(1, 2), g.WithBacking([]complex128{1, 2i}), g.WithEngine(Engine{}))
	y := g.New(g.WithShape(2, 1), g.WithBacking([]complex128{3, 4}))
	c, err := g.MatMul(x, y)
	if err != nil || c.Data().([]complex128)[0] != 3+8i {
		t.Errorf("%v, %v, want 3+8i", c, err)
	}
}

func TestMatMulNothing(t *testing.T) {
	for _, of := range []g.Dtype{g.Float32, g.Float64} {
		c := plain(t, 2, 3, of)
		if err := (Engine{}).MatMul(g.New(g.WithShape(2, 0), g.Of(of)), g.New(g.WithShape(0, 3), g.Of(of)), c); err != nil {
			t.Fatal(err)
		}
		if v := at(t, c, 1, 2); v != 0 {
			t.Errorf("a sum of nothing is %v", v)
		}
	}
}

func TestMatMulErrors(t *testing.T) {
	f := func(shape ...int) *g.Dense { return g.New(g.WithShape(shape...), g.Of(g.Float32)) }
	masked := g.New(g.WithShape(1, 2), g.WithBacking([]float32{1, 2}, []bool{true, false}))
	for name, c := range map[string]struct {
		a, b, into g.Tensor
		want       string
	}{
		"inner":     {f(2, 3), f(4, 5), f(2, 5), "gorgonia: MatMul: (2, 3) by (4, 5): inner dimensions differ (3, 4)"},
		"result":    {f(2, 3), f(3, 5), f(5, 2), "into (5, 2): want room for (2, 5)"},
		"rank":      {f(2, 3), f(3), f(2, 1), "want three matrices"},
		"types":     {f(2, 3), g.New(g.WithShape(3, 1), g.Of(g.Float64)), f(2, 1), "float32 by float64 into float32: the types differ"},
		"masked":    {masked, f(2, 2), f(1, 2), "masked"},
		"not dense": {f(2, 3), nil, f(2, 3), "want *Dense, got <nil>"},
	} {
		if err := (Engine{}).MatMul(c.a, c.b, c.into); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	closed, err := tensor.Open(&tensor.Options{Engine: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	if err := (Engine{Device: closed}).MatMul(f(2, 3), f(3, 2), f(2, 2)); err == nil {
		t.Error("a closed device gave no error")
	}
}

func TestCheckProductGoesRed(t *testing.T) {
	a, b := plain(t, m, k, g.Float32), plain(t, k, n, g.Float32)
	for _, v := range []float32{0, float32(math.NaN())} {
		c := plain(t, m, n, g.Float32)
		if err := (Engine{}).MatMul(a, b, c); err != nil {
			t.Fatal(err)
		}
		if err := c.SetAt(v, 2, 3); err != nil {
			t.Fatal(err)
		}
		if checkProduct(t, a, b, c) == nil {
			t.Errorf("%v passed", v)
		}
	}
}

// TestUse: Gorgonia takes package blas for all its float32 products.
func TestUse(t *testing.T) {
	defer g.Use(gonum.Implementation{})
	g.Use(blas.Implementation{})
	if _, ok := g.WhichBLAS().(blas.Implementation); !ok {
		t.Fatalf("Gorgonia uses %T", g.WhichBLAS())
	}
	for _, of := range []g.Dtype{g.Float32, g.Float64} {
		for _, form := range []string{"plain", "transposed"} {
			a, b := forms[form](t, m, k, of), forms[form](t, k, n, of)
			c, err := g.MatMul(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkProduct(t, a, b, c.(*g.Dense)); err != nil {
				t.Errorf("%s of %v: %v", form, of, err)
			}
		}
	}
}

// TestColumnSlice shows why the engine goes by strides: the standard engine's product of a slice of columns is wrong.
// When this fails, Gorgonia has mended it, and docs/gorgonia.md has a sentence too many.
func TestColumnSlice(t *testing.T) {
	a, b, c := forms["columns"](t, m, k, g.Float32), plain(t, k, n, g.Float32), plain(t, m, n, g.Float32)
	if err := (g.StdEng{}).MatMul(a, b, c); err != nil {
		t.Fatal(err)
	}
	if checkProduct(t, a, b, c) == nil {
		t.Error("the standard engine is right")
	}
	if err := (Engine{}).MatMul(a, b, c); err != nil {
		t.Fatal(err)
	}
	if err := checkProduct(t, a, b, c); err != nil {
		t.Error(err)
	}
}
