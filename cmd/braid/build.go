package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

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
	var start *models.JointAutoencoder
	if o.Init != "" {
		var err error
		if start, err = o.start(d); err != nil {
			return nil, err
		}
		c = c.Like(start)
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	if o.Vectors != "" && d.vocab != nil {
		if err := o.vectors(d, &c.Text); err != nil {
			return nil, err
		}
	}
	model := models.NewFusion(rng, c)
	if start != nil {
		words, err := model.StartFrom(start)
		if err != nil {
			return nil, err
		}
		d.about = append(d.about, fmt.Sprintf("starts from the encoders of %s, which knows %d of %d words", o.Init, words, max(len(c.Words)-1, 0)))
	}
	return model, nil
}

// start is the model of --init, whose pictures must be like those of d.
func (o *options) start(d *dataset) (*models.JointAutoencoder, error) {
	kind, _, err := kindOf(o.Init)
	if err != nil {
		return nil, fmt.Errorf("--init: %w", err)
	}
	if kind != jointKind {
		return nil, fmt.Errorf("--init: the run in %s is of the kind %s: one of train joint was expected", o.Init, kind)
	}
	j, err := models.OpenJointAutoencoder(filepath.Join(o.Init, modelFile))
	if err != nil {
		return nil, fmt.Errorf("--init: %w", err)
	}
	if i := j.Config.Image; i.Height != d.size.Height || i.Width != d.size.Width || i.Channels != d.channels {
		return nil, fmt.Errorf("--init: %s was trained on pictures of %dx%dx%d, these are %dx%dx%d: --image-size chooses the size",
			o.Init, i.Height, i.Width, i.Channels, d.size.Height, d.size.Width, d.channels)
	}
	return j, nil
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
