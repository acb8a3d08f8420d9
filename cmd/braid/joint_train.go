package main

import (
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

func (o *jointOptions) trainer(dev *tensor.Device, m *models.JointAutoencoder, g *gallery) *train.Trainer[data.Pair] {
	seen, valid := keptBack(o.hidden(g.train), o.Seed)
	loader := &data.Loader[data.Pair]{Source: seen, BatchSize: min(o.Batch, seen.Len()), Shuffle: true, Seed: o.Seed, DropLast: true}
	opt, peak := m.Opt, 1e-3
	if m.Critic == nil {
		opt, peak = optim.New(layers.Params(m), optim.Adam{}), 3e-3
	}
	opt.Schedule = optim.OneCycle(o.rate(peak), o.Epochs*loader.Len())
	flat := func(x *tensor.Tensor) *tensor.Tensor { return x.Reshape(x.Dim(0), g.height*g.width*g.channels) }
	return &train.Trainer[data.Pair]{
		Device: dev, Model: m, Optimizer: opt, Seed: o.Seed,
		Step: func(p *tensor.Pass, b data.Pair) error {
			if m.Critic != nil {
				m.Step(p.Input(b.Image), p.Input(b.Text), p.Input(b.Has))
				return nil
			}
			loss := m.LossHas(p.Input(b.Image), p.Input(b.Text), p.Input(b.Has))
			p.Log("loss", loss)
			opt.Minimize(loss)
			return nil
		},
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			x := p.Input(b.Image)
			rebuilt, _ := m.Decode(m.Encode(x, nil))
			return flat(rebuilt), flat(x.Float())
		},
		Loss:  tensor.MSE,
		Train: loader,
		Valid: &data.Loader[data.Pair]{Source: valid, BatchSize: 100},
	}
}

// hidden is p where some rows lack their picture or their text, by --missing.
func (o *jointOptions) hidden(p *data.Pairs) *data.Pairs {
	if o.Missing == 0 {
		return p
	}
	r := rng(o.Seed ^ 0x6d697373) // not the weights' numbers
	has := make([]uint8, 2*p.Len())
	for i := range p.Len() {
		u := r.Float64()
		if u >= o.Missing/2 {
			has[2*i] = 1
		}
		if u < o.Missing/2 || u >= o.Missing {
			has[2*i+1] = 1
		}
	}
	some := *p
	some.Has = tensor.ArrayOf(has, p.Len(), 2)
	return &some
}
