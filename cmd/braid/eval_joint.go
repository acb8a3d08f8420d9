package main

import (
	"fmt"
	"maps"

	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// evalJoint measures both ways: texts from pictures, and pictures from texts, which are compared with real ones as those of
// a GAN are.
func (c *evalCommand) evalJoint(w *world, dev *tensor.Device, o *jointOptions, r *outcome) error {
	m, err := finished(c, o, models.OpenJointAutoencoder, r)
	if err != nil {
		return err
	}
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
	err = c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (tensor.Array, []int32, error) {
		drawn, err := m.Sample(dev, c.Samples, o.Seed+1, texts)
		return drawn, asked, err
	})
	if err != nil || asked == nil {
		return err
	}
	if err := c.recognised(w, dev, o, m, g, r.Test); err != nil {
		return err
	}
	return probe(w, dev, m, g, r.Test)
}

// recognised is the share of pictures that are of their class still when m has rebuilt them: what is lost there cannot be
// asked of those that it draws for a text.
func (c *evalCommand) recognised(w *world, dev *tensor.Device, o *jointOptions, m *models.JointAutoencoder, g *gallery, test map[string]float64) error {
	j, err := openJudge(w, dev, c.Model, &o.pictureOptions, g)
	if err != nil {
		return err
	}
	again, err := m.Reconstruct(dev, g.test.Images, tensor.Array{})
	if err != nil {
		return err
	}
	_, classes, err := j.look(w.ctx, dev, again)
	if err != nil {
		return err
	}
	accuracy := metrics.Accuracy()
	accuracy.Observe(classes, g.test.Labels)
	test["rebuilt_class"] = accuracy.Value()
	fmt.Fprintf(w.out, "the class of a picture is found in the rebuilt one in %.4f\n", test["rebuilt_class"])
	return nil
}
