package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func philoxOf(c [4]uint32, k0, k1 uint32) (w [4]uint32) {
	w[0], w[1], w[2], w[3] = philox(c[0], c[1], c[2], c[3], k0, k1)
	return w
}

// The known answers that the authors publish with Random123, for philox4x32-10.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := philoxOf(c.counter, c.key[0], c.key[1]); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

func noiseOf[T float](t *testing.T, normal bool, n int, state []int32, site uint32, a, b float64) []T {
	by, y := blank[T](t, n)
	bs, _ := fenced(t, state...)
	o := engine.Noise{Y: by, State: bs, Site: site, A: a, B: b}
	if normal {
		must(t, newStream(t).Normal(o))
	} else {
		must(t, newStream(t).Uniform(o))
	}
	return y
}

// drawOf is the definition in the seam, one draw at a time.
func drawOf(normal bool, i int, s []int32, site uint32) float64 {
	w := philoxOf([4]uint32{uint32(i / 4), site, uint32(s[2]), uint32(s[3])}, uint32(s[0]), uint32(s[1]))
	if !normal {
		return float64(w[i%4]>>8) / (1 << 24)
	}
	pair := w[i%4/2*2:]
	u, v := (float64(pair[0]>>8)+1)/(1<<24), float64(pair[1]>>8)/(1<<24)
	r, phi := math.Sqrt(-2*math.Log(u)), 2*math.Pi*v
	if i%2 == 0 {
		return r * math.Cos(phi)
	}
	return r * math.Sin(phi)
}

func TestNoiseFollowsDefinition(t *testing.T) {
	state := []int32{-5, 7, 11, -13}
	for _, normal := range []bool{false, true} {
		for _, n := range []int{0, 1, 3, 4, 7, heavyGrain, heavyGrain + 2, 3*heavyGrain + 1} {
			want := make([]float64, n)
			for i := range want {
				want[i] = 0.5 + 3*drawOf(normal, i, state, 9)
			}
			what := fmt.Sprintf("%d draws, normal %v", n, normal)
			expect(t, what, noiseOf[float64](t, normal, n, state, 9, 0.5, 3), want, 1e-14, 1e-14)
			expect(t, what+" float32", noiseOf[float32](t, normal, n, state, 9, 0.5, 3), want, 0x1p-22, 0x1p-22)
		}
	}
}

// Every word of State and Site matters, and is read when the operation runs.
func TestNoiseStreams(t *testing.T) {
	first := noiseOf[float32](t, false, 64, []int32{1, 2, 3, 4}, 5, 0, 1)
	for i := range 5 {
		state, site := []int32{1, 2, 3, 4}, uint32(5)
		if i < 4 {
			state[i]++
		} else {
			site++
		}
		same := 0
		for j, v := range noiseOf[float32](t, false, 64, state, site, 0, 1) {
			if v == first[j] {
				same++
			}
		}
		if same > 1 {
			t.Errorf("word %d: %d of 64 draws are the same", i, same)
		}
	}
	if short := noiseOf[float32](t, false, 21, []int32{1, 2, 3, 4}, 5, 0, 1); !slices.Equal(short, first[:21]) {
		t.Error("the draws depend on how many there are")
	}
}

// moments are the mean, variance, fourth moment and the correlation of neighbours.
func moments(x []float64, mean float64) (m1, m2, m4, neighbour float64) {
	n := float64(len(x))
	for i, v := range x {
		d := v - mean
		m1 += d / n
		m2 += d * d / n
		m4 += d * d * d * d / n
		neighbour += d * (x[(i+1)%len(x)] - mean) / n
	}
	return m1 + mean, m2, m4, neighbour
}

// The bounds are five standard deviations of each estimate.
func TestNoiseStatistics(t *testing.T) {
	const n = 1 << 18
	state := []int32{3, 1, 4, 1}
	for _, c := range []struct {
		normal       bool
		mean, m2, m4 float64
		m8           float64 // of (x-mean)⁸, for the error of m4
	}{{false, 0.5, 1. / 12, 1. / 80, 1. / 2304}, {true, 0, 1, 3, 105}} {
		x := noiseOf[float64](t, c.normal, n, state, 2, 0, 1)
		m1, m2, m4, neighbour := moments(x, c.mean)
		for _, e := range []struct {
			name                string
			got, want, variance float64
		}{{"mean", m1, c.mean, c.m2}, {"variance", m2, c.m2, c.m4 - c.m2*c.m2}, {"fourth moment", m4, c.m4, c.m8 - c.m4*c.m4}, {"covariance of neighbours", neighbour, 0, c.m2 * c.m2}} {
			if !agree(e.got, e.want, 5*math.Sqrt(e.variance/n)) {
				t.Errorf("normal %v: %s is %v, want %v", c.normal, e.name, e.got, e.want)
			}
		}
		if lo, hi := slices.Min(x), slices.Max(x); !c.normal && (lo < 0 || hi >= 1) || c.normal && math.IsInf(hi-lo, 0) {
			t.Errorf("normal %v: draws from %v to %v", c.normal, lo, hi)
		}
	}
	if _, m2, _, _ := moments(noiseOf[float64](t, false, n, state, 2, 0, 1.02), 0.51); agree(m2, 1./12, 5*math.Sqrt((1./80-1./144)/n)) {
		t.Error("a scale that is 2 % off passes")
	}
}

func testDropout[T float](t *testing.T, n int, rate float64) {
	x := slices.Repeat([]T{3}, n)
	state := []int32{1, 2, 3, 4}
	want, kept := make([]float64, n), 0
	for i := range want {
		if drawOf(false, i, state, 7) >= rate {
			want[i] = float64(x[i]) / (1 - rate)
			kept++
		} else {
			x[i] = T(math.NaN()) // dropped even so
		}
	}
	o := engine.Dropout{Site: 7, Rate: rate}
	var y []T
	o.X, _ = fenced(t, x...)
	o.State, _ = fenced(t, state...)
	o.Y, y = blank[T](t, n)
	must(t, newStream(t).Dropout(o))
	expect(t, fmt.Sprintf("dropout %v of %d", rate, n), y, want, 0, 3*unitError[T]())
	if !agree(float64(kept), float64(n)*(1-rate), 5*math.Sqrt(float64(n)*rate*(1-rate))) {
		t.Errorf("kept %d of %d at rate %v", kept, n, rate)
	}
}

func TestDropout(t *testing.T) {
	for _, rate := range []float64{0, 0.1, 0.5, 0.9, 1} {
		for _, n := range []int{0, 1, 7, 3*heavyGrain + 1} {
			testDropout[float32](t, n, rate)
			testDropout[float64](t, n, rate)
		}
	}
}
