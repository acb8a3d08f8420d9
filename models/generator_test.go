package models

import (
	"fmt"
	"slices"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// sizes are the images that the models are made for, with the default widths divided by 16.
func sizes(first int) (list []ImageConfig) {
	for _, s := range [][3]int{{28, 28, 1}, {32, 32, 1}, {32, 32, 3}, {64, 64, 3}} {
		c := pictureDefaults(ImageConfig{Height: s[0], Width: s[1], Channels: s[2]}, first)
		for i := range c.Widths {
			c.Widths[i] /= 16
		}
		list = append(list, c)
	}
	return list
}

// Every model trains and draws at every size.
func TestSizes(t *testing.T) {
	for _, image := range sizes(64) {
		t.Run(fmt.Sprint(image.Height, image.Channels), func(t *testing.T) {
			dev := open(t)
			shape := []int{2, image.Height, image.Width, image.Channels}
			g := NewGAN(newRand(), GANConfig{Image: image})
			a := NewAutoencoder(newRand(), AutoencoderConfig{Image: image, Variational: true, Mask: 0.5})
			images := autoencoderImages(a.Config, 2)
			stepGAN(t, dev, g, images, tensor.Array{}, 0)
			o := optim.New(layers.Params(a), optim.Adam{})
			stepAutoencoder(t, dev, o, 0, func(p *tensor.Pass) *tensor.Tensor { return a.Loss(p.Input(images)) })
			drawn, err := g.Sample(dev, 2, 1, tensor.Array{})
			if err != nil || !slices.Equal(drawn.Shape(), shape) {
				t.Errorf("the GAN draws %v (%v), want %v", drawn.Shape(), err, shape)
			}
			drawn, err = a.Sample(dev, 2, 1)
			if err != nil || !slices.Equal(drawn.Shape(), shape) {
				t.Errorf("the autoencoder draws %v (%v), want %v", drawn.Shape(), err, shape)
			}
		})
	}
}

// After the first steps a GAN's step is a replay that allocates nothing, although the rate of the average changes.
func TestGANSteady(t *testing.T) {
	c := gans()["text"]
	c.Spectral = true
	dev := open(t)
	g := NewGAN(newRand(), c)
	image, text := ganInputs(c, 4)
	step := func(i int) {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			p.Seed(1, uint64(i))
			g.Step(p.Input(image), p.Input(text))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		step(i)
	}
	s := dev.Stats()
	for i := range 10 {
		step(3 + i)
	}
	if after := dev.Stats(); after.Allocs != s.Allocs || after.Ops != s.Ops || after.Replays != s.Replays+10 {
		t.Errorf("from %+v to %+v in 10 steps", s, after)
	}
}

// The average: after a step, what formula and decay make of the generator's weights and running statistics.
func TestGANAverage(t *testing.T) {
	dev := open(t)
	c := smallGAN()
	c.Average = 0.25
	g := NewGAN(newRand(), c)
	image, _ := ganInputs(c, 4)
	for i, decay := range []float32{2. / 11, 3. / 12, 0.25} { // (1+t)/(10+t), at most Average
		before := layers.State(g.Average)
		stepGAN(t, dev, g, image, tensor.Array{}, i)
		now, after := layers.State(g.Generator), layers.State(g.Average)
		for name := range before {
			for k, v := range after[name].Floats() {
				want := decay*before[name].Floats()[k] + (1-decay)*now[name].Floats()[k]
				if d := v - want; !(d <= 1e-5 && d >= -1e-5) {
					t.Fatalf("step %d: %s[%d] is %v, want %v", i+1, name, k, v, want)
				}
			}
		}
	}
}

// A configuration that is accepted has a size, and reading it again gives the same one.
func FuzzDrawingConfigs(f *testing.F) {
	f.Add(`{"Image":{"Height":8,"Width":6},"Latent":7,"Loss":"hinge","Spectral":true}`)
	f.Add(`{"Text":{"Vocab":7,"Bag":true},"Code":3,"Variational":true,"Mask":0.5}`)
	f.Add(`{"Text":{"Vocab":7},"Features":5,"Merge":"gated","Length":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseConfig[GANConfig, *GAN](text); err == nil && !(c.size() > 0) {
			t.Errorf("size %v of %s", c.size(), text)
		}
		if c, err := parseConfig[AutoencoderConfig, *Autoencoder](text); err == nil && !(c.size() > 0) {
			t.Errorf("size %v of %s", c.size(), text)
		}
		if c, err := parseConfig[JointConfig, *JointAutoencoder](text); err == nil && !(c.size() > 0) {
			t.Errorf("size %v of %s", c.size(), text)
		}
	})
}
