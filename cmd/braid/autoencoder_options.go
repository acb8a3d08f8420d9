package main

import "github.com/braidml/braid/models"

// autoencoderOptions describe a run of train autoencoder.
type autoencoderOptions struct {
	pictureOptions
	Code        int              `json:"code" default:"64" help:"Numbers that a picture becomes."`
	Loss        models.PixelLoss `json:"loss" default:"bce" help:"Of pixels: bce, mse."`
	Noise       float32          `json:"noise" default:"0" help:"Denoising: deviation of the noise on pixels from 0 to 1."`
	Mask        float32          `json:"mask" default:"0" help:"Denoising: share of patches of 4 pixels a side that are hidden."`
	Variational bool             `json:"variational" help:"Learn a distribution of codes, which braid sample can draw from."`
	Beta        float32          `json:"beta" default:"1" help:"Of a variational one: weight of the codes' divergence from the normal distribution."`
}

func (o *autoencoderOptions) kind() string { return autoencoderKind }

func (o *autoencoderOptions) check() error {
	var wrong complaints
	o.complain(&wrong)
	wrong.expect(o.Code >= 1 && o.Code <= 65536, "--code is %d, want 1 to 65536", o.Code)
	wrong.expect(o.Noise >= 0 && o.Noise <= 10, "--noise is %g, want 0 to 10", o.Noise)
	wrong.expect(o.Mask >= 0 && o.Mask < 1, "--mask is %g, want 0 <= mask < 1", o.Mask)
	wrong.expect(o.Beta > 0 && o.Beta <= 1000, "--beta is %g, want more than 0, at most 1000", o.Beta)
	return wrong.err()
}
