package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// GAN is a generator and a discriminator that learn from each other (Goodfellow et al. 2014), with an optimizer each.
// [GAN.Step] is a training step, for a Trainer's Step.
//
// Each half has a text encoder of its own: what a text means to the generator is then trained by the generator's loss
// alone, and belongs to its average.
type GAN struct {
	Generator     *Generator
	Discriminator *Discriminator
	Average       *Generator       // running average of the generator, batch statistics included: what draws; nil: Generator draws
	OptG, OptD    *optim.Optimizer `param:"-"` // saved by Trainer all the same
	Config        GANConfig        `param:"-"`

	averaged [][2]*tensor.Tensor `param:"-"` // a tensor of Average and the one that it follows
}

// NewGAN makes the model that c describes, with first weights from N(0, 0.02²) as the paper has them, drawn from rng. Both
// optimizers are Adam with a rate of 2e-4 and β1 = 0.5; assign OptG and OptD for others. It panics if c is impossible.
func NewGAN(rng *rand.Rand, c GANConfig) *GAN {
	c, wrong := c.complete()
	expect(wrong == "", "NewGAN", "%s", wrong)
	g := &GAN{Generator: newGenerator(rng, c), Discriminator: newDiscriminator(rng, c)}
	if c.Average > 0 {
		g.Average = newGenerator(rand.New(rand.NewPCG(0, 0)), c)
		layers.Freeze(g.Average)
		g.follow()
	}
	rule := optim.Adam{LR: 2e-4, Beta1: 0.5}
	g.OptG = optim.New(layers.Params(g.Generator), rule)
	g.OptD = optim.New(layers.Params(g.Discriminator), rule)
	c.Text.Vectors = nil // they are in the embeddings now
	g.Config = c
	return g
}

// Draw turns noise z [n, latent] into images [n, h, w, c] in [0, 1]; text is n texts for a conditional model, else nil.
// In an inference pass the averaged generator draws, if there is one.
func (g *GAN) Draw(z, text *tensor.Tensor) *tensor.Tensor {
	expect(z.Rank() == 2 && z.Dim(1) == g.Config.Latent, "GAN", "the noise is %v: [n %d] is expected", z.Shape(), g.Config.Latent)
	g.checkTexts(text, z.Dim(0))
	draws := g.Generator
	if g.Average != nil && !z.Pass().Training() {
		draws = g.Average
	}
	return draws.Forward(z, text).Scale(0.5).Shift(0.5)
}

// Generate is Draw from noise of the pass.
func (g *GAN) Generate(p *tensor.Pass, n int, text *tensor.Tensor) *tensor.Tensor {
	return g.Draw(p.Normal(n, g.Config.Latent), text)
}

// Judge returns the discriminator's logits [n, 1] of images, bytes or reals in [0, 1]: the more, the more real they look,
// and the better they fit their texts.
func (g *GAN) Judge(images, text *tensor.Tensor) *tensor.Tensor {
	g.Config.Image.checkImages("GAN", images)
	g.checkTexts(text, images.Dim(0))
	return g.Discriminator.Forward(centred(images), text)
}

func (g *GAN) checkTexts(text *tensor.Tensor, n int) {
	if g.Config.conditional() {
		g.Config.Text.checkTexts("GAN", text, n)
		return
	}
	expect(text == nil, "GAN", "there are texts, but the model was made without")
}

// centred is images in [-1, 1], where tanh has its values.
func centred(images *tensor.Tensor) *tensor.Tensor { return pixels(images).Scale(2).Shift(-1) }

// ganFormat marks the files of GAN, in their metadata.
const ganFormat = "braid.gan.1"

// Save writes parameters and configuration to one safetensors file, replacing it in one step. The optimizers' state is
// in a Trainer's checkpoints.
func (g *GAN) Save(path string) error { return saveModel(path, "GAN.Save", ganFormat, g.Config, g) }

// OpenGAN reads a model that Save wrote, with new optimizers. A file that is damaged, or of something else, is an error.
func OpenGAN(path string) (*GAN, error) {
	return openModel[GANConfig, *GAN](path, "OpenGAN", ganFormat)
}
