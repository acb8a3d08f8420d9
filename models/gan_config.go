package models

import (
	"fmt"
	"math/rand/v2"
)

// GANConfig describes a DCGAN (Radford et al. 2016), conditioned on a text if Text is set. What is left zero gets the
// default that stands beside it.
type GANConfig struct {
	Image    ImageConfig // Widths of the discriminator, backwards of the generator: 64, 128, … while the image can be halved
	Latent   int         // numbers of noise behind an image: 64
	Text     TextConfig  // what the images are conditioned on; zero: nothing
	Features int         // width of the text's features: 64
	Loss     GANLoss
	Match    float32 // with a text: weight of the generator's matching loss; the discriminator's is 1. 0.3; below 0: there is none
	Smooth   float32 // one-sided label smoothing: real images have the label 1-Smooth (Salimans et al. 2016); 0.1 is usual
	Average  float32 // decay of the running average of the generator: 0.999; below 0: there is none
	Spectral bool    // the discriminator has spectral normalisation instead of batch normalisation (Miyato et al. 2018)

	Words []string // saved with the model, for whoever encodes texts for it
}

// conditional reports whether the images have texts.
func (c GANConfig) conditional() bool { return c.Text.Vocab != 0 || c.Text.Dense != 0 }

// complete fills in what was left zero and returns what is impossible about the result, or "".
func (c GANConfig) complete() (GANConfig, string) {
	c.Image = pictureDefaults(c.Image, 64)
	orDefault(&c.Latent, 64)
	orDefault(&c.Average, 0.999)
	if c.conditional() {
		c.Text = textDefaults(c.Text)
		orDefault(&c.Features, 64)
		orDefault(&c.Match, 0.3)
	}
	return c, c.check()
}

func (c GANConfig) check() string {
	if wrong := checkPicture(c.Image); wrong != "" {
		return wrong
	}
	if c.conditional() {
		if wrong := checkTokens(c.Text, c.Features); wrong != "" {
			return wrong
		}
	}
	t := c.Text
	switch {
	case !c.conditional() && (t.Embed != 0 || t.Hidden != nil || t.Vectors != nil || t.Bag || t.Freeze):
		return "the text has settings but no vocabulary: Text.Vocab or Text.Dense is expected"
	case !c.conditional() && c.Match != 0:
		return "Match is set, but there is no text for an image to match"
	case !(c.Match <= 1e6):
		return fmt.Sprintf("Match is %v: a weight, or below 0 for none, is expected", c.Match)
	case c.Latent < 1:
		return fmt.Sprintf("Latent is %d: at least 1 is expected", c.Latent)
	case int(c.Loss) >= len(ganLossNames):
		return fmt.Sprintf("the loss is %d: one of %s is expected", c.Loss, ganLossList)
	case !(c.Smooth >= 0 && c.Smooth < 0.5):
		return fmt.Sprintf("Smooth is %v: at least 0 and below 0.5 is expected", c.Smooth)
	case c.Smooth > 0 && c.Loss == Hinge:
		return "Smooth is set, but the hinge loss has no labels"
	case !(c.Average < 1):
		return fmt.Sprintf("Average is %v: below 1 is expected", c.Average)
	case len(c.Words) > 0 && len(c.Words) != t.Vocab:
		return fmt.Sprintf("there are %d words for a vocabulary of %d", len(c.Words), t.Vocab)
	}
	return ""
}

// size is the number of values in the parameters of the model that c describes.
func (c GANConfig) size() float64 {
	var g count
	in := c.Latent
	if c.conditional() {
		g.text(c.Text, c.Features)
		in += c.Features
	}
	g.up(c.Image, in)
	if c.Average > 0 {
		g *= 2
	}
	return float64(g + c.discriminatorSize())
}

func (c GANConfig) discriminatorSize() (d count) {
	width := d.down(c.Image, true, c.Spectral)
	head := func(out int) {
		d += count(width)*count(out) + count(out)
		if c.Spectral {
			d += count(out) + count(width)
		}
	}
	head(1)
	if c.conditional() {
		d.text(c.Text, c.Features)
		head(c.Features)
	}
	return d
}

func (c GANConfig) build(rng *rand.Rand) *GAN { return NewGAN(rng, c) }
