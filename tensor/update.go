package tensor

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// Clip limits the gradients within the next update: scaled so that Norm, if not nil, would be at most MaxNorm, then
// cut to ±MaxValue if that is not 0.
type Clip struct {
	Norm              *Tensor // [], from GradNorm
	MaxNorm, MaxValue float64
}

// SGD, Adam and RMSProp are the fused updates, by the formulas of PyTorch; engine.Update writes them out.
// rate is a [] tensor (from [Pass.Scalar]). Each counts its steps in Steps.

// SGD needs one slot if momentum is not 0.
func (f *Flat) SGD(rate *Tensor, momentum, decay float64, nesterov bool, c Clip) {
	slots := 0
	if momentum != 0 {
		slots = 1
	}
	f.update(update{rule: "sgd", flat: f, momentum: momentum, decay: decay, nesterov: nesterov}, slots, rate, c)
}

// Adam needs two slots. Decoupled decay is AdamW's.
func (f *Flat) Adam(rate *Tensor, beta1, beta2, eps, decay float64, decoupled bool, c Clip) {
	f.update(update{rule: "adam", flat: f, beta1: beta1, beta2: beta2, eps: eps, decay: decay, decoupled: decoupled}, 2, rate, c)
}

// RMSProp needs one slot, and a second one if momentum is not 0.
func (f *Flat) RMSProp(rate *Tensor, alpha, eps, momentum, decay float64, c Clip) {
	slots := 1
	if momentum != 0 {
		slots = 2
	}
	f.update(update{rule: "rmsprop", flat: f, beta2: alpha, eps: eps, momentum: momentum, decay: decay}, slots, rate, c)
}

type update struct {
	rule                                                  string
	slots                                                 int
	flat                                                  *Flat
	beta1, beta2, eps, momentum, decay, maxNorm, maxValue float64
	decoupled, nesterov                                   bool
}

func (f *Flat) update(o update, slots int, rate *Tensor, c Clip) {
	f.owns(o.rule)
	if len(f.Slots) < slots {
		fail(o.rule, fmt.Sprintf("the Flat has %d slots, want %d", len(f.Slots), slots))
	}
	o.slots, o.maxValue = slots, c.MaxValue
	in := []*Tensor{rate}
	if c.Norm != nil {
		o.maxNorm = c.MaxNorm
		in = append(in, c.Norm)
	}
	record(rate.pass(o.rule), o, in...)
}

func (o update) name() string { return o.rule }
func (update) writes() bool   { return true }

func (o update) infer(p *Pass, in []*entry) (shape, string) {
	for _, e := range in {
		if size(e.shape) != 1 || !e.dtype.Real() {
			return shape{}, "the rate and the norm must be one real number each"
		}
	}
	if !p.Training() {
		return shape{}, "parameters are read only in an inference pass"
	}
	return shape{}, ""
}

func (o update) forward(b *builder, n *node) {
	f := o.flat
	vector := func(t *Tensor) engine.Buffer { return b.value(b.p.leaf(t.param)) }
	u := engine.Update{
		Param: vector(f.Value), Grad: vector(f.Grad), Rate: b.value(n.in[0]), Step: vector(f.Steps),
		Beta1: o.beta1, Beta2: o.beta2, Eps: o.eps, Momentum: o.momentum, Decay: o.decay,
		ClipNorm: o.maxNorm, ClipValue: o.maxValue, Decayed: f.decayed, Decoupled: o.decoupled, Nesterov: o.nesterov,
	}
	if len(n.in) > 1 {
		u.Norm = b.value(n.in[1])
	}
	for i, slot := range []*engine.Buffer{&u.S1, &u.S2}[:o.slots] {
		*slot = vector(f.Slots[i])
	}
	b.unary("step", engine.Unary{Op: engine.Shift, Y: u.Step, X: u.Step, A: 1})
	b.wrote(f.Steps.param)
	b.add(o.rule, func(s engine.Stream) error {
		switch o.rule {
		case "sgd":
			return s.SGD(u)
		case "adam":
			return s.Adam(u)
		}
		return s.RMSProp(u)
	})
	for _, t := range append([]*Tensor{f.Value}, f.Slots[:o.slots]...) {
		b.wrote(t.param)
	}
}

// Assign replaces a parameter's value by x of the same shape, in the order of the pass (training passes only).
func (t *Tensor) Assign(x *Tensor) {
	if t.param == nil {
		fail("Assign", "not a parameter", t.Shape())
	}
	record(x.pass("Assign"), assign{t.param}, x)
}

type assign struct{ q *param }

func (assign) name() string { return "assign" }
func (assign) writes() bool { return true }

func (o assign) infer(p *Pass, in []*entry) (shape, string) {
	switch {
	case !p.Training():
		return shape{}, "parameters are read only in an inference pass"
	case fmt.Sprint(in[0].shape) != fmt.Sprint(o.q.shape):
		return shape{}, fmt.Sprintf("the parameter %v is %v", o.q, o.q.shape)
	case !in[0].dtype.Real():
		return shape{}, "the value is not real: use Float"
	}
	return shape{}, ""
}

func (o assign) forward(b *builder, n *node) {
	x, y := b.value(n.in[0]), b.value(b.p.leaf(o.q))
	b.add("assign", func(s engine.Stream) error { return s.Copy(engine.Copy{Y: y, X: x}) })
	b.wrote(o.q)
}
