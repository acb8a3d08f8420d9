package optime

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// convolution is one pass of a convolution or of a transposed one.
//
// A transposed one is the data gradient of a convolution from its output to its input, so that its data gradient is
// that convolution.
func convolution(j *Job, o Operation, in map[string]tensor.Array) call {
	z := o.Sizes
	n, h, c, k, r, out := z["n"], z["h"], z["c"], z["k"], z["r"], z["out"]
	d := engine.ConvDims{N: n, H: h, W: h, C: c, K: k, R: r, S: r, OutH: out, OutW: out,
		StrideH: z["stride"], StrideW: z["stride"], PadH: z["pad"], PadW: z["pad"], DilH: 1, DilW: 1}
	pass, transposed := o.Pass, z["transposed"] == 1
	if transposed {
		d.H, d.W, d.OutH, d.OutW, d.C, d.K = out, out, h, h, k, c
	}
	input := func(name string) engine.Buffer { return j.input(in, name) }
	switch {
	case pass == "forward" && !transposed:
		e := engine.Conv2D{Y: j.real(n * out * out * k), X: input("x"), W: input("w"), ConvDims: d}
		return call{run: func(s engine.Stream) error { return s.Conv2D(e) }, outputs: map[string]result{"y": {e.Y, []int{n, out, out, k}}}}
	case pass == "forward":
		e := engine.Conv2D{Y: j.real(n * out * out * k), X: input("x"), W: input("w"), ConvDims: d}
		return call{run: func(s engine.Stream) error { return s.ConvTranspose2D(e) }, outputs: map[string]result{"y": {e.Y, []int{n, out, out, k}}}}
	case pass == "data" && !transposed:
		e := engine.Conv2DBwd{DX: j.real(n * h * h * c), DY: input("dy"), W: input("w"), ConvDims: d}
		return call{run: func(s engine.Stream) error { return s.Conv2DBwdData(e) }, outputs: map[string]result{"dx": {e.DX, []int{n, h, h, c}}}}
	case pass == "data":
		e := engine.Conv2D{Y: j.real(n * h * h * c), X: input("dy"), W: input("w"), ConvDims: d}
		return call{run: func(s engine.Stream) error { return s.Conv2D(e) }, outputs: map[string]result{"dx": {e.Y, []int{n, h, h, c}}}}
	case !transposed:
		e := engine.Conv2DBwd{DW: j.real(k * r * r * c), DY: input("dy"), X: input("x"), ConvDims: d}
		return call{run: func(s engine.Stream) error { return s.Conv2DBwdWeights(e) }, outputs: map[string]result{"dw": {e.DW, []int{k, r, r, c}}}}
	}
	e := engine.Conv2DBwd{DW: j.real(k * r * r * c), DY: input("x"), X: input("dy"), ConvDims: d}
	return call{run: func(s engine.Stream) error { return s.Conv2DBwdWeights(e) }, outputs: map[string]result{"dw": {e.DW, []int{c, r, r, k}}}}
}
