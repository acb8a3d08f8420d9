package models

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// smallAutoencoder is a configuration of few parameters.
func smallAutoencoder() AutoencoderConfig {
	return AutoencoderConfig{Image: ImageConfig{Height: 8, Width: 4, Channels: 3, Widths: []int{4, 5}}, Code: 6}
}

// autoencoders are smallAutoencoder in all its forms.
func autoencoders() map[string]AutoencoderConfig {
	v := map[string]AutoencoderConfig{"plain": smallAutoencoder()}
	add := func(name string, change func(c *AutoencoderConfig)) {
		c := smallAutoencoder()
		change(&c)
		v[name] = c
	}
	add("grey, squared", func(c *AutoencoderConfig) { c.Image.Channels, c.Loss = 1, PixelMSE })
	add("noise", func(c *AutoencoderConfig) { c.Noise = 0.2 })
	add("masked", func(c *AutoencoderConfig) { c.Mask, c.Patch = 0.5, 2 })
	add("no batch norm", func(c *AutoencoderConfig) { c.Image.NoBatchNorm = true })
	add("variational", func(c *AutoencoderConfig) { c.Variational = true })
	add("everything", func(c *AutoencoderConfig) { c.Variational, c.Noise, c.Mask, c.Beta = true, 0.1, 0.25, 3 })
	return v
}

func autoencoderImages(c AutoencoderConfig, n int) tensor.Array {
	image, _ := inputs(FusionConfig{Image: c.Image, Text: TextConfig{Vocab: 2}}, n)
	return image
}

func stepAutoencoder(t *testing.T, dev *tensor.Device, o *optim.Optimizer, step int, f func(p *tensor.Pass) *tensor.Tensor) (loss float32) {
	t.Helper()
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(1, uint64(step))
		l := f(p)
		o.Minimize(l)
		loss = l.Item()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// Each form has the size that it is checked against, trains all its parameters, and survives a file.
func TestAutoencoders(t *testing.T) {
	for name, c := range autoencoders() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			a := NewAutoencoder(newRand(), c)
			values := 0
			for _, p := range layers.Params(a) {
				values += p.Len()
			}
			if got := a.Config.size(); got != float64(values) {
				t.Errorf("size is %v, the model has %d values", got, values)
			}
			before := layers.State(a)
			images := autoencoderImages(c, 6)
			o := optim.New(layers.Params(a), optim.Adam{LR: 1e-2})
			for i := range 2 {
				stepAutoencoder(t, dev, o, i, func(p *tensor.Pass) *tensor.Tensor { return a.Loss(p.Input(images)) })
			}
			for name, v := range layers.State(a) {
				if slices.Equal(before[name].Floats(), v.Floats()) {
					t.Errorf("%s did not change in two steps", name)
				}
			}
			path := filepath.Join(t.TempDir(), "m")
			if err := a.Save(path); err != nil {
				t.Fatal(err)
			}
			b, err := OpenAutoencoder(path)
			if err != nil {
				t.Fatal(err)
			}
			sameParams(t, b, a)
			want, err := a.Reconstruct(dev, images)
			if err != nil {
				t.Fatal(err)
			}
			got, err := b.Reconstruct(dev, images)
			if err != nil || !slices.Equal(got.Floats(), want.Floats()) || !slices.Equal(got.Shape(), images.Shape()) {
				t.Errorf("rebuilds %v (%v), want %v", got, err, want)
			}
			if _, err := OpenGAN(path); err == nil {
				t.Error("it opens as a GAN")
			}
		})
	}
}

func TestAutoencoderGradients(t *testing.T) {
	for name, c := range autoencoders() {
		t.Run(name, func(t *testing.T) {
			a := NewAutoencoder(newRand(), c)
			images := autoencoderImages(c, 4)
			worst, where := gradientError(t, a, func(p *tensor.Pass) *tensor.Tensor { return a.Loss(p.Input(images)) })
			if !(worst <= 1) {
				t.Errorf("%.3g times the tolerance at %s", worst, where)
			}
		})
	}
}

// The divergence by its formula, and the distribution of drawn codes.
func TestVariational(t *testing.T) {
	dev := open(t)
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		kl := divergence(tensor.From(p, []float32{0, 0, 1, -2}, 2, 2), tensor.From(p, []float32{0, 0, 0, 1}, 2, 2)).Float32s()
		want := 0.5 * (1 + 0 + 4 + math.E - 1 - 1) // rows: N(0,1)², and N(1,1) with N(-2,e)
		if kl[0] != 0 || !(math.Abs(float64(kl[1])-want) <= 1e-5) {
			t.Errorf("divergences %v, want 0 and %v", kl, want)
		}
		const n = 20000
		codes := drawn(p.Full(3, n, 1), p.Full(float32(math.Log(0.25)), n, 1))
		// Five deviations of mean and variance: 0.5/√n and 0.25·√(2/n).
		if m, v := codes.Mean().Item(), codes.Var().Item(); !(math.Abs(float64(m)-3) <= 0.018) || !(math.Abs(float64(v)-0.25) <= 0.0125) {
			t.Errorf("drawn codes have mean %v and variance %v, want 3 and 0.25", m, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mean := []float32{1, 2}
	err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		if got := drawn(tensor.From(p, mean, 1, 2), p.Full(0, 1, 2)).Float32s(); !slices.Equal(got, mean) {
			t.Errorf("an inference pass draws %v, want the mean %v", got, mean)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Noise has its deviation, patches are hidden as wholes and as often as they should be, and only in training.
func TestDisturb(t *testing.T) {
	dev := open(t)
	c := AutoencoderConfig{Image: ImageConfig{Height: 16, Width: 8, Channels: 3, Widths: []int{2}}, Code: 2, Mask: 0.3}
	const n = 500
	masked, noisy := NewAutoencoder(newRand(), c), NewAutoencoder(newRand(), AutoencoderConfig{Image: c.Image, Code: 2, Noise: 0.5})
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		x := p.Full(0.75, n, 16, 8, 3)
		v := masked.Disturb(x).Float32s()
		hidden := 0
		for i := range n * 4 * 2 { // patches of 4x4
			at := func(r, s, k int) float32 {
				return v[(((i/8)*16+(i/2%4)*4+r)*8+(i%2)*4+s)*3+k]
			}
			first := at(0, 0, 0)
			for j := range 48 {
				if at(j/12, j/3%4, j%3) != first {
					t.Fatalf("patch %d is hidden in part", i)
				}
			}
			if first == 0 {
				hidden++
			} else if first != 0.75 {
				t.Fatalf("patch %d became %v", i, first)
			}
		}
		// 1200 of 4000, with a deviation of 29.
		if hidden < 1055 || hidden > 1345 {
			t.Errorf("%d of 4000 patches are hidden, want about 1200", hidden)
		}
		d := noisy.Disturb(x).Sub(x)
		if m, v := d.Mean().Item(), d.Var().Item(); !(math.Abs(float64(m)) <= 0.01) || !(math.Abs(float64(v)-0.25) <= 0.005) {
			t.Errorf("noise has mean %v and variance %v, want 0 and 0.25", m, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	images := autoencoderImages(noisy.Config, 3)
	disturbed, rebuilt, err := noisy.Denoise(dev, images, 1)
	if err != nil {
		t.Fatal(err)
	}
	clean, err := noisy.Reconstruct(dev, images)
	if err != nil || slices.Equal(clean.Floats(), rebuilt.Floats()) {
		t.Errorf("%v: without noise the same image comes out", err)
	}
	for i, b := range tensor.Values[uint8](images) {
		if d := disturbed.Floats()[i] - float32(b)/255; !(d > -3 && d < 3) || d == 0 {
			t.Fatalf("value %d is disturbed by %v", i, d)
		}
	}
}

// The built-in shapes become codes and images again; codes in between and, of a variational one, drawn codes give images.
func TestAutoencoderLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	dev := open(t)
	shapes, _, _ := data.Shapes(data.ShapesConfig{Train: 32, Test: 1, Size: 16, Questions: 1})
	for name, c := range map[string]AutoencoderConfig{
		"denoising": {Noise: 0.1, Mask: 0.1}, "variational": {Variational: true},
	} {
		c.Image = ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{8, 16}}
		c.Code = 16
		a := NewAutoencoder(newRand(), c)
		o := optim.New(layers.Params(a), optim.Adam{LR: 5e-3})
		var first, last float32
		for i := range 40 {
			last = stepAutoencoder(t, dev, o, i, func(p *tensor.Pass) *tensor.Tensor { return a.Loss(p.Input(shapes.Images)) })
			if i == 0 {
				first = last
			}
		}
		if !(last < 0.8*first) {
			t.Errorf("%s: the loss went from %v to %v, want less than 0.8 of it", name, first, last)
		}
		from, to := shapes.Images.Slice(0, 2), shapes.Images.Slice(2, 4)
		between, err := a.Interpolate(dev, from, to, 3)
		if err != nil {
			t.Fatal(err)
		}
		ends, err := a.Reconstruct(dev, shapes.Images.Slice(0, 4))
		if err != nil {
			t.Fatal(err)
		}
		size := 16 * 16 * 3
		row := func(a tensor.Array, i int) []float32 { return a.Floats()[i*size : (i+1)*size] }
		if !slices.Equal(between.Shape(), []int{6, 16, 16, 3}) {
			t.Fatalf("%s: %v between, want two ways of three", name, between.Shape())
		}
		for got, want := range map[int]int{0: 0, 3: 1, 2: 2, 5: 3} {
			for i, v := range row(between, got) {
				if !(math.Abs(float64(v-row(ends, want)[i])) <= 1e-5) {
					t.Fatalf("%s: image %d of the way is not end %d", name, got, want)
				}
			}
		}
		drawn, err := a.Sample(dev, 5, 3)
		if (err == nil) != c.Variational {
			t.Errorf("%s: drawing gives %v", name, err)
		}
		if err == nil && (!slices.Equal(drawn.Shape(), []int{5, 16, 16, 3}) || slices.Equal(row(drawn, 0), row(drawn, 1))) {
			t.Errorf("%s: drew %v", name, drawn)
		}
	}
}

func TestAutoencoderMistakes(t *testing.T) {
	dev := open(t)
	a := NewAutoencoder(newRand(), smallAutoencoder())
	images := autoencoderImages(a.Config, 2)
	config := func(change func(c *AutoencoderConfig)) func() error {
		return func() error {
			c := smallAutoencoder()
			change(&c)
			return tensor.Try(func() error { NewAutoencoder(newRand(), c); return nil })
		}
	}
	for want, f := range map[string]func() error{
		"the images are [2 4 8 3]: [n 8 4 3] is expected": func() error {
			_, err := a.Reconstruct(dev, tensor.ArrayOf(make([]uint8, 192), 2, 4, 8, 3))
			return err
		},
		"images [n h w c] are expected": func() error { _, err := a.Reconstruct(dev, tensor.Array{}); return err },
		"from 2 images to 1 in 3 steps": func() error { _, err := a.Interpolate(dev, images, images.Slice(0, 1), 3); return err },
		"the codes are [1 5]: [n 6] is expected": func() error {
			return dev.Run(tensor.Inference, func(p *tensor.Pass) error { a.Decode(p.Full(0, 1, 5)); return nil })
		},
		"the image has 4 channels":              config(func(c *AutoencoderConfig) { c.Image.Channels = 4 }),
		"Code is -1":                            config(func(c *AutoencoderConfig) { c.Code = -1 }),
		"the loss is 2: one of [bce mse]":       config(func(c *AutoencoderConfig) { c.Loss = 2 }),
		"Noise is NaN":                          config(func(c *AutoencoderConfig) { c.Noise = float32(math.NaN()) }),
		"Mask is 1":                             config(func(c *AutoencoderConfig) { c.Mask = 1 }),
		"Patch is set, but Mask is not":         config(func(c *AutoencoderConfig) { c.Patch = 2 }),
		"patches of 3 pixels do not fill":       config(func(c *AutoencoderConfig) { c.Mask, c.Patch = 0.5, 3 }),
		"Beta is set, but Variational is not":   config(func(c *AutoencoderConfig) { c.Beta = 1 }),
		"Beta is -1: at least 0":                config(func(c *AutoencoderConfig) { c.Variational, c.Beta = true, -1 }),
		"an image of 8x4 cannot be halved 3 ti": config(func(c *AutoencoderConfig) { c.Image.Widths = []int{1, 1, 1} }),
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the mistake is %v, want %q in it", err, want)
		}
	}
	for _, l := range []PixelLoss{PixelBCE, PixelMSE} {
		text, err := l.MarshalText()
		var back PixelLoss = 99
		if err != nil || back.UnmarshalText(text) != nil || back != l {
			t.Errorf("%v becomes %s and %v", l, text, back)
		}
	}
	if err := new(PixelLoss).UnmarshalText([]byte("mae")); err == nil || !strings.Contains(err.Error(), "[bce mse]") {
		t.Errorf("error %v, want one that lists the losses", err)
	}
}
