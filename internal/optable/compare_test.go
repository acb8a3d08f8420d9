package optable

import (
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// A result that is wrong anywhere is seen, and not only in its output.
func TestComparisonsGoRed(t *testing.T) {
	array := func(v ...float32) tensor.Array { return tensor.ArrayOf(v, len(v)) }
	good := func() Result {
		return Result{Y: array(1, 2), Grads: []tensor.Array{array(3, 4), array(5)}, State: []tensor.Array{array(6)}}
	}
	row := Row{Name: "planted", Roundings: 1}
	if m := row.Diff(good(), good(), 1); m != "" {
		t.Errorf("equal results differ: %s", m)
	}
	if m := SameBits(good(), good()); m != "" {
		t.Errorf("equal results have other bits: %s", m)
	}
	nan := float32(math.NaN())
	for name, plant := range map[string]func(r *Result){
		"output":          func(r *Result) { r.Y = array(1, 2.001) },
		"output NaN":      func(r *Result) { r.Y = array(nan, 2) },
		"shape":           func(r *Result) { r.Y = tensor.ArrayOf([]float32{1, 2}, 2, 1) },
		"gradient":        func(r *Result) { r.Grads[1] = array(5.001) },
		"gradient NaN":    func(r *Result) { r.Grads[0] = array(3, nan) },
		"gradient absent": func(r *Result) { r.Grads = r.Grads[:1] },
		"parameter":       func(r *Result) { r.State[0] = array(6.001) },
		"parameter lost":  func(r *Result) { r.State = nil },
	} {
		bad := good()
		plant(&bad)
		if row.Diff(bad, good(), 1) == "" {
			t.Errorf("%s: Diff did not see it", name)
		}
		if SameBits(bad, good()) == "" {
			t.Errorf("%s: SameBits did not see it", name)
		}
	}
	last := good()
	last.Y = array(1, math.Nextafter32(2, 3))
	if row.Diff(last, good(), 1) != "" {
		t.Error("Diff rejects the rounding of one operation")
	}
	if SameBits(last, good()) == "" {
		t.Error("SameBits accepts another last bit")
	}
}

func TestRowsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rows {
		if seen[r.Name] {
			t.Errorf("two rows are called %q", r.Name)
		}
		seen[r.Name] = true
		for i, x := range r.Draw(rng(r.Name, 0), batch) {
			if isReal := x.DType() == tensor.Float32; !isReal && !r.Args[i].Fixed {
				t.Errorf("%s: input %d is %v and must be fixed", r.Name, i, x.DType())
			}
			if slices.ContainsFunc(x.Float64s(), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
				t.Errorf("%s: input %d is not finite", r.Name, i)
			}
		}
	}
}
