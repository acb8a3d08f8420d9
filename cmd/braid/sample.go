package main

import (
	"errors"
	"fmt"

	"github.com/braidml/braid/tensor"
)

type sampleCommand struct {
	Model   string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run: a GAN, or a variational autoencoder."`
	N       int    `default:"64" help:"How many pictures."`
	Text    string `help:"What they should show, for a GAN that was trained with texts."`
	Seed    uint64 `default:"1" help:"Of the noise: the same seed gives the same pictures."`
	Columns int    `default:"8" help:"Pictures in a row."`
	Out     string `required:"" type:"path" placeholder:"PNG" help:"File to write."`
}

// Run draws.
func (c *sampleCommand) Run(w *world) error {
	if c.N < 1 || c.N > 10_000 || c.Columns < 1 {
		return fmt.Errorf("--n is %d and --columns %d, want 1 to 10000, and at least 1", c.N, c.Columns)
	}
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	text, err := m.encode(c.Text)
	if err != nil {
		return err
	}
	dev, err := tensor.Open(nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	var pictures tensor.Array
	if m.gan != nil {
		pictures, err = m.gan.Sample(dev, c.N, c.Seed, text)
	} else if pictures, err = m.autoencoder.Sample(dev, c.N, c.Seed); err != nil {
		err = errors.New("only a variational autoencoder can draw from noise: train one with --variational")
	}
	if err != nil {
		return err
	}
	return writePNG(c.Out, sheet(pictures, c.Columns))
}
