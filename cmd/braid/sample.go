package main

import "fmt"

type sampleCommand struct {
	deviceFlag
	Model   string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run: a GAN, a joint autoencoder, or a variational one."`
	N       int    `default:"64" help:"How many pictures."`
	Text    string `help:"What they should show, for a model that was trained with texts."`
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
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	pictures, err := m.sample(dev, c.N, c.Seed, text)
	if err != nil {
		return err
	}
	return writePNG(c.Out, sheet(pictures, c.Columns))
}
