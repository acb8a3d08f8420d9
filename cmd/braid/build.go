package main

import (
	"math/rand/v2"

	"github.com/braidml/braid/models"
)

// model makes the model that o describes, for d.
func (o *options) model(d *dataset) (*models.Fusion, error) {
	c := models.FusionConfig{
		Image:   models.ImageConfig{Height: d.size.Height, Width: d.size.Width, Channels: d.channels, Widths: widths(d.size)},
		Text:    models.TextConfig{Vocab: 2, Bag: o.TextEncoder == "bag", MaxTokens: d.maxTokens},
		Merge:   o.Merge,
		Dropout: o.Dropout,
		Drop:    o.ModalityDropout,
		Missing: o.only(d) != both || d.lackImages+d.lackTexts > 0,
		Outputs: len(d.classes),
		Classes: d.classes,
		Columns: d.columns,

		Regression: d.task == regress, MultiLabel: d.task == multilabel,
	}
	o.set(&c)
	if d.vocab != nil {
		c.Text.Vocab, c.Words = d.vocab.Len(), d.vocab.Words
	}
	if c.Regression {
		c.Shift, c.Scale = scaling(d.targets)
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	if o.Vectors != "" && d.vocab != nil {
		if err := o.vectors(d, &c.Text); err != nil {
			return nil, err
		}
	}
	return models.NewFusion(rng, c), nil
}

// What of a sample is read.
const both, onlyImage, onlyText = "both", "image", "text"

// only is o.Only, and the picture where there is nothing else.
func (o *options) only(d *dataset) string {
	if d.vocab == nil {
		return onlyImage
	}
	return o.Only
}

// widths is channels after each convolution, which halves the picture: 16, 32, 64 up to 48 pixels a side, and one more
// for each doubling from there, up to 128.
func widths(size dims) []int {
	list := []int{16, 32, 64}
	for side := min(size.Height, size.Width); side > 48; side /= 2 {
		list = append(list, min(2*list[len(list)-1], 128))
	}
	return list
}
