package stats

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*math.Max(1, math.Abs(want))) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func upTo(n int) (v []float64) {
	for i := range n {
		v = append(v, float64((i*7)%n+1)) // 7 divides none of the tests' n: all of 1 … n, out of order
	}
	return v
}

func TestSummarise(t *testing.T) {
	for _, c := range []struct {
		sample                    []float64
		median, low, high, really float64
	}{
		// Binomial coefficients: of 10 values 2·(1+10)/1024 lie beyond the second and the ninth.
		{upTo(10), 5.5, 2, 9, 1 - 22.0/1024},
		{upTo(11), 6, 2, 10, 1 - 24.0/2048},
		{upTo(20), 10.5, 6, 15, 1 - 2*(1+20+190+1140+4845+15504)/math.Pow(2, 20)},
		{upTo(6), 3.5, 1, 6, 1 - 2.0/64},
		{upTo(5), 3, 1, 5, 1 - 2.0/32}, // too few for 95 %
		{[]float64{3}, 3, 3, 3, 0},
		{[]float64{4, 4, 4, 4, 4, 4, 4, 4}, 4, 4, 4, 1 - 2.0/256},
	} {
		s := Summarise(c.sample, 0.95)
		near(t, "median", s.Median, c.median)
		near(t, "low", s.Low, c.low)
		near(t, "high", s.High, c.high)
		near(t, "certainty", s.Certainty, c.really)
	}
	if s := Summarise(nil, 0.95); !math.IsNaN(s.Median) || !math.IsNaN(s.Low) || s.N != 0 {
		t.Errorf("of nothing: %+v", s)
	}
	near(t, "spread", Summary{Median: 4, Low: 3, High: 5}.Spread(), 0.25)
}

func TestQuantile(t *testing.T) {
	for q, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 4.96, 1: 5, 0.25: 2} {
		near(t, "quantile", Quantile([]float64{5, 1, 4, 2, 3}, q), want)
	}
}

// The probabilities of small samples can be counted by hand.
func TestUTest(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{4, 5, 6}, 2.0 / 20},
		{[]float64{4, 5, 6}, []float64{1, 2, 3}, 2.0 / 20},
		{[]float64{1, 2, 4}, []float64{3, 5, 6}, 4.0 / 20},
		{[]float64{1, 2}, []float64{3, 4, 5}, 2.0 / 10},
		{[]float64{1, 4}, []float64{2, 3}, 1},
		{[]float64{1, 1}, []float64{1, 1}, 1},
		{[]float64{1, 2}, []float64{2, 3}, 2 * 2.0 / 6}, // ties: {1,2} twice of six choices are as far out
		{nil, []float64{1}, 1},
	} {
		near(t, "p", UTest(c.a, c.b), c.want)
	}
	a, b := upTo(10), upTo(10)
	for i := range b {
		b[i] += 100
	}
	near(t, "p of 10 and 10 apart", UTest(a, b), 2/184756.0)
	if p := UTest(upTo(40), upTo(45)); !(p > 0.01 && p <= 1) {
		t.Errorf("p of large samples is %v", p)
	}
}

func TestRatios(t *testing.T) {
	r := Ratios([]float64{2, 9, 5}, []float64{1, 3})
	if len(r) != 2 || r[0] != 2 || r[1] != 3 {
		t.Errorf("ratios are %v", r)
	}
}
