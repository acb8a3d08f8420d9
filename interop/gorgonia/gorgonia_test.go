package gorgonia

import (
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

func TestArray(t *testing.T) {
	types := map[g.Dtype]tensor.DType{g.Float32: tensor.Float32, g.Float64: tensor.Float64, g.Int32: tensor.Int32, g.Uint8: tensor.Uint8}
	for name, form := range forms {
		for of, want := range types {
			d := form(t, 4, 5, of)
			a, err := Array(d)
			if err != nil {
				t.Fatalf("%s of %v: %v", name, of, err)
			}
			if a.DType() != want || !slices.Equal(a.Shape(), []int{4, 5}) {
				t.Fatalf("%s of %v is %v of %v", name, of, a.Shape(), a.DType())
			}
			for i, v := range a.Float64s() {
				if v != at(t, d, i/5, i%5) {
					t.Fatalf("%s of %v: element %d is %v, want %v", name, of, i, v, at(t, d, i/5, i%5))
				}
			}
		}
	}
}

// TestArrayRanks: vectors, scalars, three dimensions, no elements.
func TestArrayRanks(t *testing.T) {
	cube := func() *g.Dense {
		return g.New(g.WithShape(2, 3, 2), g.WithBacking([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
	}
	turned := cube()
	if err := turned.T(2, 0, 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		d     *g.Dense
		shape []int
		want  []float32
	}{
		{"vector", g.New(g.WithBacking([]float32{1, 2})), []int{2}, []float32{1, 2}},
		{"scalar", g.New(g.FromScalar(float32(3))), []int{}, []float32{3}},
		{"one element sliced out", sliced(t, cube(), g.S(1), g.S(2), g.S(0)), []int{}, []float32{10}},
		{"[1 1]", g.New(g.WithShape(1, 1), g.AsFortran([]float32{4})), []int{1, 1}, []float32{4}},
		{"column-major column", g.New(g.WithShape(3, 1), g.AsFortran([]float32{1, 2, 3})), []int{3, 1}, []float32{1, 2, 3}},
		{"column-major row", g.New(g.WithShape(1, 3), g.AsFortran([]float32{1, 2, 3})), []int{1, 3}, []float32{1, 2, 3}},
		{"column of a matrix", sliced(t, plain(t, 3, 3, g.Float32), nil, g.S(1)), []int{3}, []float32{-9, 48.0 / 7, -92.0 / 7}},
		{"turned cube", turned, []int{2, 2, 3}, []float32{0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}},
		{"middle of a cube", sliced(t, cube(), nil, g.S(1)), []int{2, 2}, []float32{2, 3, 8, 9}},
		{"nothing", g.New(g.WithShape(0, 3), g.Of(g.Float32)), []int{0, 3}, []float32{}},
	} {
		a, err := Array(c.d)
		if err != nil || !slices.Equal(a.Shape(), c.shape) || !slices.Equal(a.Floats(), c.want) {
			t.Errorf("%s: %v, %v, want %v %v", c.name, a, err, c.shape, c.want)
		}
	}
}

func TestArrayErrors(t *testing.T) {
	for name, c := range map[string]struct {
		d    *g.Dense
		want string
	}{
		"nil":     {nil, "gorgonia: Array: no array"},
		"masked":  {g.New(g.WithShape(2), g.WithBacking([]float32{1, 2}, []bool{true, false})), "(2): the array is masked"},
		"int64":   {g.New(g.WithShape(2), g.WithBacking([]int64{1, 2})), "(2) of int64: want float32, float64, int32 or uint8"},
		"complex": {g.New(g.WithShape(1, 2), g.WithBacking([]complex64{1, 2})), "of complex64: want"},
	} {
		if a, err := Array(c.d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want an error with %q", name, a, err, c.want)
		}
	}
}

// TestShared: where nothing has to move, both sides see the same elements.
func TestShared(t *testing.T) {
	data := []float32{1, 2, 3, 4, 5, 6}
	d := Dense(tensor.ArrayOf(data, 3, 2))
	a, err := Array(sliced(t, d, g.S(1, 3)))
	if err != nil {
		t.Fatal(err)
	}
	data[2] = 7
	if v, _ := d.At(1, 0); v != float32(7) || a.Floats()[0] != 7 {
		t.Errorf("after a write: %v and %v, want 7", v, a.Floats()[0])
	}
}

func TestDense(t *testing.T) {
	if d := Dense(tensor.Array{}); d != nil {
		t.Errorf("the absent array is %v", d)
	}
	for _, a := range []tensor.Array{
		tensor.ArrayOf([]float32{1, 2, 3, 4, 5, 6}, 1, 2, 3),
		tensor.ArrayOf([]float64{1, 2}, 2, 1),
		tensor.ArrayOf([]int32{3}),
		tensor.ArrayOf([]uint8{1, 2, 3}, 3),
		tensor.ArrayOf([]float32{}, 2, 0),
	} {
		b, err := Array(Dense(a))
		if err != nil || b.DType() != a.DType() || b.String() != a.String() {
			t.Errorf("%v of %v came back as %v of %v, %v", a, a.DType(), b, b.DType(), err)
		}
	}
}
