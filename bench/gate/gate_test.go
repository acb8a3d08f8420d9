package gate

import (
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/tensor"
)

func of(v ...float32) cases.Tensors {
	return cases.Tensors{"y": tensor.ArrayOf(v, len(v))}
}

func TestDiffer(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tol := cases.Tolerance{"": {Relative: 1e-3}, "loose": {Relative: 0.1}, "whole": {Relative: 0.1, Whole: true}}
	for _, c := range []struct {
		got, want cases.Tensors
		fault     string
	}{
		{of(1, 2, 3), of(1, 2, 3), ""},
		{of(1, 2.001, 3), of(1, 2, 3), ""},
		{of(0.002, 2, 3), of(0, 2, 3), ""}, // held to the root mean square, 2.08
		{of(1, 2.01, 3.1), of(1, 2, 3), "y[2] is 3.1, want 3 within 0.003 (2 of 3 elements differ)"},
		{of(1, nan, 3), of(1, 2, 3), "y[1] is NaN"},
		{of(1, 2, 3), of(1, nan, 3), "y["},
		{of(1, inf), of(1, inf), "y["},
		{of(1, 2), of(1, 2, 3), "y is [2], want [3]"},
		{cases.Tensors{}, of(1), "there is no y"},
		{cases.Tensors{"y": of(1)["y"], "z": of(1)["y"]}, of(1), "z is too much"},
		{of(0), of(0), ""},
		{of(1e-30), of(0), "y[0]"},
		{cases.Tensors{"loose.y": of(1.05)["y"]}, cases.Tensors{"loose.y": of(1)["y"]}, ""},
		{cases.Tensors{"whole": of(1, 1, 1.15)["y"]}, cases.Tensors{"whole": of(1, 1, 1)["y"]}, ""},
		{cases.Tensors{"whole": of(1, 1, 1.2)["y"]}, cases.Tensors{"whole": of(1, 1, 1)["y"]}, "whole is 0.12 of its size away, want 0.1"},
		{cases.Tensors{"whole": of(1, 1, nan)["y"]}, cases.Tensors{"whole": of(1, 1, 1)["y"]}, "whole is NaN"},
	} {
		got := Differ(c.got, c.want, tol)
		if c.fault == "" && got != "" || !strings.HasPrefix(got, c.fault) {
			t.Errorf("%v against %v: %q, want %q", c.got, c.want, got, c.fault)
		}
	}
}

// A planted wrong result is refused, whoever has it: braid too, if the others agree.
func TestJudge(t *testing.T) {
	tol := cases.Tolerance{"": {Relative: 1e-5}}
	for _, c := range []struct {
		results map[string]cases.Tensors
		wrong   []string
	}{
		{map[string]cases.Tensors{"braid": of(1, 2), "a": of(1, 2)}, nil},
		{map[string]cases.Tensors{"braid": of(1, 2), "a": of(1, 2.1)}, []string{"a"}},
		{map[string]cases.Tensors{"braid": of(1, 2), "a": of(1, 2.1), "b": of(1, 2.1)}, []string{"braid"}},
		{map[string]cases.Tensors{"braid": of(1, 2), "a": of(1, 2), "b": of(7, 2), "c": of(7, 2)}, []string{"b", "c"}},
		{map[string]cases.Tensors{"braid": of(float32(math.NaN()), 2)}, []string{"braid"}},
		{map[string]cases.Tensors{"a": of(1), "b": of(1)}, nil},
	} {
		faults := Judge(c.results, "braid", tol)
		for name, fault := range faults {
			wrong := false
			for _, w := range c.wrong {
				wrong = wrong || w == name
			}
			if wrong != (fault != "") {
				t.Errorf("%v: %s: %q", c.results, name, fault)
			}
		}
		if len(faults) != len(c.results) {
			t.Errorf("%v: %v", c.results, faults)
		}
	}
}
