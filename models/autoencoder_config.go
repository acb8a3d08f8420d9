package models

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/braidml/braid/tensor"
)

// AutoencoderConfig describes an Autoencoder. What is left zero gets the default that stands beside it.
type AutoencoderConfig struct {
	Image ImageConfig // Widths of the encoder, backwards of the decoder: 32, 64, … while the image can be halved
	Code  int         // numbers that an image becomes: 64
	Loss  PixelLoss

	// A denoising autoencoder rebuilds the image from a disturbed one (Vincent et al. 2008). Both may be set.
	Noise float32 // deviation of normal noise on pixels from 0 to 1; 0: none
	Mask  float32 // share of patches that are hidden; 0: none
	Patch int     // side of a patch in pixels: 4

	// A variational autoencoder learns a distribution of codes that Sample can draw from (Kingma and Welling 2014).
	Variational bool
	Beta        float32 // weight of the divergence from the standard normal distribution: 1 (Higgins et al. 2017)
}

// complete fills in what was left zero and returns what is impossible about the result, or "".
func (c AutoencoderConfig) complete() (AutoencoderConfig, string) {
	c.Image = pictureDefaults(c.Image, 32)
	orDefault(&c.Code, 64)
	if c.Mask > 0 {
		orDefault(&c.Patch, 4)
	}
	if c.Variational {
		orDefault(&c.Beta, 1)
	}
	return c, c.check()
}

func (c AutoencoderConfig) check() string {
	if wrong := checkPicture(c.Image); wrong != "" {
		return wrong
	}
	switch {
	case c.Code < 1:
		return fmt.Sprintf("Code is %d: at least 1 is expected", c.Code)
	case int(c.Loss) >= len(pixelLossNames):
		return fmt.Sprintf("the loss is %d: one of %v is expected", c.Loss, pixelLossNames)
	case !(c.Noise >= 0 && c.Noise <= 1e6):
		return fmt.Sprintf("Noise is %v: at least 0 is expected", c.Noise)
	case !(c.Mask >= 0 && c.Mask < 1):
		return fmt.Sprintf("Mask is %v: at least 0 and below 1 is expected", c.Mask)
	case c.Mask == 0 && c.Patch != 0:
		return "Patch is set, but Mask is not: nothing would be hidden"
	case c.Mask > 0 && (c.Patch < 1 || c.Image.Height%c.Patch != 0 || c.Image.Width%c.Patch != 0):
		return fmt.Sprintf("patches of %d pixels do not fill an image of %dx%d", c.Patch, c.Image.Height, c.Image.Width)
	case !(c.Beta >= 0 && c.Beta <= 1e6):
		return fmt.Sprintf("Beta is %v: at least 0 is expected", c.Beta)
	case !c.Variational && c.Beta != 0:
		return "Beta is set, but Variational is not: there is no divergence to weigh"
	}
	return ""
}

// size is the number of values in the parameters of the model that c describes.
func (c AutoencoderConfig) size() float64 {
	var n count
	width := count(n.down(c.Image, false, false))
	out := count(c.Code)
	if c.Variational {
		out *= 2
	}
	n += width*out + out
	n.up(c.Image, c.Code)
	return float64(n)
}

func (c AutoencoderConfig) build(rng *rand.Rand) *Autoencoder { return NewAutoencoder(rng, c) }

// PixelLoss is what a rebuilt image is measured by, averaged over pixels. It is written and read as its name ("bce").
type PixelLoss uint8

// The losses of pixels from 0 to 1.
const (
	PixelBCE PixelLoss = iota // binary cross-entropy
	PixelMSE                  // squared error
)

var pixelLossNames = []string{"bce", "mse"}

// String is the loss's name.
func (l PixelLoss) String() string {
	if int(l) < len(pixelLossNames) {
		return pixelLossNames[l]
	}
	return fmt.Sprintf("PixelLoss(%d)", l)
}

// MarshalText is the loss's name.
func (l PixelLoss) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a loss's name.
func (l *PixelLoss) UnmarshalText(text []byte) error {
	i := slices.Index(pixelLossNames, string(text))
	if i < 0 {
		return fmt.Errorf("models: there is no loss of pixels %q: one of %v is expected", text, pixelLossNames)
	}
	*l = PixelLoss(i)
	return nil
}

// of is the loss of logits against pixels.
func (l PixelLoss) of(logits, x *tensor.Tensor) *tensor.Tensor {
	if l == PixelMSE {
		return tensor.MSE(logits.Sigmoid(), x)
	}
	return tensor.BCEWithLogits(logits, x)
}

// rows is of for each row, [n, 1].
func (l PixelLoss) rows(logits, x *tensor.Tensor) *tensor.Tensor {
	each := logits.Softplus().Sub(logits.Mul(x)) // the cross-entropy with sigmoid(logits)
	if l == PixelMSE {
		each = logits.Sigmoid().Sub(x).Square()
	}
	return each.Flatten().Mean(1).Unsqueeze(1)
}
