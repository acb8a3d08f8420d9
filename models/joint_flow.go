package models

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Flow draws codes for texts. It is a field of velocities along which normal noise, at time 0, moves to codes, at time 1:
// learned by conditional flow matching (Lipman et al. 2023) from the codes of images with their texts. Those of a text
// fill no ellipsoid, as the normal distribution of a text alone would have it: what lies between them has no image.
type Flow struct {
	Net  layers.Layer // [n, code + 2·code + 1 + times] -> [n, code]
	Code int          `param:"-"`
}

// How time and a step are cut: the field gets the waves of so many frequencies, and a sample takes so many steps.
const (
	flowWaves = 4
	flowSteps = 16
	flowTwins = 4 // times and noises that one code is seen at in a step of training
)

// flowDrop is how often training hides the text, so that the field knows the codes of all texts too.
const flowDrop = 0.1

func (c JointConfig) flowSizes() (in, out int) { return 3*c.Code + 1 + 2*flowWaves, c.Code }

func newFlow(rng *rand.Rand, c JointConfig) *Flow {
	in, out := c.flowSizes()
	s := layers.Sequential{}
	for range 3 {
		s = append(s, layers.NewDense(rng, in, c.Flow), layers.GELU)
		in = c.Flow
	}
	return &Flow{Net: append(s, layers.NewDense(rng, in, out)), Code: c.Code}
}

// velocity is the field at x [n, code] at the times t [n, 1], for texts by what their encoder makes of them [n, 2·code];
// known [n, 1] is 0 where the text is not.
func (f *Flow) velocity(x, t, text, known *tensor.Tensor) *tensor.Tensor {
	in := []*tensor.Tensor{x, text.Mul(known), known}
	for k := range flowWaves {
		turns := t.Scale(2 * math.Pi * float32(k+1))
		in = append(in, turns.Sin(), turns.Cos())
	}
	return f.Net.Forward(tensor.Concat(1, in...))
}

// loss is the squared distance of the field from the straight way that leads from noise to codes [n, code], at random
// times. Neither codes nor texts learn from it. has is nil, or says which rows have the image and the text.
func (f *Flow) loss(codes, text, has *tensor.Tensor) *tensor.Tensor {
	p, n := codes.Pass(), codes.Dim(0)*flowTwins
	to, known := times(codes, flowTwins), p.Uniform(n, 1).GreaterEqual(p.Full(flowDrop, 1, 1))
	var weight *tensor.Tensor
	if has != nil {
		known, weight = known.Mul(times(column(has, 1), flowTwins)), times(column(has, 0), flowTwins)
	}
	if text == nil {
		text, known = p.Full(0, n, 2*f.Code), p.Full(0, n, 1)
	} else {
		text = times(text.Detach(), flowTwins)
	}
	from, t := p.Normal(n, f.Code), p.Uniform(n, 1)
	way := to.Sub(from)
	off := f.velocity(from.Add(way.Mul(t)), t, text, known).Sub(way).Square().Mean(1).Unsqueeze(1)
	if weight == nil {
		return off.Mean()
	}
	return weightedMean(off, weight)
}

// draw is codes [n, code] for texts, of all texts where text is nil: noise that follows the field by the midpoint rule.
func (f *Flow) draw(p *tensor.Pass, n int, text *tensor.Tensor) *tensor.Tensor {
	known := float32(1)
	if text == nil {
		text, known = p.Full(0, n, 2*f.Code), 0
	}
	x := p.Normal(n, f.Code)
	at := func(x *tensor.Tensor, t float32) *tensor.Tensor {
		return f.velocity(x, p.Full(t, n, 1), text, p.Full(known, n, 1))
	}
	const step = 1. / flowSteps
	for i := range flowSteps {
		t := float32(i) * step
		half := x.Add(at(x, t).Scale(step / 2))
		x = x.Add(at(half, t+step/2).Scale(step))
	}
	return x
}
