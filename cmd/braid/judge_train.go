package main

import (
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// judgeEpochs is enough for about 100,000 pictures, at least two passes.
func judgeEpochs(g *gallery) int { return max(2, min(20, 100_000/g.train.Len())) }

func (j *judge) trainer(dev *tensor.Device, g *gallery, seed uint64) *train.Trainer[data.Pair] {
	l := &data.Loader[data.Pair]{Source: g.train, BatchSize: judgeBatch, Shuffle: true, Seed: seed}
	opt := optim.New(layers.Params(j), optim.Adam{WeightDecay: 1e-4})
	opt.Schedule = optim.OneCycle(3e-3, judgeEpochs(g)*l.Len())
	return &train.Trainer[data.Pair]{
		Device: dev, Model: j, Optimizer: opt, Loss: tensor.CrossEntropy, Train: l, Seed: seed,
		Metrics: []metrics.Metric{metrics.Accuracy()},
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return j.Head.Forward(j.Body.Forward(p.Input(b.Image).Float())), p.Input(b.Label)
		},
	}
}
