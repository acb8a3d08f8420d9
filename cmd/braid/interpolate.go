package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type interpolateCommand struct {
	deviceFlag
	Model string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run that draws."`
	Rows  int    `default:"8" help:"How many ways, one a row: an autoencoder goes from one picture of the test part to another, a GAN from noise to noise."`
	Steps int    `default:"10" help:"Pictures on each, both ends included."`
	Text  string `help:"What they should show, for a GAN that was trained with texts."`
	Seed  uint64 `default:"1" help:"Of a GAN's noise."`
	Out   string `required:"" type:"path" placeholder:"PNG" help:"File to write."`
}

// Run draws what lies between.
func (c *interpolateCommand) Run(w *world) error {
	if c.Rows < 1 || c.Rows > 100 || c.Steps < 2 || c.Steps > 100 {
		return fmt.Errorf("--rows is %d and --steps %d, want 1 to 100 and 2 to 100", c.Rows, c.Steps)
	}
	m, err := openDrawing(c.Model)
	if err != nil {
		return err
	}
	if m.joint != nil && c.Text != "" {
		return errors.New("--text is for a GAN: a joint autoencoder goes from picture to picture")
	}
	var text tensor.Array
	if m.joint == nil {
		if text, err = m.encode(c.Text); err != nil {
			return err
		}
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	var pictures tensor.Array
	if m.gan != nil {
		pictures, err = between(dev, m.gan, c.Rows, c.Steps, c.Seed, text)
	} else {
		var ends tensor.Array
		if ends, _, err = m.pictures(2 * c.Rows); err != nil {
			return err
		}
		n := ends.Shape()[0] / 2
		from, to := ends.Slice(0, n), ends.Slice(n, 2*n)
		if m.joint != nil {
			pictures, err = m.joint.Interpolate(dev, from, to, c.Steps)
		} else {
			pictures, err = m.autoencoder.Interpolate(dev, from, to, c.Steps)
		}
	}
	if err != nil {
		return err
	}
	return writePNG(c.Out, sheet(pictures, c.Steps))
}

// between draws rows from one noise to another, [rows·steps, h, w, c]. The way is a·cos + b·sin over a quarter turn, on
// which every place is as likely as both ends: noise of many dimensions is never near 0, where a straight way would pass.
func between(dev *tensor.Device, g *models.GAN, rows, steps int, seed uint64, text tensor.Array) (tensor.Array, error) {
	var out []float32
	var shape []int
	ids := []int32{}
	for range steps {
		if !text.Absent() {
			ids = append(ids, tensor.Values[int32](text)...)
		}
	}
	for row := range rows {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			p.Seed(seed, uint64(row))
			angle := func(f func(float64) float64) *tensor.Tensor {
				v := make([]float32, steps)
				for i := range v {
					v[i] = float32(f(math.Pi / 2 * float64(i) / float64(steps-1)))
				}
				return tensor.From(p, v, steps, 1)
			}
			z := p.Normal(1, g.Config.Latent).Mul(angle(math.Cos)).Add(p.Normal(1, g.Config.Latent).Mul(angle(math.Sin)))
			var asked *tensor.Tensor
			if !text.Absent() {
				asked = p.Input(tensor.ArrayOf(ids, steps, len(ids)/steps))
			}
			y := g.Draw(z, asked)
			out = append(out, y.Float32s()...)
			shape = append([]int{rows * steps}, y.Shape()[1:]...)
			return nil
		})
		if err != nil {
			return tensor.Array{}, err
		}
	}
	return tensor.ArrayOf(out, shape...), nil
}
