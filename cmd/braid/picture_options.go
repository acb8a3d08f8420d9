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
	LR       float64 `json:"lr" name:"lr" default:"0" help:"Rate of Adam; 0: 0.0002 for a GAN (see --loss), 0.001 for an autoencoder, 0.003 at its peak for a joint one."`
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
