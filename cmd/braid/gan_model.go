package main

import (
	"fmt"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
)

// auto is what flags say that leave a choice to the data.
const auto = "auto"

// model makes the model that o describes, for g.
//
// A GAN that draws for texts needs another recipe than one that draws from noise alone. With batch normalisation in the
// discriminator, or a tanh RNN, it soon draws one picture for each text and ignores the noise, whatever the loss; the
// hinge loss with spectral normalisation and a bag of words does not, and bears a higher rate. The matching loss makes
// the pictures what their texts say (docs/measurements/generative.md).
func (o *ganOptions) model(g *gallery) (*models.GAN, error) {
	c := models.GANConfig{Image: o.image(g), Latent: o.Latent, Smooth: o.Smooth, Spectral: o.Spectral, Average: o.Average}
	if o.Average == 0 {
		c.Average = -1
	}
	encoder := o.TextEncoder
	if encoder == auto {
		encoder = "none"
		if g.vocab != nil && !g.labelled {
			encoder = "bag"
		}
	}
	rate := 2e-4
	if encoder != "none" {
		if g.vocab == nil {
			return nil, fmt.Errorf("--text-encoder is %s, but the pictures in %s have no texts", encoder, o.Data)
		}
		c.Text = models.TextConfig{Vocab: g.vocab.Len(), Bag: encoder == "bag"}
		c.Words = g.vocab.Words
		if c.Match = o.Match; o.Match == 0 {
			c.Match = -1
		}
		if o.Loss == auto && o.Smooth == 0 {
			c.Loss, c.Spectral, rate = models.Hinge, true, 5e-4
		}
	}
	if o.Loss != auto {
		if err := c.Loss.UnmarshalText([]byte(o.Loss)); err != nil {
			return nil, err
		}
	}
	m := models.NewGAN(rng(o.Seed), c)
	rule := optim.Adam{LR: o.rate(rate), Beta1: 0.5}
	m.OptG, m.OptD = optim.New(layers.Params(m.Generator), rule), optim.New(layers.Params(m.Discriminator), rule)
	return m, nil
}
