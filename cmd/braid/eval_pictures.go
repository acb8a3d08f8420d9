package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// evalDrawing measures the run of a model that draws.
func (c *evalCommand) evalDrawing(w *world, kind string) error {
	if c.Samples < 100 || c.Samples > most {
		return fmt.Errorf("--samples is %d, want 100 to %d", c.Samples, most)
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	r := outcome{Test: map[string]float64{}}
	clock := stopwatch()
	switch kind {
	case ganKind:
		r.Options = &ganOptions{}
		err = c.evalGAN(w, dev, r.Options.(*ganOptions), &r)
	case autoencoderKind:
		r.Options = &autoencoderOptions{}
		err = c.evalAutoencoder(w, dev, r.Options.(*autoencoderOptions), &r)
	case jointKind:
		r.Options = &jointOptions{}
		err = c.evalJoint(w, dev, r.Options.(*jointOptions), &r)
	default:
		err = fmt.Errorf("the run in %s is of the kind %q, which this program does not know", c.Model, kind)
	}
	if err == context.Canceled {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	r.Seconds = clock()
	if c.JSON != "" {
		return writeJSON(c.JSON, r)
	}
	return nil
}

// gallery is the run's pictures, or those of --data; of files all, whatever part the run was trained on.
func (c *evalCommand) gallery(o *pictureOptions, image models.ImageConfig) (*gallery, error) {
	if c.Data != "" {
		o.Data = c.Data
	}
	all := *o
	if all.Data != builtin {
		all.Pictures = 0
	}
	g, err := all.open()
	if err == nil && (g.height != image.Height || g.width != image.Width || g.channels != image.Channels) {
		err = fmt.Errorf("the pictures are %dx%dx%d, the model's are %dx%dx%d", g.height, g.width, g.channels, image.Height, image.Width, image.Channels)
	}
	return g, err
}

// finished is the model of a run that has ended; o becomes the run's options.
func finished[M any](c *evalCommand, o settings, open func(path string) (M, error), r *outcome) (m M, err error) {
	if err := readOptions(c.Model, o); err != nil {
		return m, err
	}
	if m, err = open(filepath.Join(c.Model, modelFile)); err != nil {
		return m, fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	r.Parameters = layers.Count(m)
	return m, nil
}

func (c *evalCommand) evalGAN(w *world, dev *tensor.Device, o *ganOptions, r *outcome) error {
	m, err := finished(c, o, models.OpenGAN, r)
	if err != nil {
		return err
	}
	g, err := c.gallery(&o.pictureOptions, m.Config.Image)
	if err != nil {
		return err
	}
	return c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (drawn tensor.Array, asked []int32, err error) {
		var texts tensor.Array
		if readsText(m) {
			if texts, asked, err = requests(m.Config.Words, g, c.Samples); err != nil {
				return drawn, nil, err
			}
		}
		drawn, err = m.Sample(dev, c.Samples, o.Seed+1, texts) // not the noise of the sheets
		return drawn, asked, err
	})
}

// requests are n texts of the test part, in turn, with the classes of their pictures; those that a model of the words
// knows no word of are left out.
func requests(words []string, g *gallery, n int) (texts tensor.Array, classes []int32, err error) {
	if g.vocab == nil || !slices.Equal(g.vocab.Words, words) {
		return texts, nil, errors.New("the data has other texts than the model was trained with")
	}
	all := g.test.Texts
	var ids []int32
	known := 0
	for i := 0; known < n; i++ {
		row := i % g.test.Len()
		if row == 0 && i > 0 && known == 0 {
			return texts, nil, errors.New("the model knows no word of any text in the test part")
		}
		tokens := tensor.Values[int32](all.Slice(row, row+1))
		if slices.Max(tokens) <= data.Unknown {
			continue
		}
		ids = append(ids, tokens...)
		if !g.test.Labels.Absent() {
			classes = append(classes, tensor.Values[int32](g.test.Labels)[row])
		}
		known++
	}
	return tensor.ArrayOf(ids, n, all.Shape()[1]), classes, nil
}
