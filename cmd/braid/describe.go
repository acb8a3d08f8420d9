package main

import (
	"fmt"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

type describeCommand struct {
	deviceFlag
	Model string   `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a joint autoencoder's run."`
	Image []string `required:"" type:"existingfile" sep:"none" placeholder:"FILE" help:"PNG, JPEG or GIF; may be given several times."`
}

// Run prints the text of each picture, one a line.
func (c *describeCommand) Run(w *world) error {
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	if m.joint == nil {
		return fmt.Errorf("the run in %s is of the kind %s, which has no words for a picture: a joint autoencoder is needed", c.Model, m.options.kind())
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	vocab := &data.Vocab{Words: m.words()}
	for _, path := range c.Image {
		picture, err := m.read(path)
		if err != nil {
			return err
		}
		words, err := m.joint.Describe(dev, picture, tensor.Array{})
		if err != nil {
			return err
		}
		text := vocab.Decode(tensor.Values[int32](words))
		if text == "" {
			text = "(no word is likelier than none)"
		}
		if len(c.Image) > 1 {
			text = path + ": " + text
		}
		fmt.Fprintln(w.out, text)
	}
	return nil
}
