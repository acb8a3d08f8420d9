package gorgonia

import (
	"fmt"
	"math"
	"testing"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

type call func(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error)

// operation is one of Gorgonia's functions, what it computes, and how many last places a result may be off: one where
// each rounds a single time, four where a polynomial does it.
type operation struct {
	name      string
	call      call
	want      func(x, y float64) float64
	roundings float64
}

const number = 2.5 // the other operand of the scalar forms

func operations() []operation {
	const exact, near = 1, 4
	binary := func(f func(a, b any, opts ...g.FuncOpt) (g.Tensor, error)) call {
		return func(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) { return f(a, b, opts...) }
	}
	unary := func(f func(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error)) call {
		return func(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) { return f(a, opts...) }
	}
	of := func(f func(float64) float64) func(x, y float64) float64 {
		return func(x, y float64) float64 { return f(x) }
	}
	list := []operation{
		{"Neg", unary(g.Neg), of(func(x float64) float64 { return -x }), exact},
		{"Inv", unary(g.Inv), of(func(x float64) float64 { return 1 / x }), exact},
		{"Square", unary(g.Square), of(func(x float64) float64 { return x * x }), exact},
		{"Cube", unary(g.Cube), of(func(x float64) float64 { return x * x * x }), exact},
		{"Exp", unary(g.Exp), of(math.Exp), near},
		{"Log", unary(g.Log), of(math.Log), near},
		{"Tanh", unary(g.Tanh), of(math.Tanh), near},
		{"Sqrt", unary(g.Sqrt), of(math.Sqrt), exact},
		{"InvSqrt", unary(g.InvSqrt), of(func(x float64) float64 { return 1 / math.Sqrt(x) }), near},
		{"Abs", unary(g.Abs), of(math.Abs), exact},
		{"Sign", unary(g.Sign), of(sign), exact},
		{"Clamp", func(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
			if a.Dtype() == g.Float32 {
				return g.Clamp(a, float32(-3), float32(7), opts...)
			}
			return g.Clamp(a, -3.0, 7.0, opts...)
		}, of(func(x float64) float64 { return max(-3, min(7, x)) }), exact},
	}
	for _, o := range []struct {
		name      string
		call      func(a, b any, opts ...g.FuncOpt) (g.Tensor, error)
		want      func(x, y float64) float64
		roundings float64
	}{
		{"Add", g.Add, func(x, y float64) float64 { return x + y }, exact},
		{"Sub", g.Sub, func(x, y float64) float64 { return x - y }, exact},
		{"Mul", g.Mul, func(x, y float64) float64 { return x * y }, exact},
		{"Div", g.Div, func(x, y float64) float64 { return x / y }, exact},
		{"Pow", g.Pow, math.Pow, near},
	} {
		list = append(list, operation{o.name, binary(o.call), o.want, o.roundings},
			operation{o.name + " with a number", func(a, _ g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
				return o.call(a, typed(a.Dtype(), number), opts...)
			}, func(x, _ float64) float64 { return o.want(x, number) }, o.roundings},
			operation{o.name + " of a number", func(a, _ g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
				return o.call(typed(a.Dtype(), number), a, opts...)
			}, func(x, _ float64) float64 { return o.want(number, x) }, o.roundings},
			operation{o.name + " with Gorgonia's scalar", func(a, _ g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
				return o.call(a, g.New(g.FromScalar(typed(a.Dtype(), number))), opts...)
			}, func(x, _ float64) float64 { return o.want(x, number) }, o.roundings})
	}
	return list
}

func sign(x float64) float64 {
	if x == 0 {
		return 0
	}
	return math.Copysign(1, x)
}

func typed(of g.Dtype, v float64) any {
	if of == g.Float32 {
		return float32(v)
	}
	return v
}

// check compares got with the operation on what x and y hold, added to was where that is not nil.
func (o operation) check(of g.Dtype, got, x, y, was []float64) error {
	eps := 0x1p-23
	if of == g.Float64 {
		eps = 0x1p-52
	}
	for i := range x {
		want := o.want(x[i], y[i])
		tol := o.roundings * eps * math.Abs(want)
		if was != nil {
			want += was[i]
			tol += eps * (math.Abs(want) + math.Abs(was[i]))
		}
		same := got[i] == want || math.IsNaN(got[i]) && math.IsNaN(want)
		if !same && !(math.Abs(got[i]-want) <= tol) {
			return fmt.Errorf("element %d, of %v and %v, is %v, want %v within %.2g", i, x[i], y[i], got[i], want, tol)
		}
	}
	return nil
}

// values are d's as Gorgonia reads them, row by row.
func values(t *testing.T, v g.Tensor) []float64 {
	d := v.(*g.Dense)
	var all []float64
	for i := range d.Shape()[0] {
		for j := range d.Shape()[1] {
			all = append(all, at(t, d, i, j))
		}
	}
	return all
}

func work(d *tensor.Device) int64 { s := d.Stats(); return s.Ops + s.Replays }

// on sets an array's engine, which views keep but Slice and T do not take as an option.
func on(d *g.Dense, e g.Engine) *g.Dense {
	g.WithEngine(e)(d)
	return d
}

func TestElementwise(t *testing.T) {
	for of, list := range engines(t) {
		e := list[len(list)-1]
		if of == g.Float64 {
			e = list[0]
		}
		for _, o := range operations() {
			for name, form := range forms {
				for other, second := range map[string]func(*testing.T, int, int, g.Dtype) *g.Dense{name: form, "plain": plain, "column-major": columnMajor} {
					what := fmt.Sprintf("%s of %v, %s and %s", o.name, of, name, other)
					b := second(t, m, n, of)
					for mode := range modes {
						a, c := on(form(t, m, n, of), e), form(t, m, n, of)
						x, y, was := values(t, a), values(t, b), values(t, c)
						before := work(e.Device)
						r, err := o.call(a, b, modes[mode](c)...)
						if err != nil {
							t.Fatalf("%s, %s: %v", what, mode, err)
						}
						if work(e.Device) == before {
							t.Fatalf("%s, %s: the device computed nothing", what, mode)
						}
						if (mode == "reuse" || mode == "incr") != (r == g.Tensor(c)) || (mode == "unsafe") != (r == g.Tensor(a)) {
							t.Fatalf("%s, %s: the result is in the wrong array", what, mode)
						}
						if mode != "incr" {
							was = nil
						}
						if err := o.check(of, values(t, r), x, y, was); err != nil {
							t.Fatalf("%s, %s: %v", what, mode, err)
						}
						if mode != "unsafe" && fmt.Sprint(values(t, a)) != fmt.Sprint(x) {
							t.Fatalf("%s, %s: an operand changed", what, mode)
						}
					}
				}
			}
		}
	}
}

// modes are the ways in which Gorgonia is told where the result goes; c is the array that is offered.
var modes = map[string]func(c *g.Dense) []g.FuncOpt{
	"safe":   func(*g.Dense) []g.FuncOpt { return nil },
	"reuse":  func(c *g.Dense) []g.FuncOpt { return []g.FuncOpt{g.WithReuse(c)} },
	"incr":   func(c *g.Dense) []g.FuncOpt { return []g.FuncOpt{g.WithIncr(c)} },
	"unsafe": func(*g.Dense) []g.FuncOpt { return []g.FuncOpt{g.UseUnsafe()} },
}

// TestTheirOwn: the standard engine computes the same; its exponential function in float32 is some ten places off.
func TestTheirOwn(t *testing.T) {
	for _, of := range []g.Dtype{g.Float32, g.Float64} {
		for _, o := range operations() {
			a, b := plain(t, m, n, of), columnMajor(t, m, n, of)
			b = g.New(g.WithShape(m, n), g.WithBacking(b.Data()))
			if o.name == "Exp" {
				o.roundings *= 4
			}
			r, err := o.call(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if err := o.check(of, values(t, r), values(t, a), values(t, b), nil); err != nil {
				t.Errorf("%s of %v: %v", o.name, of, err)
			}
		}
	}
}

// TestUnsafeSlice: what lies around a slice is not written.
func TestUnsafeSlice(t *testing.T) {
	whole := on(plain(t, m, n, g.Float32), Engine{})
	was := values(t, whole)
	if _, err := g.Exp(sliced(t, whole, g.S(1, 3), g.S(1, 4)), g.UseUnsafe()); err != nil {
		t.Fatal(err)
	}
	for i, v := range values(t, whole) {
		inside := i/n >= 1 && i/n < 3 && i%n >= 1 && i%n < 4
		if inside == (v == was[i]) {
			t.Errorf("element %d, %d is %v, was %v", i/n, i%n, v, was[i])
		}
	}
}

func TestOperationCheckGoesRed(t *testing.T) {
	o, x := operations()[4], []float64{1, 2}
	good := []float64{math.E, math.E * math.E}
	if o.name != "Exp" {
		t.Fatal(o.name)
	}
	if err := o.check(g.Float32, good, x, x, nil); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]float64{{math.E, 7.3890}, {math.NaN(), good[1]}, {good[1], good[0]}} {
		if o.check(g.Float32, bad, x, x, nil) == nil {
			t.Errorf("%v passed", bad)
		}
	}
	if o.check(g.Float32, good, x, x, []float64{1, 1}) == nil {
		t.Error("a sum without its other half passed")
	}
}

// TestFasterOnly: what is light stays with the standard engine, the rest goes to the device.
func TestFasterOnly(t *testing.T) {
	e := Engine{Device: engines(t)[g.Float64][0].Device, FasterOnly: true}
	a := on(plain(t, m, n, g.Float64), e)
	v := sliced(t, a, g.S(0))
	for name, c := range map[string]struct {
		heavy bool
		call  func() error
	}{
		"Add":       {false, func() error { _, err := g.Add(a, a); return err }},
		"AddScalar": {false, func() error { _, err := g.Add(a, 2.0); return err }},
		"Clamp":     {false, func() error { _, err := g.Clamp(a, 2.0, 3.0); return err }},
		"Inner":     {false, func() error { _, err := g.Inner(v, v); return err }},
		"Outer":     {false, func() error { _, err := g.Outer(v, v); return err }},
		"MatVecMul": {false, func() error { _, err := a.MatVecMul(v); return err }},
		"Exp":       {true, func() error { _, err := g.Exp(a); return err }},
		"Pow":       {false, func() error { _, err := g.Pow(a, a); return err }},
		"Sum":       {false, func() error { _, err := g.Sum(a); return err }},
		"Argmax":    {true, func() error { _, err := g.Argmax(a, 1); return err }},
		"MatMul":    {true, func() error { return e.MatMul(a, transposed(t, plain(t, m, n, g.Float64)), plain(t, m, m, g.Float64)) }},
	} {
		before := work(e.Device)
		if err := c.call(); err != nil {
			t.Fatal(name, err)
		}
		if (work(e.Device) > before) != c.heavy {
			t.Errorf("%s: %d operations on the device", name, work(e.Device)-before)
		}
	}
}
