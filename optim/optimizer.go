package optim

import (
	"iter"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Optimizer updates the parameters it was given and no others. Its parameters are windows of one vector a group, so a
// step is a few operations whatever the model.
type Optimizer struct {
	Schedule   Schedule // nil: the rule's rate
	ClipNorm   float64  // scale gradients down to this norm, taken over all groups; 0: off
	ClipValue  float64  // then cut each gradient to ±ClipValue; 0: off
	Accumulate int      // update every so many calls of Minimize, by the mean gradient; 0: every call
	Unused     bool     // parameters that the loss does not reach get no gradient, instead of being a mistake

	groups  []group
	params  []*tensor.Tensor
	names   map[*tensor.Tensor]string
	flats   []*tensor.Flat
	rate    float64 // where there is no Schedule
	steps   int     // updates so far
	pending int     // gradients accumulated since the last one
}

// New takes the trainable ones of params: optim.New(layers.Params(model), optim.Adam{LR: 1e-3}). A parameter belongs
// to the first group whose pattern its name matches, and to none that way follows r.
//
// A parameter belongs to one optimizer at a time: the newest.
func New(params iter.Seq2[string, *tensor.Tensor], r Rule, groups ...Group) *Optimizer {
	expect(r != nil, "New", "the rule is nil")
	checkHyper(r)
	o := &Optimizer{rate: r.Rate(), names: map[*tensor.Tensor]string{}}
	members := make([][]*tensor.Tensor, len(groups)+1)
	matched := make([]bool, len(groups))
	for name, p := range params {
		if _, twice := o.names[p]; twice {
			continue
		}
		g := find(groups, name)
		if g < len(groups) {
			matched[g] = true
		}
		if p.Frozen() {
			continue
		}
		if p.Name() == "" {
			p.SetName(name)
		}
		o.names[p] = name
		o.params = append(o.params, p)
		members[g] = append(members[g], p)
	}
	expect(len(o.params) > 0, "New", "there is no trainable parameter")
	for i, g := range append(slices.Clone(groups), Group{}) {
		expect(i == len(groups) || matched[i], "New", "no parameter matches the group %q", g.Match)
		if len(members[i]) == 0 {
			continue
		}
		o.groups = append(o.groups, g.resolve(r))
		o.flats = append(o.flats, tensor.NewFlat(members[i], o.groups[len(o.groups)-1].rule.Slots()))
	}
	return o
}

// Minimize computes the gradients of loss with respect to the optimizer's parameters and updates them, in the order
// of the pass. There are no gradients to zero: each call computes its own. Parameters of other optimizers are
// constants here, which is what freezes one half of a GAN.
//
// It panics with the names of parameters that loss does not reach, unless Unused is set, and if a parameter was frozen
// since New.
func (o *Optimizer) Minimize(loss *tensor.Tensor) {
	for _, p := range o.params {
		expect(!p.Frozen(), "Minimize", "%s was frozen after New: freeze it before", o.names[p])
	}
	expect(o.Accumulate >= 0, "Minimize", "Accumulate is %d: at least 0 is expected", o.Accumulate)
	expect(o.ClipNorm >= 0 && o.ClipValue >= 0, "Minimize", "ClipNorm is %v and ClipValue %v: at least 0 is expected", o.ClipNorm, o.ClipValue)
	every := max(o.Accumulate, 1)
	if every > 1 {
		loss = loss.Scale(1 / float32(every))
	}
	tensor.Gradients(loss, o.pending > 0, o.Unused, o.flats...)
	updates := 0
	if o.pending++; o.pending >= every {
		o.update(loss.Pass())
		updates = 1
	}
	o.steps += updates
	o.pending -= updates * every
	// Relative, because several calls of one pass may be undone, in any order.
	loss.Pass().OnFailure(func() {
		o.steps -= updates
		o.pending += updates*every - 1
	})
}

func (o *Optimizer) update(p *tensor.Pass) {
	clip := tensor.Clip{MaxNorm: o.ClipNorm, MaxValue: o.ClipValue}
	if o.ClipNorm > 0 {
		clip.Norm = tensor.GradNorm(p, o.flats...)
	}
	lr := o.LR()
	for i, g := range o.groups {
		g.rule.Update(o.flats[i], p.Scalar(float32(lr*g.factor)), clip)
	}
}

// Params are the parameters that are trained, in the order they were given. Do not change the slice.
func (o *Optimizer) Params() []*tensor.Tensor { return o.params }

// Steps is the number of updates so far.
func (o *Optimizer) Steps() int { return o.steps }

// LR is the learning rate of the next update, before a group's factor.
func (o *Optimizer) LR() float64 {
	if o.Schedule != nil {
		return o.Schedule(o.steps)
	}
	return o.rate
}

// SetLR fixes the learning rate: a Schedule is dropped.
func (o *Optimizer) SetLR(lr float64) {
	checkRate("SetLR", "lr", lr)
	o.Schedule, o.rate = nil, lr
}
