package tensorcheck

import (
	"strings"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

func TestGradCheck(t *testing.T) {
	x := tensor.ArrayOf([]float32{0.5, -1, 2, 0.25, 1.5, -0.75}, 2, 3)
	y := tensor.ArrayOf([]float32{1, 2, -0.5}, 3)
	ids := tensor.ArrayOf([]int32{1, 0}, 2)
	tests := []struct {
		name   string
		f      Func
		xs     []tensor.Array
		report string // part of the message; "" means it passes
	}{
		{"product", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Mul(xs[1]).Tanh() },
			[]tensor.Array{x, y}, ""},
		{"integers are constants", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Rows(xs[1]) },
			[]tensor.Array{x, ids}, ""},
		{"an input without effect", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Square() },
			[]tensor.Array{x, y}, ""},
		{"missing gradient", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Detach().Square() },
			[]tensor.Array{x}, "gradient of input 0 [2 3]"},
		{"half a gradient", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Mul(xs[0].Detach()) },
			[]tensor.Array{x}, "6 of 6 elements differ"},
		{"one input of two", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Mul(xs[1].Detach()) },
			[]tensor.Array{x, y}, "gradient of input 1 [3]"},
		{"not a number", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Log() },
			[]tensor.Array{x}, "NaN"},
		{"a caller's mistake", func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Reshape(7) },
			[]tensor.Array{x}, "Reshape: [2 3]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &check.Recorder{}
			GradCheck(r, tt.f, tt.xs...)
			log := strings.Join(r.Notes, "\n")
			if tt.report == "" && log != "" {
				t.Errorf("want a pass, got %s", log)
			}
			if tt.report != "" {
				for _, kind := range []string{"fused: ", "unfused: "} {
					if !strings.Contains("\n"+log, "\n"+kind) || !strings.Contains(log, tt.report) {
						t.Errorf("want a failure on the %sdevice with %q, got %s", kind, tt.report, log)
					}
				}
			}
		})
	}
}

// The values that GradCheck is given stay as they are.
func TestGradCheckLeavesInputs(t *testing.T) {
	v := []float64{1, 2}
	GradCheck(t, func(_ *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor { return xs[0].Exp() }, tensor.ArrayOf(v, 2))
	if v[0] != 1 || v[1] != 2 {
		t.Errorf("inputs changed to %v", v)
	}
}
