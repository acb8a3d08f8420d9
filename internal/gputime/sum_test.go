//go:build linux && cgo && !cpu

package gputime

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/braidml/braid/cuda"
)

// A sum that lacks one of a thousand terms, or is no number, does not pass in any precision; a rounded one does.
func TestSumGoesRed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for p := range Precisions {
		var all sum
		lost := 0.0
		for range 1000 {
			a, b := 2*rng.Float32()-1, 2*rng.Float32()-1
			all.add(a, b)
			if v := float64(a) * float64(b); math.Abs(v) > math.Abs(lost) {
				lost = v
			}
		}
		if err := all.compare("right", 0, float32(all.value), cuda.Precision(p)); err != nil {
			t.Error(err)
		}
		for _, wrong := range []float64{all.value + 2*all.tolerance(cuda.Precision(p)), math.NaN(), math.Inf(1), all.value + math.Sqrt(all.squares)} {
			if all.compare("wrong", 0, float32(wrong), cuda.Precision(p)) == nil {
				t.Errorf("%s: %v passes for %v", Precisions[p], wrong, all.value)
			}
		}
		if p == 0 && all.compare("one term missing", 0, float32(all.value-lost), cuda.FP32) == nil {
			t.Error("a sum without its largest term passes")
		}
	}
	var long sum
	long.terms, long.squares = 1<<30, 1<<30
	if long.compare("too long", 0, 0, cuda.TF32) == nil {
		t.Error("a sum whose errors may be as large as itself passes")
	}
}

func TestMedian(t *testing.T) {
	if m := median([]time.Duration{5, 1, 9}); m != 5 {
		t.Errorf("the median of 5, 1, 9 is %d", m)
	}
}

// What is timed at real sizes can be checked there: no sum is too long for its precision.
func TestCasesCanBeChecked(t *testing.T) {
	longest := sum{terms: 32 * 220 * 220, squares: 32 * 220 * 220 / 9.}
	for p := range Precisions {
		if err := longest.compare("filter gradient", 0, 0, cuda.Precision(p)); err != nil {
			t.Error(err)
		}
	}
	for _, cases := range [][]Case{Full, Tiny} {
		var names []string
		for _, c := range cases {
			names = append(names, c.Name)
		}
		slices.Sort(names)
		if len(slices.Compact(names)) != len(cases) {
			t.Error("two cases have one name")
		}
	}
}
