package metrics

import (
	"errors"
	"math"
	"testing"

	"github.com/braidml/braid/tensor"
)

// grid is the numbers of testdata/generative.py: from 0 to 1, exact in float32.
func grid(scale float64, step, start int, shape ...int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float64, n)
	for i := range v {
		v[i] = scale * float64((i*i*7+i*step+start)%1021) / 1024
	}
	return tensor.ArrayOf(v, shape...)
}

// mixed is three parts of a and one of b.
func mixed(a, b tensor.Array) tensor.Array {
	out := make([]float64, a.Len())
	for i, v := range a.Float64s() {
		out[i] = 0.75*v + 0.25*b.Float64s()[i]
	}
	return tensor.ArrayOf(out, a.Shape()...)
}

// within is about the rounding of a few hundred operations on numbers near want.
func within(got, want float64) bool {
	return math.Abs(got-want) <= 1e-12*max(1, min(math.Abs(want), 100))
}

func TestWithin(t *testing.T) {
	for _, v := range []float64{math.NaN(), 1 + 3e-12, math.Inf(1)} {
		if within(v, 1) || within(1, v) {
			t.Errorf("%v passes for 1", v)
		}
	}
}

// The numbers are SciPy's. Its root of a matrix is another algorithm, on numbers that are squared: half the digits agree
// at worst, where a covariance is nearly singular; these are not.
func TestFrechetDistance(t *testing.T) {
	a, b := grid(1, 31, 5, 40, 6), grid(2, 57, 11, 30, 6)
	half := make([]float64, a.Len())
	for i, v := range a.Float64s() {
		half[i] = v + 0.5
	}
	for _, c := range []struct {
		name string
		with tensor.Array
		want float64
	}{{"another set", b, 1.9250268216500608}, {"moved by a half", tensor.ArrayOf(half, 40, 6), 1.5}, {"itself", a, 0}} {
		got, err := FrechetDistance(a, c.with)
		if err != nil || !(math.Abs(got-c.want) <= 1e-11) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	// Fewer samples than features: the covariances are singular.
	few := a.Slice(0, 3)
	if got, err := FrechetDistance(few, few); err != nil || !(got <= 1e-7) { // the root of 1e-16
		t.Errorf("three samples against themselves: %v, %v", got, err)
	}
	half[7] = math.NaN()
	if got, err := FrechetDistance(a, tensor.ArrayOf(half, 40, 6)); err == nil || got == got {
		t.Errorf("with a NaN: %v, %v", got, err)
	}
}

func TestClassEntropy(t *testing.T) {
	p := grid(1, 31, 5, 20, 5).Float64s()
	for i := 0; i < len(p); i += 5 {
		sum := 0.0
		for k := range 5 {
			p[i+k] += 0.01
			sum += p[i+k]
		}
		for k := range 5 {
			p[i+k] /= sum
		}
	}
	overall, each := ClassEntropy(tensor.ArrayOf(p, 20, 5))
	if !within(overall, 1.6024805596489422) || !within(each, 1.4376907793048264) {
		t.Errorf("%v and %v", overall, each)
	}
	sure := tensor.ArrayOf([]float32{1, 0, 0, 1}, 2, 2)
	if overall, each = ClassEntropy(sure); !within(overall, math.Ln2) || each != 0 {
		t.Errorf("two sure images of two classes have %v and %v", overall, each)
	}
	if overall, each = ClassEntropy(sure.Slice(0, 1)); overall != 0 || each != 0 {
		t.Errorf("one class has %v and %v", overall, each)
	}
}

func TestPairwiseDistance(t *testing.T) {
	if got := PairwiseDistance(grid(1, 31, 5, 40, 6)); !within(got, 0.39113507936558434) {
		t.Errorf("%v", got)
	}
	if got := PairwiseDistance(tensor.ArrayOf([]uint8{0, 0, 255, 255, 0, 0}, 3, 2, 1, 1)); !within(got, 2.0/3) {
		t.Errorf("of bytes: %v", got)
	}
}

func TestImages(t *testing.T) {
	for channels, want := range map[int][3]float64{
		1: {0.009741039015352726, 20.114013924413896, 0.9294322605018637},
		3: {0.0100469458848238, 19.97979524470106, 0.9221328421793151},
	} {
		x := grid(1, 31, 5, 2, 14, 16, channels)
		y := mixed(x, grid(1, 57, 11, 2, 14, 16, channels))
		for i, m := range []Metric{ImageError(), PSNR(), SSIM()} {
			// In two batches and in one.
			if a, b := measure(m, x, y, 1), measure(m, x, y, 2); !within(a, want[i]) || !within(b, want[i]) {
				t.Errorf("%s of %d channels is %v and %v, want %v", m.Name(), channels, a, b, want[i])
			}
			if m.Reset(); !math.IsNaN(m.Value()) {
				t.Errorf("%s of nothing is %v", m.Name(), m.Value())
			}
		}
	}
	bytes := tensor.ArrayOf([]uint8{255, 0, 51, 255}, 1, 2, 2, 1)
	reals := tensor.ArrayOf([]float32{1, 0, 0.2, 0.5}, 1, 2, 2, 1)
	m := ImageError()
	if got := measure(m, reals, bytes, 1); !(math.Abs(got-0.0625) <= 1e-8) { // float32's 0.2
		t.Errorf("the error against bytes is %v, want 0.0625", got)
	}
	x := grid(1, 31, 5, 2, 14, 16, 1)
	if s, p := measure(SSIM(), x, x, 2), measure(PSNR(), x, x, 2); !within(s, 1) || !math.IsInf(p, 1) {
		t.Errorf("equal images have %v and %v dB", s, p)
	}
}

// Wrong arguments are the caller's mistake.
func TestGenerativeMistakes(t *testing.T) {
	x := grid(1, 31, 5, 2, 10, 12, 1)
	for name, f := range map[string]func(){
		"SSIM of 10 pixels":  func() { SSIM().Observe(x, x) },
		"PSNR of two sizes":  func() { PSNR().Observe(x, x.Slice(0, 1)) },
		"one feature row":    func() { _, _ = FrechetDistance(grid(1, 1, 1, 1, 4), grid(1, 1, 1, 4, 4)) },
		"other widths":       func() { _, _ = FrechetDistance(grid(1, 1, 1, 4, 3), grid(1, 1, 1, 4, 4)) },
		"features of images": func() { _, _ = FrechetDistance(x, x) },
		"distance of one":    func() { PairwiseDistance(x.Slice(0, 1)) },
		"entropy of nothing": func() { ClassEntropy(tensor.Array{}) },
	} {
		err := tensor.Try(func() error { f(); return nil })
		var mistake *tensor.Error
		if !errors.As(err, &mistake) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
