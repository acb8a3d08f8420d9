package main

import (
	"fmt"
	"maps"
	"path/filepath"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// evalJoint measures both ways: texts from pictures, and pictures from texts, which are compared with real ones as those of
// a GAN are.
func (c *evalCommand) evalJoint(w *world, dev *tensor.Device, o *jointOptions, r *outcome) error {
	if err := readOptions(c.Model, o); err != nil {
		return err
	}
	m, err := models.OpenJointAutoencoder(filepath.Join(c.Model, modelFile))
	if err != nil {
		return fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	r.Parameters = layers.Count(m)
	g, err := c.gallery(&o.pictureOptions, m.Config.Image)
	if err != nil {
		return err
	}
	texts, asked, err := requests(m.Config.Words, g, c.Samples)
	if err != nil {
		return err
	}
	test, err := translating(dev, m, g.test)
	if err != nil {
		return err
	}
	maps.Copy(r.Test, test)
	reportTranslating(w, test)
	return c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (tensor.Array, []int32, error) {
		drawn, err := m.Sample(dev, c.Samples, o.Seed+1, texts)
		return drawn, asked, err
	})
}
