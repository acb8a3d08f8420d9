package gorgonia

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// TestReduce folds a [3 4 5] array, plain and turned, along each set of axes; sums of k terms are within
// k·eps of the sum of magnitudes, the rest is exact.
func TestReduce(t *testing.T) {
	folds := map[string]struct {
		call func(d *g.Dense, along ...int) (*g.Dense, error)
		fold func(v []float64) float64
	}{
		"Sum": {(*g.Dense).Sum, func(v []float64) (s float64) {
			for _, x := range v {
				s += x
			}
			return s
		}},
		"Max": {(*g.Dense).Max, slices.Max[[]float64]},
		"Min": {(*g.Dense).Min, slices.Min[[]float64]},
	}
	for of, list := range engines(t) {
		for name, f := range folds {
			for _, along := range [][]int{nil, {0}, {1}, {2}, {0, 1}, {2, 0}, {1, 2}, {0, 1, 2}} {
				for form, d := range cubes(t, of, list[0]) {
					got, err := f.call(d, along...)
					if err != nil {
						t.Fatal(err)
					}
					want, shape, size := folded(t, d, along, f.fold)
					a, err := Array(got)
					if err != nil {
						t.Fatal(err)
					}
					if !slices.Equal(a.Shape(), shape) {
						t.Fatalf("%s of %v along %v: shape %v, want %v", name, of, along, a.Shape(), shape)
					}
					eps := 0.0
					if name == "Sum" {
						eps = map[g.Dtype]float64{g.Float32: 0x1p-24, g.Float64: 0x1p-52}[of] * 60
					}
					for i, v := range a.Float64s() {
						if !(math.Abs(v-want[i]) <= eps*size[i]) {
							t.Errorf("%s of %v, %s, along %v: element %d is %v, want %v", name, of, form, along, i, v, want[i])
						}
					}
					if _, ok := got.Engine().(Engine); !ok {
						t.Errorf("%s along %v is left on %T", name, along, got.Engine())
					}
				}
			}
		}
	}
}

// cubes are [3 4 5] arrays on e that lie in memory in different ways.
func cubes(t *testing.T, of g.Dtype, e g.Engine) map[string]*g.Dense {
	turned := g.New(g.WithShape(5, 3, 4), g.WithBacking(numbers(60, of)), g.WithEngine(e))
	if err := turned.T(1, 2, 0); err != nil {
		t.Fatal(err)
	}
	return map[string]*g.Dense{
		"plain":        g.New(g.WithShape(3, 4, 5), g.WithBacking(numbers(60, of)), g.WithEngine(e)),
		"turned":       turned,
		"column-major": g.New(g.WithShape(3, 4, 5), g.AsFortran(numbers(60, of)), g.WithEngine(e)),
		"sliced":       sliced(t, g.New(g.WithShape(3, 6, 5), g.WithBacking(numbers(90, of)), g.WithEngine(e)), nil, g.S(1, 5), nil),
	}
}

// folded is the fold of what Gorgonia reads from d, the result's shape, and the sums of magnitudes.
func folded(t *testing.T, d *g.Dense, along []int, fold func([]float64) float64) (v []float64, shape []int, size []float64) {
	if len(along) == 0 {
		along = []int{0, 1, 2}
	}
	groups, shape, total := map[int][]float64{}, []int{}, 1
	for axis, n := range d.Shape() {
		if !slices.Contains(along, axis) {
			shape, total = append(shape, n), total*n
		}
	}
	for i := range 3 * 4 * 5 {
		at, place := []int{i / 20, i / 5 % 4, i % 5}, 0
		for axis, x := range at {
			if !slices.Contains(along, axis) {
				place = place*d.Shape()[axis] + x
			}
		}
		x, err := d.At(at...)
		if err != nil {
			t.Fatal(err)
		}
		groups[place] = append(groups[place], wide(x))
	}
	for i := range total {
		v = append(v, fold(groups[i]))
		s := 0.0
		for _, x := range groups[i] {
			s += math.Abs(x)
		}
		size = append(size, s)
	}
	return v, shape, size
}

func wide(x any) float64 {
	if f, ok := x.(float32); ok {
		return float64(f)
	}
	return x.(float64)
}

// TestArgmax: positions are those of the standard engine, ties and infinities included.
func TestArgmax(t *testing.T) {
	inf := float32(math.Inf(1))
	rows := []float32{3, 1, 3, 2, -inf, inf, 7, inf, -1, -1, -5, -5}
	for _, axis := range []int{0, 1, g.AllAxes} {
		for name, f := range map[string]func(g.Tensor, int) (g.Tensor, error){"Argmax": g.Argmax, "Argmin": g.Argmin} {
			ours, err := f(g.New(g.WithShape(3, 4), g.WithBacking(rows), g.WithEngine(Engine{})), axis)
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := f(g.New(g.WithShape(3, 4), g.WithBacking(rows)), axis)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(ours.Data(), ours.Shape()) != fmt.Sprint(theirs.Data(), theirs.Shape()) {
				t.Errorf("%s along %d is %v %v, theirs %v %v", name, axis, ours.Data(), ours.Shape(), theirs.Data(), theirs.Shape())
			}
			if _, ok := ours.Engine().(Engine); !ok {
				t.Errorf("%s along %d did not come to the engine", name, axis)
			}
		}
	}
}

// TestReduceErrors: what is wrong is told by the standard engine.
func TestReduceErrors(t *testing.T) {
	d := g.New(g.WithShape(2, 2), g.WithBacking([]float32{1, 2, 3, 4}), g.WithEngine(Engine{}))
	if _, err := d.Sum(2); err == nil {
		t.Error("a sum along axis 2 of a matrix gave no error")
	}
	if _, err := g.Argmax(d, 2); err == nil {
		t.Error("Argmax along axis 2 of a matrix gave no error")
	}
	closed, err := tensor.Open(&tensor.Options{Engine: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	d = g.New(g.WithShape(2, 2), g.WithBacking([]float32{1, 2, 3, 4}), g.WithEngine(Engine{Device: closed}))
	for name, f := range map[string]func() error{
		"Sum":    func() error { _, err := d.Sum(0); return err },
		"Argmax": func() error { _, err := g.Argmax(d, 0); return err },
		"Exp":    func() error { _, err := g.Exp(d); return err },
		"Add":    func() error { _, err := g.Add(d, d); return err },
		"Pow":    func() error { _, err := g.Pow(d, float32(2)); return err },
		"Outer":  func() error { _, err := g.Outer(sliced(t, d, g.S(0)), sliced(t, d, g.S(0))); return err },
		"Inner":  func() error { _, err := g.Inner(sliced(t, d, g.S(0)), sliced(t, d, g.S(0))); return err },
		"Matvec": func() error { _, err := g.MatVecMul(d, sliced(t, d, g.S(0))); return err },
	} {
		if f() == nil {
			t.Errorf("%s on a closed device gave no error", name)
		}
	}
}
