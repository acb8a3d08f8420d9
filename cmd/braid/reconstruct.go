package main

import (
	"fmt"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type reconstructCommand struct {
	deviceFlag
	Model string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of the run of an autoencoder, joint or not."`
	Image string `type:"existingfile" placeholder:"FILE" help:"PNG, JPEG or GIF; otherwise pictures of the test part."`
	Seed  uint64 `default:"1" help:"Of the noise on pictures that a denoising autoencoder gets, and of what a joint one draws."`
	Out   string `required:"" type:"path" placeholder:"PNG" help:"File to write: rows of pictures and, below each, what the model makes of them; a denoising one has what it was given between them, a joint one what it draws for the text under them."`
}

// Run rebuilds.
func (c *reconstructCommand) Run(w *world) error {
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	if m.gan != nil {
		return fmt.Errorf("the run in %s is a GAN, which cannot rebuild a picture: an autoencoder is needed", c.Model)
	}
	pictures, texts := tensor.Array{}, tensor.Array{}
	if c.Image != "" {
		pictures, err = m.read(c.Image)
	} else {
		pictures, texts, err = m.pictures(4 * sheetColumns)
	}
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	columns := min(sheetColumns, pictures.Shape()[0])
	var all tensor.Array
	if m.joint != nil {
		all, err = rejoined(dev, m.joint, pictures, texts, c.Seed, columns)
	} else {
		all, err = restored(dev, m.autoencoder, pictures, c.Seed, columns)
	}
	if err != nil {
		return err
	}
	return writePNG(c.Out, sheet(all, columns))
}

// rejoined is pictures, what m makes of them, and what it draws for their texts if they are known, by rows of so many
// columns.
func rejoined(dev *tensor.Device, m *models.JointAutoencoder, pictures, texts tensor.Array, seed uint64, columns int) (tensor.Array, error) {
	out, err := m.Reconstruct(dev, pictures, tensor.Array{})
	if err != nil || texts.Absent() {
		return rows(columns, reals(pictures), out), err
	}
	told, err := m.Sample(dev, pictures.Shape()[0], seed, texts)
	if err != nil {
		return tensor.Array{}, err
	}
	return rows(columns, reals(pictures), out, told), nil
}

// pictures are the first ones of the run's test part with their texts, at most n.
func (m *artist) pictures(n int) (images, texts tensor.Array, err error) {
	g, err := m.shared.open()
	if err != nil {
		return tensor.Array{}, tensor.Array{}, fmt.Errorf("the run's pictures: %w", err)
	}
	c := m.image()
	if g.height != c.Height || g.width != c.Width || g.channels != c.Channels {
		return tensor.Array{}, tensor.Array{}, fmt.Errorf("the run's pictures in %s are %dx%dx%d now, the model's are %dx%dx%d",
			m.shared.Data, g.height, g.width, g.channels, c.Height, c.Width, c.Channels)
	}
	n = min(n, g.test.Images.Shape()[0])
	if !g.test.Texts.Absent() {
		texts = g.test.Texts.Slice(0, n)
	}
	return g.test.Images.Slice(0, n), texts, nil
}

// read is the picture in a file, in the model's size; in grey for a model of grey pictures.
func (m *artist) read(path string) (tensor.Array, error) {
	return readImage(path, m.image())
}
