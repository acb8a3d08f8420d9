package main

import (
	"math"

	"github.com/braidml/braid/models"
)

// pictureOptions are those that models that draw have in common.
type pictureOptions struct {
	Model    string  `json:"model" kong:"-"` // the kind, for kindOf
	Data     string  `json:"data" default:"builtin" placeholder:"builtin|DIR" help:"builtin: generated pictures of shapes with captions; DIR: IDX files as those of MNIST, the emoji, or a folder of picture files."`
	Pictures int     `json:"pictures" default:"0" help:"Train on so many of the pictures; 0: on all, which are 6000 of the generated ones."`
	Size     int     `json:"size" default:"0" help:"Side of the pictures in pixels; 0: 32. Pictures in IDX files have their own."`
	Width    int     `json:"width" default:"0" help:"Channels after the first convolution, doubled by each one further; 0: the model's default."`
	Epochs   int     `json:"epochs" default:"20" help:"Passes over the training data."`
	Batch    int     `json:"batch" default:"64" help:"Pictures a step."`
	LR       float64 `json:"lr" name:"lr" default:"0" help:"Rate of Adam; 0: 0.0002 for a GAN (see --loss), 0.001 for an autoencoder."`
	Seed     uint64  `json:"seed" default:"1" help:"Of data, weights, order and noise: the same seed gives the same bits."`
}

func (o *pictureOptions) data() *string { return &o.Data }

// rate is --lr, or the default of the model.
func (o *pictureOptions) rate(fallback float64) float64 {
	if o.LR == 0 {
		return fallback
	}
	return o.LR
}

// side is --size, or its default.
func (o *pictureOptions) side() int {
	if o.Size == 0 {
		return 32
	}
	return o.Size
}

// image is the configuration of both halves' convolutions for pictures of g.
func (o *pictureOptions) image(g *gallery) models.ImageConfig {
	c := models.ImageConfig{Height: g.height, Width: g.width, Channels: g.channels}
	for h, w, out := g.height, g.width, o.Width; out > 0 && h%2 == 0 && w%2 == 0 && min(h, w) > 4; h, w = h/2, w/2 {
		c.Widths = append(c.Widths, out)
		out = min(2*out, 8*o.Width)
	}
	return c
}

func (o *pictureOptions) complain(wrong *complaints) {
	expect := wrong.expect
	expect(o.Data != "", "--data is empty, want builtin or a folder")
	expect(o.Pictures == 0 || o.Pictures >= 20 && o.Pictures <= most, "--pictures is %d, want 20 to %d, or 0", o.Pictures, most)
	expect(o.Size == 0 || o.Size >= 16 && o.Size <= 256, "--size is %d, want 16 to 256, or 0", o.Size)
	if bytes := float64(o.Pictures) * float64(o.side()) * float64(o.side()) * 3.6; o.Data == builtin {
		expect(bytes <= 16e9, "--pictures %d of --size %d take %.0f GB of memory, want at most 16", o.Pictures, o.side(), bytes/1e9)
	}
	expect(o.Width >= 0 && o.Width <= 4096, "--width is %d, want 1 to 4096, or 0", o.Width)
	expect(o.Epochs >= 1 && o.Epochs <= most, "--epochs is %d, want 1 to %d", o.Epochs, most)
	expect(o.Batch >= 2, "--batch is %d, want at least 2", o.Batch)
	expect(o.LR >= 0 && !math.IsInf(o.LR, 0), "--lr is %g, want more than 0, or 0 for the default", o.LR)
}

// ganOptions describe a run of train gan.
type ganOptions struct {
	pictureOptions
	Latent      int     `json:"latent" default:"64" help:"Numbers of noise behind a picture."`
	Loss        string  `json:"loss" default:"auto" enum:"auto,non-saturating,least-squares,hinge" help:"non-saturating, least-squares, hinge. auto: non-saturating; where texts are read, hinge with --spectral and a rate of 0.0005."`
	Smooth      float32 `json:"smooth" default:"0" help:"One-sided label smoothing: real pictures have the label 1-smooth."`
	Spectral    bool    `json:"spectral" help:"Spectral normalisation in the discriminator instead of batch normalisation."`
	Average     float32 `json:"average" default:"0.999" help:"Decay of the generator's running average, which draws; 0: none."`
	TextEncoder string  `json:"text_encoder" default:"auto" enum:"auto,rnn,bag,none" help:"What reads the texts that pictures are drawn for: a tanh RNN, a bag of words, or none. auto: a bag where there are texts; of IDX files with labels the classes' names serve as texts, if asked for."`
}

func (o *ganOptions) kind() string { return ganKind }

func (o *ganOptions) check() error {
	var wrong complaints
	o.complain(&wrong)
	wrong.expect(o.Latent >= 1 && o.Latent <= 65536, "--latent is %d, want 1 to 65536", o.Latent)
	wrong.expect(o.Smooth >= 0 && o.Smooth < 0.5, "--smooth is %g, want 0 <= smooth < 0.5", o.Smooth)
	wrong.expect(o.Smooth == 0 || o.Loss != models.Hinge.String(), "--smooth is set, but the hinge loss has no labels")
	wrong.expect(o.Average >= 0 && o.Average < 1, "--average is %g, want 0 <= average < 1", o.Average)
	return wrong.err()
}

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
