package golden

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// The optimiser of make.py, unless a case has its own. With a large epsilon an error in a gradient moves a parameter by
// at most rate/epsilon times as much a step: 1.
const (
	steps = 10
	rate  = 1.0 / 64
	eps   = 1.0 / 64
)

// in are the inputs of a case on the device, by name.
type in = map[string]*tensor.Tensor

// A network is what braid has for a case.
type network struct {
	model     any // with the names of the case's parameters
	forward   func(p *tensor.Pass, x in) *tensor.Tensor
	loss      func(out, target *tensor.Tensor) *tensor.Tensor // nil: MSE, or CrossEntropy where there is a label
	optimizer func(model any) *optim.Optimizer                // nil: the one of make.py
	terms     int                                             // the longest sum on the way from the inputs to an output
	depth     int                                             // how many operations follow each other: each rounds its result
}

// run compares a case with what build makes for it, in both precisions.
func run(t *testing.T, c tensorcheck.Case, build func() network) {
	t.Helper()
	for _, float := range []tensor.DType{tensor.Float64, tensor.Float32} {
		t.Run(fmt.Sprintf("%s/%v", c.Name, float), func(t *testing.T) {
			dev := tensorcheck.Open(t, tensor.Options{Float: float})
			net := build()
			r := &runner{t, dev, c, net, tolerances(net, c, float)}
			r.restore()
			r.gradients()
			r.restore()
			r.train()
			r.infer()
		})
	}
}

type bounds struct{ out, grad, after check.Tol }

// tolerances are those of a case. PyTorch's own float64 differs from ours in the last bits, 1e-16; 1e-12 leaves room
// for ten steps of training. In float32 the roundings of operations that follow each other are independent and grow
// with the root of their number. A gradient goes there and back, and its sums run over the rows of an input too (the
// pixels of all images); training adds up the errors of ten of them.
func tolerances(net network, c tensorcheck.Case, float tensor.DType) bounds {
	if float == tensor.Float64 {
		tol := check.Tol{Abs: 1e-12, Rel: 1e-12}
		return bounds{tol, tol, tol}
	}
	rows := 0
	for _, x := range c.In {
		rows = max(rows, x.Len()/max(1, x.Shape()[len(x.Shape())-1]))
	}
	roundings := math.Sqrt(float64(net.depth))
	b := bounds{
		out:  check.Tolerance(net.terms, roundings),
		grad: check.Tolerance(max(net.terms, rows), 2*roundings),
	}
	b.after = b.grad
	b.after.Abs *= steps * rate / eps
	return b
}

type runner struct {
	*testing.T
	dev *tensor.Device
	c   tensorcheck.Case
	net network
	tol bounds
}

func (r *runner) restore() {
	r.Helper()
	values := maps.Clone(r.c.Param)
	maps.Copy(values, r.c.State)
	if err := layers.Restore(r.net.model, values); err != nil {
		r.Fatal(err)
	}
}

func (r *runner) forward(p *tensor.Pass) (out, loss *tensor.Tensor, x in) {
	x = in{}
	for name, a := range r.c.In {
		x[name] = p.Input(a)
	}
	out = r.net.forward(p, x)
	target, f := x["target"], r.net.loss
	if x["label"] != nil {
		target = x["label"]
	}
	switch {
	case f != nil:
	case x["label"] != nil:
		f = tensor.CrossEntropy
	default:
		f = tensor.MSE
	}
	return out, f(out, target), x
}

func (r *runner) run(m tensor.Mode, f func(p *tensor.Pass) error) {
	r.Helper()
	if err := r.dev.Run(m, f); err != nil {
		r.Fatal(err)
	}
}

func (r *runner) near(what string, got, want tensor.Array, tol check.Tol) {
	r.Helper()
	if want.Absent() {
		r.Errorf("%s: the golden file does not have it", what)
		return
	}
	if !slices.Equal(got.Shape(), want.Shape()) && want.Len() != 1 {
		r.Errorf("%s: shape %v, want %v", what, got.Shape(), want.Shape())
		return
	}
	w := want.Float64s()
	check.Close(r, what, got.Float64s(), w, tol.At(max(1, check.Scale(w))))
}

// gradients compares the first forward pass and the gradients of everything that has one.
func (r *runner) gradients() {
	r.Helper()
	r.run(tensor.Training, func(p *tensor.Pass) error {
		out, loss, x := r.forward(p)
		var names []string
		var of []*tensor.Tensor
		for name, t := range layers.Params(r.net.model) {
			if !t.Frozen() {
				names, of = append(names, name), append(of, t)
			}
		}
		for name := range x {
			if !r.c.Grad[name].Absent() {
				names, of = append(names, name), append(of, x[name])
			}
		}
		if len(names) != len(r.c.Grad) {
			r.Errorf("%d gradients, the golden file has %d", len(names), len(r.c.Grad))
		}
		for i, g := range p.Gradients(loss, of...) {
			if g == nil {
				r.Errorf("%s has no gradient", names[i])
				continue
			}
			r.near("gradient of "+names[i], g.Array(), r.c.Grad[names[i]], r.tol.grad)
		}
		r.near("output", out.Array(), r.c.Out["out"], r.tol.out)
		r.near("loss", loss.Array(), r.c.Out["loss"], r.tol.out)
		return nil
	})
}

// train compares the losses of ten steps and the parameters after them.
func (r *runner) train() {
	r.Helper()
	makeOptimizer := r.net.optimizer
	if makeOptimizer == nil {
		makeOptimizer = rule(optim.Adam{LR: rate, Eps: eps})
	}
	opt := makeOptimizer(r.net.model)
	var losses []float64
	for range steps {
		r.run(tensor.Training, func(p *tensor.Pass) error {
			_, loss, _ := r.forward(p)
			opt.Minimize(loss)
			losses = append(losses, loss.Array().Float64s()[0])
			return nil
		})
	}
	r.near("losses", tensor.ArrayOf(losses, steps), r.c.After["losses"], r.tol.after)
	for name, t := range layers.Params(r.net.model) {
		r.near(name+" after training", t.Array(), r.c.After[name], r.tol.after)
	}
}

// infer compares an inference pass with the trained parameters.
func (r *runner) infer() {
	r.Helper()
	r.run(tensor.Inference, func(p *tensor.Pass) error {
		out, _, _ := r.forward(p)
		tol := r.tol.after
		// An error of the parameters adds up over the terms of each output.
		tol.Abs *= float64(r.net.depth)
		r.near("inference after training", out.Array(), r.c.After["out"], tol)
		return nil
	})
}

func rule(r optim.Rule) func(any) *optim.Optimizer {
	return func(model any) *optim.Optimizer { return optim.New(layers.Params(model), r) }
}

// all runs every case of a file; a case that build does not know, and one it knows that the file has not, is a failure.
func all(t *testing.T, file string, cases map[string]func(c tensorcheck.Case) network) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range tensorcheck.Golden(t, file) {
		build := cases[c.Name]
		if build == nil {
			t.Errorf("%s: nothing is compared with the case %s", file, c.Name)
			continue
		}
		seen[c.Name] = true
		run(t, c, func() network { return build(c) })
	}
	for name := range cases {
		if !seen[name] {
			t.Errorf("%s: the file has no case %s", file, name)
		}
	}
}

// param makes a parameter with the shape of the case's.
func param(c tensorcheck.Case, name string) *tensor.Tensor {
	a := c.Param[name]
	if a.Absent() {
		a = c.State[name]
	}
	return tensor.NewParam(make([]float32, a.Len()), a.Shape()...)
}

func dense(c tensorcheck.Case, name string) *layers.Dense {
	return &layers.Dense{Weight: param(c, name+".weight"), Bias: param(c, name+".bias")}
}
