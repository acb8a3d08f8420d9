package optable

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Result is what a row computed.
type Result struct {
	Y     tensor.Array
	Grads []tensor.Array // for each differentiable input, of Σ weight·y with fixed random weights
	State []tensor.Array // the row's parameters afterwards
	Ops   []string       // what the engine got
}

// Instance is a row with parameters of its own, which live on the first device that runs it.
type Instance struct {
	Row
	state   []*tensor.Tensor
	initial []tensor.Array
}

// New makes the row's parameters.
func (r Row) New() *Instance {
	i := &Instance{Row: r}
	if r.State != nil {
		i.state = r.State()
	}
	for _, s := range i.state {
		i.initial = append(i.initial, s.Array())
	}
	return i
}

// Run computes the row and its gradients on dev, from the same parameters and random numbers each time.
func (i *Instance) Run(dev *tensor.Device, xs []tensor.Array) (Result, error) {
	for j, s := range i.state {
		if err := s.Set(i.initial[j]); err != nil {
			return Result{}, fmt.Errorf("%s: %w", i.Name, err)
		}
	}
	var r Result
	mode := tensor.Training
	if i.Inference {
		mode = tensor.Inference
	}
	err := dev.Run(mode, func(p *tensor.Pass) error {
		p.Seed(3, 5)
		in := make([]*tensor.Tensor, len(xs))
		for j, x := range xs {
			in[j] = p.Input(x)
		}
		y := i.Forward(p, append(slices.Clone(in), i.state...))
		// All is recorded before the first read: a read would keep what follows from fusing with what comes before.
		grads, err := i.gradients(p, in, y)
		if err != nil {
			return err
		}
		r.Ops = p.Ops()
		r.Y = y.Array()
		for _, g := range grads {
			r.Grads = append(r.Grads, g.Array())
		}
		return nil
	})
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", i.Name, err)
	}
	for _, s := range i.state {
		r.State = append(r.State, s.Array())
	}
	return r, nil
}

func (i *Instance) gradients(p *tensor.Pass, in []*tensor.Tensor, y *tensor.Tensor) ([]*tensor.Tensor, error) {
	places := i.Differentiable()
	if len(places) == 0 || i.Inference {
		return nil, nil
	}
	of := make([]*tensor.Tensor, len(places))
	for j, place := range places {
		of[j] = in[place]
	}
	weights := p.Input(between(0.5, 1.5)(rand.New(rand.NewPCG(17, 19)), y.Shape()))
	grads := p.Gradients(y.Mul(weights).Sum(), of...)
	for j, g := range grads {
		if g == nil {
			return nil, fmt.Errorf("input %d has no gradient", places[j])
		}
		if !slices.Equal(g.Shape(), of[j].Shape()) {
			return nil, fmt.Errorf("gradient of input %d has shape %v, the input has %v", places[j], g.Shape(), of[j].Shape())
		}
	}
	return grads, nil
}
