package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// unaryCase is a function by its formula, where to sample it, and its error in units of rounding.
type unaryCase struct {
	name   string
	op     engine.UnaryOp
	a, b   float64
	f      func(x float64) float64
	lo, hi float64
	ulps   float64
	kinks  []float64 // not differentiated there
}

func erfGELU(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }

// unaryCases has a row for each function. 2 units are 1 ulp at most; a correctly rounded result has 1. The float64
// references may be as wrong as package math, hence the larger bounds.
var unaryCases = []unaryCase{
	{"ReLU", engine.ReLU, 0, 0, func(x float64) float64 { return math.Max(x, 0) }, -3, 3, 0, []float64{0}},
	{"LeakyReLU", engine.LeakyReLU, 0.125, 0, func(x float64) float64 { return math.Max(x, 0.125*x) }, -3, 3, 1, []float64{0}},
	{"Tanh", engine.Tanh, 0, 0, math.Tanh, -6, 6, 3, nil},
	{"Sigmoid", engine.Sigmoid, 0, 0, func(x float64) float64 { return math.Exp(x) / (1 + math.Exp(x)) }, -9, 9, 6, nil},
	{"Exp", engine.Exp, 0, 0, math.Exp, -9, 9, 3, nil},
	{"Log", engine.Log, 0, 0, math.Log, 0.1, 9, 3, nil},
	{"Sqrt", engine.Sqrt, 0, 0, math.Sqrt, 0.1, 9, 1, nil},
	{"Square", engine.Square, 0, 0, func(x float64) float64 { return x * x }, -3, 3, 1, nil},
	{"Neg", engine.Neg, 0, 0, func(x float64) float64 { return -x }, -3, 3, 0, nil},
	{"Scale", engine.Scale, 2.5, 0, func(x float64) float64 { return 2.5 * x }, -3, 3, 1, nil},
	{"Shift", engine.Shift, 2.5, 0, func(x float64) float64 { return 2.5 + x }, -1, 3, 1, nil},
	{"Abs", engine.Abs, 0, 0, math.Abs, -3, 3, 0, []float64{0}},
	{"Sign", engine.Sign, 0, 0, func(x float64) float64 { return math.Copysign(1, x) }, -3, 3, 0, []float64{0}},
	{"Reciprocal", engine.Reciprocal, 0, 0, func(x float64) float64 { return 1 / x }, 0.1, 3, 1, nil},
	{"Pow 2.5", engine.Pow, 2.5, 0, func(x float64) float64 { return x * x * math.Sqrt(x) }, 0.1, 3, 6, nil},
	{"Pow -3", engine.Pow, -3, 0, func(x float64) float64 { return 1 / (x * x * x) }, -3, -0.1, 6, nil},
	{"Pow 0", engine.Pow, 0, 0, func(x float64) float64 { return 1 }, -3, 3, 0, nil},
	{"Clamp", engine.Clamp, -1, 2, func(x float64) float64 { return math.Min(math.Max(x, -1), 2) }, -3, 3, 0, []float64{-1, 2}},
	{"Sin", engine.Sin, 0, 0, math.Sin, -9, 9, 2, nil},
	{"Cos", engine.Cos, 0, 0, math.Cos, -9, 9, 2, nil},
	{"Softplus", engine.Softplus, 0, 0, func(x float64) float64 { return math.Log1p(math.Exp(x)) }, -9, 9, 6, nil},
	{"GELU", engine.GELU, 0, 0, erfGELU, -2, 4, 40, nil}, // the reference's 1 + erf cancels below 0
	{"ELU", engine.ELU, 1.5, 0, func(x float64) float64 { return math.Max(x, 0) + 1.5*math.Expm1(math.Min(x, 0)) }, -5, 3, 5, []float64{0}},
	{"Floor", engine.Floor, 0, 0, math.Floor, -3, 3, 0, []float64{-2, -1, 0, 1, 2}},
	{"Ceil", engine.Ceil, 0, 0, math.Ceil, -3, 3, 0, []float64{-2, -1, 0, 1, 2}},
	{"Round", engine.Round, 0, 0, math.RoundToEven, -3, 3, 0, []float64{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}},
}

func samples[T float](c unaryCase, n int, seed uint64) []T {
	rng, x := rand.New(rand.NewPCG(seed, 1)), make([]T, n)
	for i := range x {
		x[i] = T(c.lo + (c.hi-c.lo)*rng.Float64())
	}
	return x
}

func testUnary[T float](t *testing.T, c unaryCase, n int) {
	bx, x := fenced(t, samples[T](c, n, 1)...)
	by, y := blank[T](t, n)
	must(t, newStream(t).Unary(engine.Unary{Op: c.op, Y: by, X: bx, A: c.a, B: c.b}))
	want := make([]float64, n)
	for i, v := range x {
		want[i] = c.f(float64(v))
	}
	expect(t, fmt.Sprintf("%s of %d %v", c.name, n, by.DType), y, want, 0, c.ulps*unitError[T]())
	must(t, newStream(t).Unary(engine.Unary{Op: c.op, Y: bx, X: bx, A: c.a, B: c.b}))
	expect(t, c.name+" in place", x, want, 0, c.ulps*unitError[T]())
}

func TestUnary(t *testing.T) {
	seen := map[engine.UnaryOp]bool{}
	for _, c := range unaryCases {
		seen[c.op] = true
		for _, n := range []int{0, 1, 33, 2*lightGrain + 7} {
			testUnary[float32](t, c, n)
			testUnary[float64](t, c, min(n, 4096))
		}
	}
	if len(seen) != int(engine.UnaryOps) {
		t.Errorf("%d of %d functions have a row", len(seen), engine.UnaryOps)
	}
}

// The widest bound of the table still tells the exact GELU from its approximation by tanh.
func TestUnaryGoesRed(t *testing.T) {
	y := unaryOf(t, engine.GELU, 0, 0, 1.0)
	if tanhForm := 0.5 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(1+0.044715))); disagrees(y, []float64{tanhForm}, 0, 40*0x1p-53) < 0 {
		t.Error("the tanh form of GELU passes for the exact one")
	}
}

func unaryOf[T float](t *testing.T, op engine.UnaryOp, a, b float64, x ...T) []T {
	bx, _ := fenced(t, x...)
	by, y := blank[T](t, len(x))
	must(t, newStream(t).Unary(engine.Unary{Op: op, Y: by, X: bx, A: a, B: b}))
	return y
}

func TestUnarySpecialValues(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	x := []float64{-inf, -1, 0, 1, inf, nan}
	for _, c := range []struct {
		name string
		op   engine.UnaryOp
		a, b float64
		want []float64
	}{
		{"ReLU", engine.ReLU, 0, 0, []float64{0, 0, 0, 1, inf, nan}},
		{"LeakyReLU", engine.LeakyReLU, 0.5, 0, []float64{-inf, -0.5, 0, 1, inf, nan}},
		{"Tanh", engine.Tanh, 0, 0, []float64{-1, math.Tanh(-1), 0, math.Tanh(1), 1, nan}},
		{"Sigmoid", engine.Sigmoid, 0, 0, []float64{0, 1 / (1 + math.E), 0.5, math.E / (1 + math.E), 1, nan}},
		{"Exp", engine.Exp, 0, 0, []float64{0, 1 / math.E, 1, math.E, inf, nan}},
		{"Log", engine.Log, 0, 0, []float64{nan, nan, -inf, 0, inf, nan}},
		{"Sign", engine.Sign, 0, 0, []float64{-1, -1, 0, 1, 1, 0}},
		{"Abs", engine.Abs, 0, 0, []float64{inf, 1, 0, 1, inf, nan}},
		{"Clamp", engine.Clamp, -0.5, 2, []float64{-0.5, -0.5, 0, 1, 2, nan}},
		{"Softplus", engine.Softplus, 0, 0, []float64{0, math.Log1p(1 / math.E), math.Ln2, 1 + math.Log1p(1/math.E), inf, nan}},
		{"ELU", engine.ELU, 2, 0, []float64{-2, 2 / math.E * (1 - math.E), 0, 1, inf, nan}},
	} {
		expect(t, c.name, unaryOf(t, c.op, c.a, c.b, x...), c.want, 0, 4*0x1p-53)
		expect(t, c.name+" float32", unaryOf(t, c.op, c.a, c.b, float32(-inf), -1, 0, 1, float32(inf), float32(nan)), c.want, 0, 4*0x1p-24)
	}
	round := []float64{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, inf, nan}
	expect(t, "Round", unaryOf(t, engine.Round, 0, 0, round...), []float64{-2, -2, 0, 0, 2, 2, inf, nan}, 0, 0)
	expect(t, "Softplus of 1000", unaryOf(t, engine.Softplus, 0, 0, 1000., -1000), []float64{1000, 0}, 0, 0)
	if y := unaryOf(t, engine.Tanh, 0, 0, float32(math.Copysign(0, -1))); !math.Signbit(float64(y[0])) {
		t.Error("tanh of -0 is not -0")
	}
}
