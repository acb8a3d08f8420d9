package golden

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// gans are the configurations of make_gan.py.
var gans = map[string]models.GANConfig{
	"dcgan": {
		Image:  models.ImageConfig{Height: 8, Width: 8, Channels: 3, Widths: []int{4, 6}},
		Latent: 5, Smooth: 0.1, Average: 0.9,
	},
	"text": {
		Image: models.ImageConfig{Height: 8, Width: 4, Channels: 1, Widths: []int{4, 5}},
		Text:  models.TextConfig{Vocab: 7, Embed: 3, Hidden: []int{4}}, Features: 6,
		Latent: 3, Loss: models.LeastSquares, Average: -1, Match: 0.3,
	},
	"spectral": {
		Image:  models.ImageConfig{Height: 8, Width: 8, Channels: 3, Widths: []int{4, 6}},
		Latent: 5, Loss: models.Hinge, Spectral: true, Average: -1,
	},
}

// One step of discriminator and generator, every parameter after it, and ten steps.
func TestGAN(t *testing.T) {
	cases := tensorcheck.Golden(t, "gan")
	if len(cases) != len(gans) {
		t.Errorf("the file has %d cases, want %d", len(cases), len(gans))
	}
	for _, c := range cases {
		config, ok := gans[c.Name]
		if !ok {
			t.Errorf("nothing is compared with the case %s", c.Name)
			continue
		}
		for _, float := range []tensor.DType{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%s/%v", c.Name, float), func(t *testing.T) { trainGAN(t, c, config, float) })
		}
	}
}

func trainGAN(t *testing.T, c tensorcheck.Case, config models.GANConfig, float tensor.DType) {
	dev := tensorcheck.Open(t, tensor.Options{Float: float})
	g := models.NewGAN(rand.New(rand.NewPCG(1, 1)), config)
	values := maps.Clone(c.Param)
	maps.Copy(values, c.State)
	if err := layers.Restore(g, values); err != nil {
		t.Fatal(err)
	}
	rule := optim.Adam{LR: rate, Beta1: 0.5, Eps: eps}
	g.OptG, g.OptD = optim.New(layers.Params(g.Generator), rule), optim.New(layers.Params(g.Discriminator), rule)

	// There and back through both halves; the longest sums are those over the pixels of a batch.
	net := network{terms: 6 * 8 * 8, depth: 24}
	b := tolerances(net, c, float)
	r := &runner{T: t, dev: dev, c: c, net: net}
	var losses []float64
	for i := range steps {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			x := in{}
			for name, a := range c.In {
				x[name] = p.Input(a)
			}
			lossD, lossG := g.StepFrom(x["z"], x["image"], x["text"])
			losses = append(losses, lossD.Array().Float64s()[0], lossG.Array().Float64s()[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		first := b.grad // one update moves a parameter by at most rate/eps = 1 times an error of its gradient
		r.near("losses of the first step", tensor.ArrayOf(losses, 2), c.Out["losses"], first)
		for name, p := range layers.Params(g) {
			r.near(name+" after a step", p.Array(), c.Out[name], first)
		}
	}
	r.near("losses", tensor.ArrayOf(losses, steps, 2), c.After["losses"], b.after)
	for name, p := range layers.Params(g) {
		r.near(name+" after training", p.Array(), c.After[name], b.after)
	}
}
