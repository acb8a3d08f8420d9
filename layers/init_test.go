package layers

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Mean, deviation and range of 40,000 draws. The mean of n draws of deviation s lies within 5 s/√n with a probability of
// 1-6e-7; the deviation within 5 s/√(2n)·√(k-1)/√2, where the kurtosis k is at most 3 here.
func TestInitStatistics(t *testing.T) {
	const n, fanIn, fanOut = 40000, 50, 150
	glorot := math.Sqrt(2.0 / (fanIn + fanOut))
	for _, c := range []struct {
		name     string
		init     Init
		dev, max float64
	}{
		{"GlorotUniform", GlorotUniform, glorot, math.Sqrt(6.0 / (fanIn + fanOut))},
		{"GlorotNormal", GlorotNormal, glorot, math.Inf(1)},
		{"HeUniform", HeUniform, math.Sqrt(2.0 / fanIn), math.Sqrt(6.0 / fanIn)},
		{"HeNormal", HeNormal, math.Sqrt(2.0 / fanIn), math.Inf(1)},
		{"LecunNormal", LecunNormal, math.Sqrt(1.0 / fanIn), math.Inf(1)},
		{"Uniform", Uniform(0.3), 0.3 / math.Sqrt(3), 0.3},
		{"Normal", Normal(0.7), 0.7, math.Inf(1)},
		{"TruncatedNormal", TruncatedNormal(0.5), 0.5 * 0.87962566, 1}, // sqrt(1 - 4φ(2)/(2Φ(2)-1))
	} {
		t.Run(c.name, func(t *testing.T) {
			w := make([]float32, n)
			c.init(newRand(), w, fanIn, fanOut)
			sum, squares, most := 0.0, 0.0, 0.0
			for _, v := range w {
				x := float64(v)
				sum, squares, most = sum+x, squares+x*x, max(most, math.Abs(x))
			}
			mean, dev := sum/n, math.Sqrt(squares/n)
			if !(math.Abs(mean) <= 5*c.dev/math.Sqrt(n)) {
				t.Errorf("mean %v, want 0", mean)
			}
			if !(math.Abs(dev-c.dev) <= 5*c.dev/math.Sqrt(2*n)) {
				t.Errorf("deviation %v, want %v", dev, c.dev)
			}
			if !(most <= c.max*(1+1e-6)) {
				t.Errorf("largest %v, want at most %v", most, c.max)
			}
			again := make([]float32, n)
			c.init(newRand(), again, fanIn, fanOut)
			if !slices.Equal(w, again) {
				t.Error("the same seed gave other values")
			}
		})
	}
}

func TestInitConstants(t *testing.T) {
	w := make([]float32, 3)
	for _, c := range []struct {
		init Init
		want float32
	}{{Ones, 1}, {Zeros, 0}, {Constant(0.5), 0.5}} {
		c.init(nil, w, 1, 1)
		if !slices.Equal(w, []float32{c.want, c.want, c.want}) {
			t.Errorf("%v, want %v", w, c.want)
		}
	}
}

// The product of Orthogonal with its transpose is the identity, on the shorter side.
func TestOrthogonal(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {5, 5}, {64, 64}, {7, 3}, {3, 7}} {
		rows, cols := size[0], size[1]
		w := make([]float32, rows*cols)
		Orthogonal(newRand(), w, cols, rows)
		at := func(i, j int) float64 { return float64(w[i*cols+j]) }
		n, k := rows, cols
		if rows > cols {
			at, n, k = func(i, j int) float64 { return float64(w[j*cols+i]) }, cols, rows
		}
		for a := range n {
			for b := range n {
				dot, want := 0.0, 0.0
				for i := range k {
					dot += at(a, i) * at(b, i)
				}
				if a == b {
					want = 1
				}
				// Each element is rounded to float32 once: an error of 2⁻²⁴ in each of the 2k factors.
				if !(math.Abs(dot-want) <= 4*math.Sqrt(float64(k))/(1<<24)) {
					t.Fatalf("%dx%d: rows %d and %d have product %v, want %v", rows, cols, a, b, dot, want)
				}
			}
		}
	}
	// Over many draws of 2x2 half are reflections; without the sign fix all would have one sign.
	reflections := 0
	rng, w := newRand(), make([]float32, 4)
	for range 200 {
		if Orthogonal(rng, w, 2, 2); w[0]*w[3]-w[1]*w[2] < 0 {
			reflections++
		}
	}
	if reflections < 60 || reflections > 140 {
		t.Errorf("%d of 200 are reflections, want about half", reflections)
	}
}

// The fans of a convolution count its window.
func TestConvFans(t *testing.T) {
	var in, out int
	spy := func(_ *rand.Rand, w []float32, fanIn, fanOut int) { in, out = fanIn, fanOut }
	NewConv2D(newRand(), Conv2DConfig{In: 3, Out: 8, Kernel: 5, Init: spy})
	if in != 75 || out != 200 {
		t.Errorf("convolution: fans %d and %d, want 75 and 200", in, out)
	}
	NewConvTranspose2D(newRand(), Conv2DConfig{In: 3, Out: 8, Kernel: 5, Init: spy})
	if in != 200 || out != 75 {
		t.Errorf("transposed: fans %d and %d, want 200 and 75, as in Keras", in, out)
	}
}
