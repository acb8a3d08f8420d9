package models

import (
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// follow makes Average begin where Generator stands.
func (g *GAN) follow() {
	state := layers.State(g.Generator)
	// Both are made from one configuration, so that nothing can be missing.
	expect(layers.Restore(g.Average, state) == nil, "NewGAN", "the averaged generator has other parameters")
	var of []*tensor.Tensor
	for _, p := range layers.Params(g.Generator) {
		of = append(of, p)
	}
	i := 0
	for _, p := range layers.Params(g.Average) {
		g.averaged = append(g.averaged, [2]*tensor.Tensor{p, of[i]})
		i++
	}
}

// average moves Average towards Generator: a += (1-decay)·(g-a), for weights and running statistics alike. The decay
// rises to its value as (1+t)/(10+t) over the steps t, so that the first weights are soon forgotten.
func (g *GAN) average(p *tensor.Pass) {
	if len(g.averaged) == 0 {
		return
	}
	t := float64(g.OptG.Steps())
	rate := p.Scalar(float32(1 - min(float64(g.Config.Average), (1+t)/(10+t))))
	for _, pair := range g.averaged {
		a, now := p.Use(pair[0]), p.Use(pair[1])
		pair[0].Assign(a.Add(now.Sub(a).Mul(rate)))
	}
}
