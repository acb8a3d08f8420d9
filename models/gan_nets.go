package models

import (
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Generator turns noise, and the features of a text where it has a text encoder, into images.
type Generator struct {
	Text layers.Layer // [n, time] or [n, d] -> [n, features], or nil
	Net  layers.Layer // [n, latent + features] -> [n, h, w, c] in [-1, 1]
}

// Forward draws [n, h, w, c] in [-1, 1] from z [n, latent] and, for a conditional one, n texts.
func (g *Generator) Forward(z, text *tensor.Tensor) *tensor.Tensor {
	if g.Text != nil {
		z = tensor.Concat(1, z, g.Text.Forward(text))
	}
	return g.Net.Forward(z)
}

// Discriminator tells real images from drawn ones and, where it has a text encoder, from those of another text.
type Discriminator struct {
	Text  layers.Layer // [n, time] or [n, d] -> [n, features], or nil
	Body  layers.Layer // [n, h, w, c] in [-1, 1] -> [n, d]
	Head  layers.Layer // [n, d] -> [n, 1]
	Match layers.Layer // [n, d] -> [n, features], or nil
}

// Forward returns logits [n, 1]: the more, the more real x looks, and the better it fits its text.
func (d *Discriminator) Forward(x, text *tensor.Tensor) *tensor.Tensor {
	return d.score(d.Body.Forward(x), d.encode(text))
}

// encode is the features of texts, nil if d has no text encoder.
func (d *Discriminator) encode(text *tensor.Tensor) *tensor.Tensor {
	if d.Text == nil {
		return nil
	}
	return d.Text.Forward(text)
}

// score is the logit of images by what Body sees in them: a linear function, and a scalar product with the text's
// features t (the projection of Miyato and Koyama 2018), divided by the root of its length.
func (d *Discriminator) score(body, t *tensor.Tensor) *tensor.Tensor {
	y := d.Head.Forward(body)
	if t == nil {
		return y
	}
	match := d.Match.Forward(body).Mul(t).Sum(1).Unsqueeze(1)
	return y.Add(match.Scale(float32(1 / math.Sqrt(float64(t.Dim(1))))))
}

// dcganDeviation is that of the first weights, around 0, and of the factors of batch normalisations, around 1.
const dcganDeviation = 0.02

func newGenerator(rng *rand.Rand, c GANConfig) *Generator {
	g := &Generator{}
	in := c.Latent
	if c.conditional() {
		g.Text = newText(rng, c.Text, c.Features)
		in += c.Features
	}
	g.Net = append(dcgan(rng, c).up(in), layers.Tanh)
	return g
}

func newDiscriminator(rng *rand.Rand, c GANConfig) *Discriminator {
	body, width := dcgan(rng, c).down()
	d := &Discriminator{Body: body}
	dense := func(out int) layers.Layer {
		l := layers.NewDenseInit(rng, width, out, layers.Normal(dcganDeviation))
		if c.Spectral {
			return layers.NewSpectral(rng, l)
		}
		return l
	}
	d.Head = dense(1)
	if c.conditional() {
		d.Match = dense(c.Features)
		d.Text = newText(rng, c.Text, c.Features)
	}
	return d
}

func dcgan(rng *rand.Rand, c GANConfig) pyramid {
	return pyramid{
		rng: rng, image: c.Image, act: layers.LeakyReLU, bare: true, spectral: c.Spectral,
		init: layers.Normal(dcganDeviation),
		gain: func(rng *rand.Rand, w []float32, fanIn, fanOut int) {
			layers.Normal(dcganDeviation)(rng, w, fanIn, fanOut)
			for i := range w {
				w[i]++
			}
		},
	}
}
