//go:build !purego

package cpu

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Rows of any length at any address give what the definition gives, and nothing around them is written.
func TestSoftmaxRows(t *testing.T) {
	const eps = 0x1p-24
	eachVectors(t, func(t *testing.T, _ func(func())) {
		rng := rand.New(rand.NewPCG(1, 2))
		for n := 1; n < 140; n++ {
			lead := 1 + n%3
			x, whole := make([]float32, n), make([]float32, n+lead+20)
			for i := range whole {
				whole[i] = canary
			}
			most, sum := math.Inf(-1), 0.0
			for i := range x {
				x[i] = float32(3 * rng.NormFloat64())
				most = max(most, float64(x[i]))
			}
			want, scaled, lesser := make([]float64, n), make([]float64, n), make([]float64, n)
			for i, v := range x {
				want[i] = math.Exp(float64(v) - most)
				scaled[i], lesser[i] = 0.7*float64(v)-2, float64(v)-most-0.3
				sum += want[i]
			}
			y := whole[lead : lead+n]
			m, ok := fastMax(x)
			if !ok || m != most {
				t.Fatalf("the largest of %d is %v, want %v", n, m, most)
			}
			total, _ := fastExpSum(y, x, m)
			expect(t, "terms", y, want, 0, 30*eps) // x - m is rounded, and is down to -20
			alone, _ := fastExpSum(nil, x, m)
			expect(t, "sums", []float64{total, alone}, []float64{sum, sum}, 0, 30*eps)
			fastScaleShift(y, x, 0.7, -2)
			expect(t, "scaled and shifted", y, scaled, 20*eps, eps)
			fastLess(y, x, m+0.3)
			expect(t, "lessened", y, lesser, 0, eps)
			for i, v := range whole {
				if (i < lead || i >= lead+n) && v != canary {
					t.Fatalf("%d numbers: element %d is written", n, i-lead)
				}
			}
		}
		for _, odd := range []float32{float32(math.NaN()), float32(math.Inf(-1)), -1e30} {
			x := make([]float32, 37)
			x[35] = odd
			m, _ := fastMax(x)
			total, _ := fastExpSum(nil, x, 0)
			if nan := odd != odd; math.IsNaN(m) != nan || math.IsNaN(total) != nan || !nan && total != 36 {
				t.Errorf("with %v: largest %v, sum %v", odd, m, total)
			}
		}
	})
}
