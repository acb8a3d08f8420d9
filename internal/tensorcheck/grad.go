package tensorcheck

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// Func is a computation whose gradient is checked.
type Func = func(p *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor

// Central differences in float64 and their tolerances, as torch.autograd.gradcheck has them. A step of 1e-6 balances
// truncation (step²) against cancellation (ε/step), both near 1e-10 for functions of order one.
const (
	gradStep = 1e-6
	gradAbs  = 1e-5
	gradRel  = 1e-3
)

// How many elements of an input are differentiated, at random places, where it has more; and of a large one, whose
// computation takes long. Each costs two forward passes.
const (
	gradElements      = 60
	large             = 1000
	gradElementsLarge = 8
)

// GradCheck compares the gradients of f at xs with central differences, on float64 CPU devices with and without
// fusion. What is differentiated is a fixed random combination of f's outputs, so that the gradient that flows into f
// is nowhere trivially one. All real inputs are checked; f must be smooth within 1e-6 of xs.
func GradCheck(t testing.TB, f Func, xs ...tensor.Array) {
	t.Helper()
	var inputs []int
	for i, x := range xs {
		if x.DType() == tensor.Float32 || x.DType() == tensor.Float64 {
			inputs = append(inputs, i)
		}
	}
	for _, noFusion := range []bool{false, true} {
		dev, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64, NoFusion: noFusion})
		if err != nil {
			t.Errorf("open: %v", err)
			return
		}
		what := "fused"
		if noFusion {
			what = "unfused"
		}
		GradCheckOn(t, what, dev, inputs, f, xs...)
		if err := dev.Close(); err != nil {
			t.Errorf("%s: close: %v", what, err)
		}
	}
}

// GradCheckOn is GradCheck on a float64 device of the caller, for the inputs at the given places; the others are
// constants. What begins each report.
func GradCheckOn(t testing.TB, what string, dev *tensor.Device, inputs []int, f Func, xs ...tensor.Array) {
	t.Helper()
	if err := gradCheck(t, what, dev, inputs, f, slices.Clone(xs)); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

func gradCheck(t testing.TB, what string, dev *tensor.Device, inputs []int, f Func, xs []tensor.Array) error {
	t.Helper()
	for _, i := range inputs {
		xs[i] = tensor.ArrayOf(slices.Clone(xs[i].Float64s()), xs[i].Shape()...)
	}
	weights, grads, err := projected(dev, inputs, f, xs)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(23, 29))
	for j, i := range inputs {
		places := rng.Perm(xs[i].Len())
		if len(places) > large {
			places = places[:gradElementsLarge]
		}
		places = places[:min(len(places), gradElements)]
		got, want := make([]float64, len(places)), make([]float64, len(places))
		for k, place := range places {
			got[k] = grads[j][place]
			if want[k], err = difference(dev, f, xs, i, place, weights); err != nil {
				return err
			}
		}
		check.Close(t, fmt.Sprintf("%s: gradient of input %d %v", what, i, xs[i].Shape()), got, want,
			check.Tol{Abs: gradAbs, Rel: gradRel})
	}
	return nil
}

// difference is the central difference of Σ weight·output by one element of input i. Outputs are subtracted before they
// are summed: they may be much larger than what they change by.
func difference(dev *tensor.Device, f Func, xs []tensor.Array, i, place int, weights []float64) (float64, error) {
	x := tensor.Values[float64](xs[i])
	at := x[place]
	defer func() { x[place] = at }()
	x[place] = at + gradStep
	up, err := forward(dev, f, xs)
	if err != nil {
		return 0, err
	}
	x[place] = at - gradStep
	down, err := forward(dev, f, xs)
	if err != nil {
		return 0, err
	}
	var d float64
	for o, w := range weights {
		d += w * (up[o] - down[o])
	}
	return d / (2 * gradStep), nil
}

// projected draws a weight for each output and returns the weights with the gradients of Σ weight·output. Weights lie
// in ±[0.5, 1.5]: none is near zero, where it would hide a wrong gradient.
func projected(dev *tensor.Device, inputs []int, f Func, xs []tensor.Array) (weights []float64, grads [][]float64, err error) {
	rng := rand.New(rand.NewPCG(7, 11))
	err = dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(1, 1)
		in := upload(p, xs)
		y := f(p, in)
		weights = make([]float64, y.Len())
		for i := range weights {
			weights[i] = (0.5 + rng.Float64()) * float64(1-2*rng.IntN(2))
		}
		loss := y.Mul(tensor.From(p, weights, y.Shape()...)).Sum()
		of := make([]*tensor.Tensor, len(inputs))
		for j, i := range inputs {
			of[j] = in[i]
		}
		for j, g := range p.Gradients(loss, of...) {
			if g == nil { // the input does not reach the output: its gradient is zero
				grads = append(grads, make([]float64, of[j].Len()))
				continue
			}
			if !slices.Equal(g.Shape(), of[j].Shape()) {
				return fmt.Errorf("gradient of input %d has shape %v, the input has %v", inputs[j], g.Shape(), of[j].Shape())
			}
			grads = append(grads, slices.Clone(g.Array().Float64s()))
		}
		return nil
	})
	return weights, grads, err
}

func forward(dev *tensor.Device, f Func, xs []tensor.Array) (y []float64, err error) {
	err = dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(1, 1) // the same draws for all differences
		y = slices.Clone(f(p, upload(p, xs)).Array().Float64s())
		return nil
	})
	return y, err
}

func upload(p *tensor.Pass, xs []tensor.Array) []*tensor.Tensor {
	in := make([]*tensor.Tensor, len(xs))
	for i, x := range xs {
		in[i] = p.Input(x)
	}
	return in
}
