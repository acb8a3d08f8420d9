package check

import (
	"math"
	"strings"
	"testing"
)

func TestClose(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name      string
		got, want []float64
		tol       Tol
		report    string // part of the message; "" means it passes
	}{
		{"equal", []float64{1, -2}, []float64{1, -2}, Tol{}, ""},
		{"empty", nil, nil, Tol{}, ""},
		{"at the bound", []float64{1.5}, []float64{1}, Tol{Abs: 0.5}, ""},
		{"relative", []float64{101}, []float64{100}, Tol{Rel: 0.01}, ""},
		{"beyond the bound", []float64{1, 1.25, 3}, []float64{1, 1, 1}, Tol{Abs: 0.2}, "2 of 3 elements differ; worst [2]: got 3, want 1, 10 times"},
		{"without tolerance", []float64{1 + 1e-15}, []float64{1}, Tol{}, "1 of 1"},
		{"relative to want", []float64{0.1}, []float64{0}, Tol{Rel: 1}, "1 of 1"},
		{"NaN got", []float64{nan}, []float64{1}, Tol{Abs: inf}, "got NaN, want 1"},
		{"NaN wanted", []float64{1}, []float64{nan}, Tol{Abs: 1}, "1 of 1"},
		{"NaN both", []float64{nan}, []float64{nan}, Tol{Abs: 1}, "1 of 1"},
		{"NaN both, allowed", []float64{nan}, []float64{nan}, Tol{NaN: true}, ""},
		{"NaN got, allowed elsewhere", []float64{nan, 1}, []float64{nan, nan}, Tol{NaN: true}, "1 of 2 elements differ; worst [1]"},
		{"NaN is the worst", []float64{9, nan, 9}, []float64{1, 1, 1}, Tol{Abs: 1}, "3 of 3 elements differ; worst [1]"},
		{"NaN tolerance", []float64{2}, []float64{1}, Tol{Abs: nan}, "1 of 1"},
		{"negative tolerance", []float64{2}, []float64{1}, Tol{Abs: -1}, "1 of 1"},
		{"equal infinities", []float64{inf, -inf}, []float64{inf, -inf}, Tol{}, ""},
		{"other infinity", []float64{-inf}, []float64{inf}, Tol{Rel: 1}, "1 of 1"},
		{"finite for infinite", []float64{1}, []float64{inf}, Tol{Rel: 1}, "got 1, want +Inf"},
		{"infinite for finite", []float64{inf}, []float64{1}, Tol{Abs: 1}, "1 of 1"},
		{"length", []float64{1}, []float64{1, 2}, Tol{Abs: 9}, "1 elements, want 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Recorder{}
			Close(r, "x", tt.got, tt.want, tt.tol)
			switch {
			case tt.report == "" && len(r.Notes) > 0:
				t.Errorf("want a pass, got %q", r.Notes)
			case tt.report != "" && (len(r.Notes) != 1 || !strings.HasPrefix(r.Notes[0], "x: ") || !strings.Contains(r.Notes[0], tt.report)):
				t.Errorf("want a failure with %q, got %q", tt.report, r.Notes)
			}
		})
	}
}

// A float32 result is compared with the float64 reference itself, not with its rounding.
func TestCloseAcrossTypes(t *testing.T) {
	third := 1.0 / 3
	if m := Diff([]float32{float32(third)}, []float64{third}, Tol{}); m == "" {
		t.Error("the rounding of 1/3 to float32 was not seen")
	}
	if m := Diff([]float32{float32(third)}, []float64{third}, Tolerance(1, 1)); m != "" {
		t.Error(m)
	}
}

func TestTolerance(t *testing.T) {
	if got := Tolerance(16, 3); got.Rel != 12*Epsilon || got.Abs != got.Rel {
		t.Errorf("Tolerance(16, 3) = %v, want 12ε", got)
	}
	if got := Tolerance(0, 1); got.Rel != Epsilon {
		t.Errorf("Tolerance(0, 1) = %v, want ε: no terms are one rounding", got)
	}
	if got := (Tol{Abs: 2, Rel: 3}).At(10); got != (Tol{Abs: 20, Rel: 3}) {
		t.Errorf("At(10) = %v", got)
	}
	if got := Scale([]float32{1, -4, float32(math.Inf(1)), float32(math.NaN())}); got != 4 {
		t.Errorf("Scale = %v, want 4", got)
	}
}
