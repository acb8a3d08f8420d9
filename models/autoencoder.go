package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// Autoencoder turns images into short codes and codes back into images: convolutions of stride 2 with batch normalisation
// and ReLU, a Dense layer to the code, and the same backwards. Images go in as bytes or as reals in [0, 1].
type Autoencoder struct {
	Encoder layers.Layer      // [n, h, w, c] -> [n, code]; of a variational one mean and log variance, [n, 2·code]
	Decoder layers.Layer      // [n, code] -> logits of the pixels, [n, h, w, c]
	Config  AutoencoderConfig `param:"-"`
}

// NewAutoencoder makes the model that c describes, with weights drawn from rng. It panics if c is impossible.
func NewAutoencoder(rng *rand.Rand, c AutoencoderConfig) *Autoencoder {
	c, wrong := c.complete()
	expect(wrong == "", "NewAutoencoder", "%s", wrong)
	y := pyramid{rng: rng, image: c.Image, act: layers.ReLU}
	encoder, width := y.down()
	out := c.Code
	if c.Variational {
		out *= 2
	}
	return &Autoencoder{
		Encoder: append(encoder, layers.NewDense(rng, width, out)),
		Decoder: y.up(c.Code),
		Config:  c,
	}
}

// Forward returns logits of the pixels, for BCEWithLogits or (with a Sigmoid) MSE. In a training pass x is disturbed first
// and the code of a variational autoencoder is drawn; in an inference pass neither.
func (a *Autoencoder) Forward(x *tensor.Tensor) *tensor.Tensor {
	mean, logVar := a.posterior(a.clean(x))
	return a.Decoder.Forward(drawn(mean, logVar))
}

// Loss is how far Forward's images are from x itself, by Config.Loss. That of a variational autoencoder is the negative
// evidence lower bound, divided by the number of pixels: the cross-entropy plus Beta times the divergence of the codes,
// which are logged as "reconstruction" and "divergence". Against a squared error a Beta of 1 is far too much: the bound
// counts it as half a square, over a variance that is much smaller than 1.
func (a *Autoencoder) Loss(x *tensor.Tensor) *tensor.Tensor {
	x = a.clean(x)
	mean, logVar := a.posterior(x)
	loss := a.Config.Loss.of(a.Decoder.Forward(drawn(mean, logVar)), x)
	if logVar == nil {
		return loss
	}
	kl := divergence(mean, logVar).Mean()
	p := x.Pass()
	p.Log("reconstruction", loss)
	p.Log("divergence", kl)
	return loss.Add(kl.Scale(a.Config.Beta / float32(a.Config.Image.pixels())))
}

// Encode returns the codes [n, code] of images; of a variational autoencoder the mean ones.
func (a *Autoencoder) Encode(x *tensor.Tensor) *tensor.Tensor {
	mean, _ := split(a.Encoder.Forward(a.clean(x)), a.Config.Code)
	return mean
}

// Decode returns the images [n, h, w, c] of codes, in [0, 1].
func (a *Autoencoder) Decode(code *tensor.Tensor) *tensor.Tensor {
	expect(code.Rank() == 2 && code.Dim(1) == a.Config.Code, "Autoencoder", "the codes are %v: [n %d] is expected", code.Shape(), a.Config.Code)
	return a.Decoder.Forward(code).Sigmoid()
}

func (a *Autoencoder) clean(x *tensor.Tensor) *tensor.Tensor {
	a.Config.Image.checkImages("Autoencoder", x)
	return pixels(x)
}

// posterior is the distribution of the code of x, disturbed in a training pass: mean and log variance, the latter nil if
// there is none.
func (a *Autoencoder) posterior(x *tensor.Tensor) (mean, logVar *tensor.Tensor) {
	if x.Pass().Training() {
		x = a.Disturb(x)
	}
	return split(a.Encoder.Forward(x), a.Config.Code)
}

// pixels is the number of values in an image.
func (c ImageConfig) pixels() int { return c.Height * c.Width * c.Channels }

// autoencoderFormat marks the files of Autoencoder, in their metadata.
const autoencoderFormat = "braid.autoencoder.1"

// Save writes parameters and configuration to one safetensors file, replacing it in one step.
func (a *Autoencoder) Save(path string) error {
	return saveModel(path, "Autoencoder.Save", autoencoderFormat, a.Config, a)
}

// OpenAutoencoder reads a model that Save wrote. A file that is damaged, or of something else, is an error.
func OpenAutoencoder(path string) (*Autoencoder, error) {
	return openModel[AutoencoderConfig, *Autoencoder](path, "OpenAutoencoder", autoencoderFormat)
}
