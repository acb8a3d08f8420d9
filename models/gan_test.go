package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// smallGAN is a configuration of few parameters.
func smallGAN() GANConfig {
	return GANConfig{Image: ImageConfig{Height: 8, Width: 4, Channels: 3, Widths: []int{4, 5}}, Latent: 3}
}

// gans are smallGAN in all its forms.
func gans() map[string]GANConfig {
	v := map[string]GANConfig{"plain": smallGAN()}
	add := func(name string, change func(c *GANConfig)) {
		c := smallGAN()
		change(&c)
		v[name] = c
	}
	text := TextConfig{Vocab: 7, Embed: 3, Hidden: []int{4}}
	add("grey", func(c *GANConfig) { c.Image.Channels = 1 })
	add("least squares, smoothed", func(c *GANConfig) { c.Loss, c.Smooth = LeastSquares, 0.1 })
	add("smoothed", func(c *GANConfig) { c.Smooth = 0.1 })
	add("hinge, spectral", func(c *GANConfig) { c.Loss, c.Spectral = Hinge, true })
	add("no average", func(c *GANConfig) { c.Average = -1 })
	add("no batch norm", func(c *GANConfig) { c.Image.NoBatchNorm = true })
	add("text", func(c *GANConfig) { c.Text, c.Features = text, 6 })
	add("bag, spectral", func(c *GANConfig) { c.Text, c.Spectral = TextConfig{Vocab: 7, Embed: 3, Bag: true}, true })
	add("text, no matching", func(c *GANConfig) { c.Text, c.Match = TextConfig{Vocab: 7, Embed: 3, Bag: true}, -1 })
	add("dense text", func(c *GANConfig) { c.Text = TextConfig{Dense: 9} })
	return v
}

// ganInputs are n images and, for a conditional model, n texts. Neighbours have different ones, but for the first two.
func ganInputs(c GANConfig, n int) (image, text tensor.Array) {
	image, text = inputs(FusionConfig{Image: c.Image, Text: TextConfig{Vocab: max(c.Text.Vocab, 2), Dense: c.Text.Dense}}, n)
	if !c.conditional() {
		return image, tensor.Array{}
	}
	if c.Text.Dense == 0 {
		ids := tensor.Values[int32](text)
		copy(ids[5:10], ids[:5])
	}
	return image, text
}

// stepGAN is one step, with its random numbers.
func stepGAN(t *testing.T, dev *tensor.Device, g *GAN, image, text tensor.Array, step int) (d, gen float32) {
	t.Helper()
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(3, uint64(step))
		lossD, lossG := g.Step(p.Input(image), p.Input(text))
		d, gen = lossD.Item(), lossG.Item()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, gen
}

// Each form computes, trains every parameter of both halves, moves the average, and has the size that it is checked
// against.
func TestGANs(t *testing.T) {
	for name, c := range gans() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			g := NewGAN(newRand(), c)
			values := 0
			for _, p := range layers.Params(g) {
				values += p.Len()
			}
			if got := g.Config.size(); got != float64(values) {
				t.Errorf("size is %v, the model has %d values", got, values)
			}
			if (g.Average != nil) != (c.Average >= 0) {
				t.Errorf("the average is %v", g.Average)
			}
			before := layers.State(g)
			image, text := ganInputs(c, 6)
			for i := range 2 {
				stepGAN(t, dev, g, image, text, i)
			}
			for name, a := range layers.State(g) {
				if name == "discriminator.head.u" || c.Loss == Hinge && strings.HasSuffix(name, "head.layer.bias") {
					continue // always ±1; no gradient while no logit is beyond ±1, real and fake ones cancel
				}
				if slices.Equal(before[name].Floats(), a.Floats()) {
					t.Errorf("%s did not change in two steps", name)
				}
			}
			one := text
			if !text.Absent() {
				one = text.Slice(2, 3)
			}
			drawn, err := g.Sample(dev, 5, 1, one)
			if err != nil {
				t.Fatal(err)
			}
			if want := []int{5, c.Image.Height, c.Image.Width, c.Image.Channels}; !slices.Equal(drawn.Shape(), want) {
				t.Errorf("drew %v, want %v", drawn.Shape(), want)
			}
			for _, v := range drawn.Floats() {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("drew a pixel of %v", v)
				}
			}
		})
	}
}

// What is logged is what trainers and GANLimits look at.
func TestGANLogs(t *testing.T) {
	dev := open(t)
	c := smallGAN()
	g := NewGAN(newRand(), c)
	image, _ := ganInputs(c, 4)
	got := map[string]float32{}
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		g.Step(p.Input(image), nil)
		for name, v := range p.Logged() {
			got[name] = v.Item()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 || !(got["loss"] > 0) || got["loss"] != got["discriminator"]+got["generator"] ||
		!(got["accuracy"] >= 0 && got["accuracy"] <= 1) || !(got["variety"] > 0) {
		t.Errorf("logged %v", got)
	}
}

// The same seeds give the same bits, and the first images of many are those of few.
func TestGANSame(t *testing.T) {
	dev := open(t)
	c := gans()["text"]
	c.Spectral = true
	image, text := ganInputs(c, 6)
	var first map[string]tensor.Array
	for range 2 {
		g := NewGAN(newRand(), c)
		for i := range 3 {
			stepGAN(t, dev, g, image, text, i)
		}
		state := layers.State(g)
		if first == nil {
			first = state
		}
		for name, a := range state {
			if !slices.Equal(a.Floats(), first[name].Floats()) {
				t.Errorf("%s differs", name)
			}
		}
		many, err := g.Sample(dev, sampleBatch+3, 9, text.Slice(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		few, err := g.Sample(dev, 4, 9, text.Slice(0, 1))
		if err != nil {
			t.Fatal(err)
		}
		// A product of few rows may be summed in another order than one of many.
		for i, v := range few.Floats() {
			if d := v - many.Floats()[i]; !(d <= 1e-5 && d >= -1e-5) {
				t.Fatalf("value %d is %v alone and %v among many", i, v, many.Floats()[i])
			}
		}
	}
}

// Wrong inputs and configurations are named.
func TestGANMistakes(t *testing.T) {
	dev := open(t)
	c := gans()["text"]
	g, plain := NewGAN(newRand(), c), NewGAN(newRand(), smallGAN())
	image, text := ganInputs(c, 4)
	step := func(g *GAN, image, text tensor.Array) func() error {
		return func() error {
			return dev.Run(tensor.Training, func(p *tensor.Pass) error {
				g.Step(p.Input(image), p.Input(text))
				return nil
			})
		}
	}
	sample := func(g *GAN, n int, text tensor.Array) func() error {
		return func() error { _, err := g.Sample(dev, n, 1, text); return err }
	}
	config := func(change func(c *GANConfig)) func() error {
		return func() error {
			c := gans()["text"]
			change(&c)
			return tensor.Try(func() error { NewGAN(newRand(), c); return nil })
		}
	}
	row := func(ids ...int32) tensor.Array { return tensor.ArrayOf(ids, 1, len(ids)) }
	for want, f := range map[string]func() error{
		"the images are [4 8 4 1]: [n 8 4 3] is expected": step(g, tensor.ArrayOf(make([]uint8, 128), 4, 8, 4, 1), text),
		"there is no text":                           step(g, image, tensor.Array{}),
		"the texts are int32 [3 5]: tokens [4 time]": step(g, image, text.Slice(0, 3)),
		"made without":                               step(plain, image, text),
		"text 0 has no word that the model knows":    sample(g, 4, row(1, 1, 0)),
		"text 0 has token 7: 0 to 6":                 sample(g, 4, row(7)),
		"the texts are [4 5]: [1 time] or [5 time]":  sample(g, 5, text),
		"0 images are asked for":                     sample(plain, 0, tensor.Array{}),
		"the image has 2 channels: 1 (grey) or 3":    config(func(c *GANConfig) { c.Image.Channels = 2 }),
		"an image of 8x6 cannot be halved 2 times":   config(func(c *GANConfig) { c.Image.Width = 6 }),
		"the widths are [] for an image of 5x4":      config(func(c *GANConfig) { c.Image.Height, c.Image.Widths = 5, nil }),
		"Flatten, Dropout, Strided or Deep is set":   config(func(c *GANConfig) { c.Image.Flatten = true }),
		"Latent is -1":                               config(func(c *GANConfig) { c.Latent = -1 }),
		"the loss is 9: one of non-saturating":       config(func(c *GANConfig) { c.Loss = 9 }),
		"Smooth is 0.5":                              config(func(c *GANConfig) { c.Smooth = 0.5 }),
		"the hinge loss has no labels":               config(func(c *GANConfig) { c.Loss, c.Smooth = Hinge, 0.1 }),
		"Average is 1":                               config(func(c *GANConfig) { c.Average = 1 }),
		"settings but no vocabulary":                 config(func(c *GANConfig) { c.Text.Vocab = 0 }),
		"Match is NaN":                               config(func(c *GANConfig) { c.Match = float32(math.NaN()) }),
		"Match is set, but there is no text":         config(func(c *GANConfig) { c.Text, c.Features, c.Match = TextConfig{}, 0, 1 }),
		"Features is -1":                             config(func(c *GANConfig) { c.Features = -1 }),
		"there are 1 words for a vocabulary of 7":    config(func(c *GANConfig) { c.Words = []string{"a"} }),
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the mistake is %v, want %q in it", err, want)
		}
	}
}

// The sizes that the issue names have a default each.
func TestGANDefaults(t *testing.T) {
	for image, want := range map[[3]int][]int{
		{28, 28, 1}: {64, 128}, {32, 32, 1}: {64, 128, 256}, {32, 32, 3}: {64, 128, 256}, {64, 64, 3}: {64, 128, 256, 512},
	} {
		c, wrong := GANConfig{Image: ImageConfig{Height: image[0], Width: image[1], Channels: image[2]}}.complete()
		if wrong != "" || !slices.Equal(c.Image.Widths, want) || c.Latent != 64 || c.Average != 0.999 {
			t.Errorf("%v becomes %+v (%s), want widths %v", image, c, wrong, want)
		}
	}
	for _, l := range []GANLoss{NonSaturating, LeastSquares, Hinge} {
		text, err := l.MarshalText()
		var back GANLoss = 99
		if err != nil || back.UnmarshalText(text) != nil || back != l || fmt.Sprint(l) != string(text) {
			t.Errorf("%v becomes %s and %v", l, text, back)
		}
	}
	var l GANLoss
	if err := l.UnmarshalText([]byte("wasserstein")); err == nil || !strings.Contains(err.Error(), "non-saturating, least-squares, hinge") {
		t.Errorf("error %v, want one that lists the losses", err)
	}
}

// The first weights are N(0, 0.02²), the factors of batch normalisations N(1, 0.02²).
func TestGANBegins(t *testing.T) {
	g := NewGAN(rand.New(rand.NewPCG(7, 8)), GANConfig{Image: ImageConfig{Height: 28, Width: 28, Channels: 1, Widths: []int{64, 128}}})
	seen := 0
	for name, p := range layers.Params(g) {
		if p.Frozen() || !strings.HasSuffix(name, ".weight") {
			continue
		}
		v := p.Array().Float64s()
		n := float64(len(v))
		mean, square, want := 0.0, 0.0, 0.0
		if p.Rank() == 1 {
			want = 1
		}
		for _, x := range v {
			mean += (x - want) / n
			square += (x - want) * (x - want) / n
		}
		// Five deviations of either.
		const dev = 0.02
		if !(math.Abs(mean) <= 5*dev/math.Sqrt(n)) || !(math.Abs(square-dev*dev) <= 5*dev*dev*math.Sqrt(2/n)) {
			t.Errorf("%s lies %v beside %v with variance %v, %d values; want 0 and 0.0004", name, mean, want, square, len(v))
		}
		seen++
	}
	if seen != 9 {
		t.Errorf("%d weights, want 9", seen)
	}
}
