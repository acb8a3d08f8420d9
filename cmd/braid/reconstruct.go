package main

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

type reconstructCommand struct {
	Model string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of an autoencoder's run."`
	Image string `type:"existingfile" placeholder:"FILE" help:"PNG, JPEG or GIF; otherwise pictures of the test part."`
	Seed  uint64 `default:"1" help:"Of the noise on pictures that a denoising autoencoder gets."`
	Out   string `required:"" type:"path" placeholder:"PNG" help:"File to write: rows of pictures and, below each, what the model makes of them; a denoising one has what it was given between them."`
}

// Run rebuilds.
func (c *reconstructCommand) Run(w *world) error {
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	if m.autoencoder == nil {
		return fmt.Errorf("the run in %s is a GAN, which cannot rebuild a picture: an autoencoder is needed", c.Model)
	}
	var pictures tensor.Array
	if c.Image != "" {
		pictures, err = m.read(c.Image)
	} else {
		pictures, err = m.pictures(4 * sheetColumns)
	}
	if err != nil {
		return err
	}
	dev, err := tensor.Open(nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	columns := min(sheetColumns, pictures.Shape()[0])
	all, err := restored(dev, m.autoencoder, pictures, c.Seed, columns)
	if err != nil {
		return err
	}
	return writePNG(c.Out, sheet(all, columns))
}

// pictures are the first ones of the run's test part, at most n.
func (m *artist) pictures(n int) (tensor.Array, error) {
	g, err := m.shared.open()
	if err != nil {
		return tensor.Array{}, fmt.Errorf("the run's pictures: %w", err)
	}
	c := m.image()
	if g.height != c.Height || g.width != c.Width || g.channels != c.Channels {
		return tensor.Array{}, fmt.Errorf("the run's pictures in %s are %dx%dx%d now, the model's are %dx%dx%d",
			m.shared.Data, g.height, g.width, g.channels, c.Height, c.Width, c.Channels)
	}
	return g.test.Images.Slice(0, min(n, g.test.Images.Shape()[0])), nil
}

// read is the picture in a file, in the model's size; in grey for a model of grey pictures.
func (m *artist) read(path string) (tensor.Array, error) {
	c := m.image()
	picture, err := readImage(path, c)
	if err != nil || c.Channels == 3 {
		return picture, err
	}
	rgb := tensor.Values[uint8](picture)
	grey := make([]uint8, len(rgb)/3)
	for i := range grey { // the luma of ITU-R BT.601
		grey[i] = uint8((299*int(rgb[3*i]) + 587*int(rgb[3*i+1]) + 114*int(rgb[3*i+2]) + 500) / 1000)
	}
	return tensor.ArrayOf(grey, 1, c.Height, c.Width, 1), nil
}
