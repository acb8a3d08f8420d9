package main

import (
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type summaryCommand struct {
	Model   string  `type:"path" placeholder:"DIR" help:"Folder of a run, or a model file; otherwise the model that the other flags describe."`
	Listing bool    `help:"The model of the Keras listing: 224x224x3 and a vector of 1000."`
	Options options `embed:""`
}

// Run prints the table.
func (c *summaryCommand) Run(w *world) error {
	switch {
	case c.Listing:
		return summarize(w, models.Listing(rng(c.Options.Seed)), []int{224, 224, 3}, 1000, tensor.Float32)
	case c.Model != "":
		if kind, _, err := kindOf(c.Model); err == nil && kind != fusionKind {
			return c.artist(w)
		}
		m, err := openModel(c.Model)
		if err != nil {
			return err
		}
		return c.fusion(w, m)
	}
	if err := c.Options.check(); err != nil {
		return err
	}
	d, err := c.Options.open(nil)
	if err != nil {
		return err
	}
	m, err := c.Options.model(d)
	if err != nil {
		return err
	}
	return c.fusion(w, m)
}

func (c *summaryCommand) fusion(w *world, m *models.Fusion) error {
	i := m.Config.Image
	return summarize(w, m, []int{i.Height, i.Width, i.Channels}, 8, tensor.Int32)
}

// artist prints the layers of a run that draws.
func (c *summaryCommand) artist(w *world) error {
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	i := m.image()
	picture := func(p *tensor.Pass) *tensor.Tensor { return p.Full(0, 1, i.Height, i.Width, i.Channels) }
	if m.joint != nil {
		return layers.Summary(w.out, m.joint, func(p *tensor.Pass) { m.joint.Forward(picture(p), p.Full(0, 1, 8).Int()) })
	}
	if m.gan == nil {
		return layers.Summary(w.out, m.autoencoder, func(p *tensor.Pass) { m.autoencoder.Forward(picture(p)) })
	}
	return layers.Summary(w.out, m.gan, func(p *tensor.Pass) {
		var text *tensor.Tensor
		if readsText(m.gan) {
			text = p.Full(0, 1, 8).Int()
		}
		m.gan.Generator.Forward(p.Full(0, 1, m.gan.Config.Latent), text)
		m.gan.Discriminator.Forward(picture(p), text)
	})
}

// summarize prints m's layers for an image of the given shape and a text of so many tokens or features.
func summarize(w *world, m *models.Fusion, image []int, text int, kind tensor.DType) error {
	return layers.Summary(w.out, m, func(p *tensor.Pass) {
		t := p.Full(0, 1, text)
		if kind == tensor.Int32 {
			t = t.Int()
		}
		m.Forward(p.Full(0, append([]int{1}, image...)...), t)
	})
}
