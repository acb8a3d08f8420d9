package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// How a linear classifier of codes is trained: on few pictures, all at once.
const (
	probed     = 600
	probeSteps = 300
)

// probe is the accuracy, on the test part, of a linear classifier of the codes of pictures alone that has seen the labels
// of a few pictures to train on: what the codes are worth as features (models.JointAutoencoder.Classifier trains further).
func probe(w *world, dev *tensor.Device, m *models.JointAutoencoder, g *gallery, test map[string]float64) error {
	n := min(probed, g.train.Len())
	seen, err := codes(dev, m, g.train.Images.Slice(0, n))
	if err != nil {
		return err
	}
	unseen, err := codes(dev, m, g.test.Images)
	if err != nil {
		return err
	}
	head := layers.NewDense(rand.New(rand.NewPCG(1, 1)), m.Config.Code, len(g.classes))
	o := optim.New(layers.Params(head), optim.Adam{WeightDecay: 1e-4})
	o.Schedule = optim.OneCycle(0.1, probeSteps)
	for range probeSteps {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			o.Minimize(tensor.CrossEntropy(head.Forward(p.Input(seen)), p.Input(g.train.Labels.Slice(0, n))))
			return nil
		})
		if err != nil {
			return err
		}
	}
	accuracy := metrics.Accuracy()
	err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		accuracy.Observe(head.Forward(p.Input(unseen)).Array(), g.test.Labels)
		return nil
	})
	test["code_accuracy"] = accuracy.Value()
	fmt.Fprintf(w.out, "a linear classifier of the codes of pictures, taught by %d: accuracy %.4f\n", n, accuracy.Value())
	return err
}

// codes are those of pictures alone, a few at a time.
func codes(dev *tensor.Device, m *models.JointAutoencoder, pictures tensor.Array) (tensor.Array, error) {
	const size = 256
	n := pictures.Shape()[0]
	var all []float32
	for from := 0; from < n; from += size {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			all = append(all, m.Encode(p.Input(pictures.Slice(from, min(from+size, n))), nil).Float32s()...)
			return nil
		})
		if err != nil {
			return tensor.Array{}, err
		}
	}
	return tensor.ArrayOf(all, n, m.Config.Code), nil
}
