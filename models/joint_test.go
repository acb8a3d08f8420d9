package models

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// smallJoint is a configuration of few parameters.
func smallJoint() JointConfig {
	return JointConfig{
		Image: ImageConfig{Height: 8, Width: 4, Channels: 3, Widths: []int{4, 5}},
		Text:  TextConfig{Vocab: 7, Embed: 3, Hidden: []int{4}}, Features: 6, Code: 4, Hidden: []int{5},
	}
}

// joints are smallJoint in all its forms.
func joints() map[string]JointConfig {
	v := map[string]JointConfig{}
	for _, m := range []Merge{Concat, Add, Multiply, Gated, Bilinear} {
		c := smallJoint()
		c.Merge = m
		v[m.String()] = c
	}
	add := func(name string, change func(c *JointConfig)) {
		c := smallJoint()
		change(&c)
		v[name] = c
	}
	add("bag, squared", func(c *JointConfig) { c.Text = TextConfig{Vocab: 7, Embed: 3, Bag: true}; c.Loss = PixelMSE })
	add("ordered", func(c *JointConfig) { c.Length, c.TextWeight = 6, 0.5 })
	add("linear words", func(c *JointConfig) { c.Hidden = []int{} })
	add("variational", func(c *JointConfig) { c.Variational, c.Features, c.Flow = true, 0, -1 })
	add("variational, ordered", func(c *JointConfig) {
		c.Variational, c.Features, c.Flow, c.Length, c.Beta, c.Match = true, 0, -1, 5, 2, 0.5
	})
	add("flow", func(c *JointConfig) { c.Variational, c.Features, c.Flow = true, 0, 7 })
	return v
}

func jointInputs(c JointConfig, n int) (image, text tensor.Array) {
	return inputs(FusionConfig{Image: c.Image, Text: TextConfig{Vocab: c.Text.Vocab}}, n)
}

// Each form has the size that it is checked against, trains all its parameters, takes either input alone, and survives a
// file.
func TestJoints(t *testing.T) {
	for name, c := range joints() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			j := NewJointAutoencoder(newRand(), c)
			values := 0
			for _, p := range layers.Params(j) {
				values += p.Len()
			}
			if got := j.Config.size(); got != float64(values) {
				t.Errorf("size is %v, the model has %d values", got, values)
			}
			before := layers.State(j)
			image, text := jointInputs(c, 6)
			o := optim.New(layers.Params(j), optim.Adam{LR: 1e-2})
			for i := range 2 {
				stepAutoencoder(t, dev, o, i, func(p *tensor.Pass) *tensor.Tensor { return j.Loss(p.Input(image), p.Input(text)) })
			}
			for name, v := range layers.State(j) {
				if slices.Equal(before[name].Floats(), v.Floats()) {
					t.Errorf("%s did not change in two steps", name)
				}
			}
			o.Unused = true
			for _, one := range [][2]tensor.Array{{image, {}}, {{}, text}} {
				if l := stepAutoencoder(t, dev, o, 2, func(p *tensor.Pass) *tensor.Tensor { return j.Loss(p.Input(one[0]), p.Input(one[1])) }); !(l > 0) {
					t.Errorf("the loss of one alone is %v", l)
				}
			}
			path := filepath.Join(t.TempDir(), "m")
			if err := j.Save(path); err != nil {
				t.Fatal(err)
			}
			k, err := OpenJointAutoencoder(path)
			if err != nil {
				t.Fatal(err)
			}
			sameParams(t, k, j)
			for what, in := range map[string][2]tensor.Array{"both": {image, text}, "image": {image, {}}, "text": {{}, text}} {
				want, err := j.Reconstruct(dev, in[0], in[1])
				if err != nil {
					t.Fatal(err)
				}
				got, err := k.Reconstruct(dev, in[0], in[1])
				if err != nil || !slices.Equal(got.Floats(), want.Floats()) || !slices.Equal(got.Shape(), image.Shape()) {
					t.Errorf("%s: rebuilds %v (%v), want %v", what, got, err, want)
				}
				words, err := k.Describe(dev, in[0], in[1])
				if err != nil || words.Shape()[0] != 6 || c.Length > 0 && words.Shape()[1] > c.Length {
					t.Errorf("%s: describes by %v (%v)", what, words, err)
				}
			}
		})
	}
}

func TestJointGradients(t *testing.T) {
	for name, c := range joints() {
		t.Run(name, func(t *testing.T) {
			j := NewJointAutoencoder(newRand(), c)
			image, text := jointInputs(c, 4)
			var m any = j
			if j.Flow != nil { // its loss takes the codes for constants, which differences do not
				m = j.Flow
			}
			worst, where := gradientError(t, m, func(p *tensor.Pass) *tensor.Tensor { return j.Loss(p.Input(image), p.Input(text)) })
			if !(worst <= 1) {
				t.Errorf("%.3g times the tolerance at %s", worst, where)
			}
		})
	}
}

// Products and divergences of normal distributions by hand.
func TestExperts(t *testing.T) {
	dev := open(t)
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		// Precisions 1 and 3 with the prior's 1: mean (2·1 + 4·3)/5, variance 1/5.
		a, b := tensor.From(p, []float32{2, 0}, 1, 2), tensor.From(p, []float32{4, -float32(math.Log(3))}, 1, 2)
		for what, x := range map[string]struct {
			got  *tensor.Tensor
			want []float64
		}{
			"of two": {Experts{}.Forward(a, b), []float64{14. / 5, -math.Log(5)}},
			"of one": {Experts{}.Forward(a), []float64{1, -math.Log(2)}},
			"apart":  {divergenceFrom(a, b), []float64{0.5 * (-math.Log(3) + (1+4)*3 - 1)}},
			"same":   {divergenceFrom(b, b), []float64{0}},
		} {
			for i, v := range x.got.Float32s() {
				if !(math.Abs(float64(v)-x.want[i]) <= 1e-5) {
					t.Errorf("%s: %v, want %v", what, x.got.Float32s(), x.want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What the text decoder is compared with, and how its output is read.
func TestJointWords(t *testing.T) {
	dev := open(t)
	j := NewJointAutoencoder(newRand(), smallJoint())
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		got := j.present(tensor.From(p, []int32{3, 1, 3, 6, 0, 0}, 2, 3)).Float32s()
		if want := []float32{0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}; !slices.Equal(got, want) {
			t.Errorf("words that are there: %v, want %v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := likely([]float32{1, 0.2, 0.6, 0.5, 0.9}); !slices.Equal(got, []int32{4, 2}) {
		t.Errorf("likely words %v, want 4 and 2", got)
	}
	if got := likeliest([]float32{0, .9, 0, 0, .1, .5, .8, .1, 0, 0, 1, 0}, 3); !slices.Equal(got, []int32{1, 2}) {
		t.Errorf("likeliest words %v, want 1, 2 and then padding", got)
	}
}

// A few steps on the built-in shapes: the losses fall, an image comes with its words, a text draws an image of its own,
// and the codes are what a classifier starts from.
func TestJointLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	dev := open(t)
	pairs, vocab := captions(t, 120)
	n := 48
	var images []uint8
	for _, row := range pairs.Rows[:n] {
		images = append(images, tensor.Values[uint8](pairs.Images.Slice(int(row), int(row)+1))...)
	}
	image, text := tensor.ArrayOf(images, n, 16, 16, 3), pairs.Texts.Slice(0, n)
	for name, variational := range map[string]bool{"plain": false, "variational": true} {
		j := NewJointAutoencoder(newRand(), JointConfig{
			Image: ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{8, 16}},
			Text:  TextConfig{Vocab: vocab.Len(), Embed: 8, Bag: true}, Code: 16, Deep: []int{}, Hidden: []int{32}, Length: 2,
			Variational: variational,
		})
		o := optim.New(layers.Params(j), optim.Adam{LR: 1e-2})
		var first, last float32
		for i := range 60 {
			last = stepAutoencoder(t, dev, o, i, func(p *tensor.Pass) *tensor.Tensor { return j.Loss(p.Input(image), p.Input(text)) })
			if i == 0 {
				first = last
			}
		}
		if !(last < 0.5*first) {
			t.Errorf("%s: the loss went from %v to %v, want less than half of it", name, first, last)
		}
		exact := func(images, texts tensor.Array) (right int) {
			words, err := j.Describe(dev, images, texts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if slices.Equal(tensor.Values[int32](words.Slice(i, i+1)), tensor.Values[int32](text.Slice(i, i+1))) {
					right++
				}
			}
			return right
		}
		if got := exact(tensor.Array{}, text); got < n*3/4 {
			t.Errorf("%s: %d of %d texts come back", name, got, n)
		}
		if got := exact(image, tensor.Array{}); got < n/2 {
			t.Errorf("%s: %d of %d images come with their text", name, got, n)
		}
		draw := func(text string) []float32 {
			a, err := j.Sample(dev, 2, 4, vocab.EncodeAll([]string{text}, 2))
			if err != nil {
				t.Fatal(err)
			}
			return a.Floats()
		}
		if red := draw("red circle"); slices.Equal(red, draw("blue square")) || !slices.Equal(red, draw("red circle")) {
			t.Errorf("%s: what a text draws is not its own", name)
		} else if two := len(red) / 2; slices.Equal(red[:two], red[two:]) == variational {
			t.Errorf("%s: two images of a text are the same: %v", name, !variational)
		}
		f := j.Classifier(newRand(), []int{8}, 3)
		label := tensor.ArrayOf(slices.Repeat([]int32{0, 1, 2}, n/3), n)
		classify := optim.New(layers.Params(f), optim.Adam{})
		before := find(j, "image.0.weight").Float32s()
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			y := f.Forward(p.Input(image), p.Input(text))
			classify.Minimize(tensor.CrossEntropy(y, p.Input(label)))
			return nil
		})
		if err != nil {
			t.Errorf("%s: a classifier on top: %v", name, err)
		}
		if slices.Equal(before, find(j, "image.0.weight").Float32s()) {
			t.Error("the classifier does not train the model's encoders")
		}
	}
}

func TestJointMistakes(t *testing.T) {
	dev := open(t)
	j := NewJointAutoencoder(newRand(), smallJoint())
	c := smallJoint()
	c.Length = 3
	short := NewJointAutoencoder(newRand(), c)
	image, text := jointInputs(j.Config, 2)
	config := func(change func(c *JointConfig)) func() error {
		return func() error {
			c := smallJoint()
			change(&c)
			return tensor.Try(func() error { NewJointAutoencoder(newRand(), c); return nil })
		}
	}
	describe := func(image, text tensor.Array) func() error {
		return func() error { _, err := j.Describe(dev, image, text); return err }
	}
	for want, f := range map[string]func() error{
		"neither an image nor a text":          describe(tensor.Array{}, tensor.Array{}),
		"there are 1 images and 2 texts":       describe(image.Slice(0, 1), text),
		"text 0 has no word that the model":    describe(image, tensor.ArrayOf([]int32{1, 0, 2, 0}, 2, 2)),
		"the images are [2 4 8 3]: [n 8 4 3]":  describe(tensor.ArrayOf(make([]uint8, 192), 2, 4, 8, 3), text),
		"tokens [2 time] of int32 are expecte": describe(image, tensor.ArrayOf([]float32{1, 2}, 2, 1)),
		"there is no text, and only a variati": func() error { _, err := j.Sample(dev, 1, 1, tensor.Array{}); return err },
		"the texts have 5 words: at most Leng": func() error {
			return dev.Run(tensor.Training, func(p *tensor.Pass) error { short.Loss(p.Input(image), p.Input(text)); return nil })
		},
		"the codes are [1 5]: [n 4] is expect": func() error {
			return dev.Run(tensor.Inference, func(p *tensor.Pass) error { j.Decode(p.Full(0, 1, 5)); return nil })
		},
		"image and text are both nil": func() error {
			return dev.Run(tensor.Inference, func(*tensor.Pass) error { j.Encode(nil, nil); return nil })
		},
		"the text is a vector (Dense)":     config(func(c *JointConfig) { c.Text = TextConfig{Dense: 4} }),
		"the image has 2 channels":         config(func(c *JointConfig) { c.Image.Channels = 2 }),
		"the vocabulary is 0":              config(func(c *JointConfig) { c.Text.Vocab = 0 }),
		"the vocabulary is 1: at least 2":  config(func(c *JointConfig) { c.Text.Vocab = 1 }),
		"Code is -1, Length 0":             config(func(c *JointConfig) { c.Code = -1 }),
		"the loss is 7":                    config(func(c *JointConfig) { c.Loss = 7 }),
		"the merge is 9":                   config(func(c *JointConfig) { c.Merge = 9 }),
		"TextWeight is -1":                 config(func(c *JointConfig) { c.TextWeight = -1 }),
		"Beta or Match is set":             config(func(c *JointConfig) { c.Match = 1 }),
		"a variational model multiplies":   config(func(c *JointConfig) { c.Variational = true }),
		"Flow is set, but Variational is":  config(func(c *JointConfig) { c.Flow = 5 }),
		"there are 1 words for a vocabula": config(func(c *JointConfig) { c.Words = []string{"a"} }),
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the mistake is %v, want %q in it", err, want)
		}
	}
}
