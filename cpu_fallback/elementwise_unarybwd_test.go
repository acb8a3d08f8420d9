package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// unaryGradient runs UnaryBwd with exactly the operand that NeedsX promises, DX over DY.
func unaryGradient[T float](t *testing.T, op engine.UnaryOp, a, b float64, dy, x, y []T) []T {
	o := engine.UnaryBwd{Op: op, A: a, B: b}
	var dx []T
	o.DX, dx = fenced(t, dy...)
	o.DY = o.DX
	if op.NeedsX() {
		o.X, _ = fenced(t, x...)
	} else {
		o.Y, _ = fenced(t, y...)
	}
	must(t, newStream(t).UnaryBwd(o))
	return dx
}

// awayFromKinks drops samples whose central difference would straddle a kink.
func awayFromKinks(c unaryCase, x []float64, h float64) (kept []float64) {
next:
	for _, v := range x {
		for _, k := range c.kinks {
			if math.Abs(v-k) < 2*h {
				continue next
			}
		}
		kept = append(kept, v)
	}
	return kept
}

// differences is dy·(f(x+h) - f(x-h))/2h. With h = 1e-5 the truncation is about h²·f”' and the rounding 1e-16/h.
func differences(c unaryCase, dy, x []float64, h float64) []float64 {
	d := make([]float64, len(x))
	for i, v := range x {
		d[i] = dy[i] * (c.f(v+h) - c.f(v-h)) / (2 * h)
	}
	return d
}

func TestUnaryBwd(t *testing.T) {
	const h = 1e-5
	for _, c := range unaryCases {
		x := awayFromKinks(c, samples[float64](c, heavyGrain+50, 2), h)
		y, dy := make([]float64, len(x)), make([]float64, len(x))
		rng := rand.New(rand.NewPCG(3, 3))
		for i, v := range x {
			y[i], dy[i] = c.f(v), rng.NormFloat64()
		}
		want := differences(c, dy, x, h)
		got := unaryGradient(t, c.op, c.a, c.b, dy, x, y)
		expect(t, c.name, got, want, 1e-7, 1e-6)
		narrow := unaryGradient(t, c.op, c.a, c.b, to32(dy), to32(x), to32(y))
		// 1-y² and y(1-y) cancel; the inputs are rounded as well.
		expect(t, c.name+" float32", narrow, want, 5e-6, 2e-5)
	}
}

func to32(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func TestUnaryBwdGoesRed(t *testing.T) {
	c := unaryCases[engine.Tanh]
	x, dy := []float64{0.5}, []float64{1}
	if wrong := []float64{1 - math.Tanh(0.5)}; disagrees(wrong, differences(c, dy, x, 1e-5), 1e-7, 1e-6) < 0 {
		t.Error("1 - y passes for 1 - y²")
	}
}

func TestUnaryBwdAtKinks(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name    string
		op      engine.UnaryOp
		a, b    float64
		x, want []float64
	}{
		{"ReLU", engine.ReLU, 0, 0, []float64{-1, 0, 1, nan}, []float64{0, 0, 3, 3}},
		{"LeakyReLU", engine.LeakyReLU, 0.5, 0, []float64{-1, 0, 1, nan}, []float64{1.5, 1.5, 3, 1.5}},
		{"Abs", engine.Abs, 0, 0, []float64{-1, 0, 1, inf}, []float64{-3, 0, 3, 3}},
		{"Sign", engine.Sign, 0, 0, []float64{-1, 0, 1, nan}, []float64{0, 0, 0, 0}},
		{"Clamp", engine.Clamp, -1, 2, []float64{-2, -1, 2, 3, nan}, []float64{0, 3, 3, 0, 0}},
		{"Pow 0", engine.Pow, 0, 0, []float64{0, 1}, []float64{0, 0}},
		{"Pow 1", engine.Pow, 1, 0, []float64{0, 1}, []float64{3, 3}},
		{"ELU", engine.ELU, 2, 0, []float64{0, 1, -inf}, []float64{6, 3, 0}},
		{"GELU", engine.GELU, 0, 0, []float64{-1000, 1000}, []float64{0, 3}},
		{"Softplus", engine.Softplus, 0, 0, []float64{-1000, 1000}, []float64{0, 3}},
	} {
		y := unaryOf(t, c.op, c.a, c.b, c.x...)
		dy := make([]float64, len(c.x))
		for i := range dy {
			dy[i] = 3
		}
		expect(t, c.name, unaryGradient(t, c.op, c.a, c.b, dy, c.x, y), c.want, 0, 0)
		expect(t, c.name+" float32", unaryGradient(t, c.op, c.a, c.b, to32(dy), to32(c.x), to32(y)), c.want, 0, 0)
	}
	// What is blocked is 0, whatever flows in.
	got := unaryGradient(t, engine.ReLU, 0, 0, []float64{inf, nan}, nil, []float64{0, 0})
	expect(t, "blocked", got, []float64{0, 0}, 0, 0)
}

// Constant derivatives need neither operand.
func TestUnaryBwdWithoutOperands(t *testing.T) {
	for op, want := range map[engine.UnaryOp]float64{
		engine.Neg: -3, engine.Scale: 6, engine.Shift: 3, engine.Sign: 0, engine.Floor: 0, engine.Ceil: 0, engine.Round: 0,
	} {
		dy, _ := fenced[float32](t, 3)
		dx, v := blank[float32](t, 1)
		must(t, newStream(t).UnaryBwd(engine.UnaryBwd{Op: op, DX: dx, DY: dy, A: 2}))
		expect(t, "constant derivative", v, []float64{want}, 0, 0)
	}
}
