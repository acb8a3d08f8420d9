package models

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func open(t testing.TB) *tensor.Device {
	t.Helper()
	return tensorcheck.Open(t, tensor.Options{})
}

// small is a configuration of few parameters.
func small() FusionConfig {
	return FusionConfig{
		Image:    ImageConfig{Height: 8, Width: 6, Channels: 3, Widths: []int{4, 5}},
		Text:     TextConfig{Vocab: 7, Embed: 3, Hidden: []int{4}},
		Features: 6, Hidden: []int{8}, Outputs: 3,
	}
}

// variants are small in all its forms.
func variants() map[string]FusionConfig {
	v := map[string]FusionConfig{}
	for _, m := range []Merge{Concat, Add, Multiply, Gated, Bilinear} {
		c := small()
		c.Merge = m
		v[m.String()] = c
	}
	add := func(name string, change func(c *FusionConfig)) {
		c := small()
		change(&c)
		v[name] = c
	}
	add("bag", func(c *FusionConfig) { c.Text.Bag, c.Text.Hidden = true, nil })
	add("bag with a hidden layer", func(c *FusionConfig) { c.Text.Bag = true })
	add("dense text", func(c *FusionConfig) { c.Text = TextConfig{Dense: 9, Hidden: []int{5}} })
	add("two RNNs", func(c *FusionConfig) { c.Text.Hidden = []int{4, 3} })
	add("flatten", func(c *FusionConfig) { c.Image.Flatten = true })
	add("no batch norm", func(c *FusionConfig) { c.Image.NoBatchNorm = true })
	add("regression", func(c *FusionConfig) { c.Regression = true })
	add("linear head", func(c *FusionConfig) { c.Hidden = []int{} })
	add("dropout", func(c *FusionConfig) { c.Dropout, c.Image.Dropout = 0.5, 0.25 })
	add("modality dropout", func(c *FusionConfig) { c.Drop = 0.5 })
	add("frozen vectors", func(c *FusionConfig) {
		c.Text.Vectors, c.Text.Freeze = slices.Repeat([]float32{0.1, -0.2, 0.3}, 7), true
	})
	return v
}

// inputs are n images and texts for c.
func inputs(c FusionConfig, n int) (image, text tensor.Array) {
	rng := rand.New(rand.NewPCG(5, 6))
	pixels := make([]uint8, n*c.Image.Height*c.Image.Width*c.Image.Channels)
	for i := range pixels {
		pixels[i] = uint8(rng.IntN(256))
	}
	image = tensor.ArrayOf(pixels, n, c.Image.Height, c.Image.Width, c.Image.Channels)
	if d := c.Text.Dense; d > 0 {
		v := make([]float32, n*d)
		for i := range v {
			v[i] = rng.Float32()
		}
		return image, tensor.ArrayOf(v, n, d)
	}
	ids := make([]int32, n*5)
	for i := range ids {
		if i%5 < 1+rng.IntN(5) {
			ids[i] = int32(1 + rng.IntN(c.Text.Vocab-1))
		}
	}
	return image, tensor.ArrayOf(ids, n, 5)
}

// Each form computes, trains every parameter that is not frozen, and has the size that it is checked against.
func TestVariants(t *testing.T) {
	for name, c := range variants() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			f := NewFusion(newRand(), c)
			values := 0
			for _, p := range layers.Params(f) {
				values += p.Len()
			}
			if got := f.Config.size(); got != float64(values) {
				t.Errorf("size is %v, the model has %d values", got, values)
			}
			before := layers.State(f)
			o := optim.New(layers.Params(f), optim.Adam{LR: 1e-2})
			image, text := inputs(c, 8)
			target := tensor.ArrayOf([]int32{0, 1, 2, 0, 1, 2, 0, 1}, 8)
			for range 2 {
				err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
					y := f.Forward(p.Input(image), p.Input(text))
					if y.Rank() != 2 || y.Dim(0) != 8 || y.Dim(1) != 3 {
						return fmt.Errorf("the output is %v, want [8 3]", y.Shape())
					}
					o.Minimize(tensor.CrossEntropy(y, p.Input(target)))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			after := layers.State(f)
			for name, p := range layers.Params(f) {
				same := slices.Equal(before[name].Floats(), after[name].Floats())
				state := strings.HasSuffix(name, ".mean") || strings.HasSuffix(name, ".var")
				if p.Frozen() && !state {
					if !same {
						t.Errorf("%s is frozen and changed", name)
					}
				} else if same {
					t.Errorf("%s did not change in two steps", name)
				}
			}
		})
	}
}

// Bytes are pixels from 0 to 1.
func TestBytes(t *testing.T) {
	dev := open(t)
	c := small()
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 2)
	real := make([]float32, image.Len())
	for i, b := range tensor.Values[uint8](image) {
		real[i] = float32(b) / 255
	}
	a, err := f.Predict(dev, image, text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Predict(dev, tensor.ArrayOf(real, image.Shape()...), text)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range a.Floats() {
		// Probabilities; the pixels differ by a rounding, the 30 roundings of the way through add up to less.
		if !(math.Abs(float64(v-b.Floats()[i])) <= 1e-5) {
			t.Errorf("probability %d is %v for bytes and %v for reals", i, v, b.Floats()[i])
		}
	}
}

// Padding at the end of a text changes nothing, for both readers of tokens.
func TestPadding(t *testing.T) {
	dev := open(t)
	for _, bag := range []bool{false, true} {
		c := small()
		c.Text.Bag = bag
		f := NewFusion(newRand(), c)
		image, _ := inputs(c, 2)
		predict := func(ids []int32, n int) []float32 {
			y, err := f.Predict(dev, image, tensor.ArrayOf(ids, 2, n))
			if err != nil {
				t.Fatal(err)
			}
			return y.Floats()
		}
		short := predict([]int32{1, 2, 3, 0}, 2)
		long := predict([]int32{1, 2, 0, 0, 3, 0, 0, 0}, 4)
		for i := range short {
			if !(math.Abs(float64(short[i]-long[i])) <= 1e-6) {
				t.Errorf("bag %v: output %d is %v, with more padding %v", bag, i, short[i], long[i])
			}
		}
		predict([]int32{0, 0, 0, 0}, 2) // no words at all
	}
}

// Probabilities from many goroutines are those from one.
func TestPredictParallel(t *testing.T) {
	dev := open(t)
	c := small()
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 3)
	want, err := f.Predict(dev, image, text)
	if err != nil {
		t.Fatal(err)
	}
	for row := range 3 {
		sum := 0.0
		for _, v := range want.Slice(row, row+1).Floats() {
			sum += float64(v)
		}
		if !(math.Abs(sum-1) <= 1e-6) {
			t.Errorf("the probabilities of row %d add up to %v", row, sum)
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				got, err := f.Predict(dev, image, text)
				if err != nil || !slices.Equal(got.Floats(), want.Floats()) {
					t.Errorf("got %v, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Predict returns what is wrong with its inputs.
func TestPredictErrors(t *testing.T) {
	dev := open(t)
	c := small()
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 2)
	for want, in := range map[string][2]tensor.Array{
		"the images are [2 8 6]: [n 8 6 3] is expected":         {tensor.ArrayOf(make([]uint8, 96), 2, 8, 6), text},
		"the texts are float32 [2 5]: tokens":                   {image, tensor.ArrayOf(make([]float32, 10), 2, 5)},
		"image and text are both nil":                           {},
		"an input is missing, but the model has no placeholder": {image, tensor.Array{}},
		"[3 6]": {image, tensor.ArrayOf(make([]int32, 15), 3, 5)},
	} {
		if _, err := f.Predict(dev, in[0], in[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
	ids := slices.Clone(tensor.Values[int32](text))
	ids[7] = 99
	if _, err := f.Predict(dev, image, tensor.ArrayOf(ids, 2, 5)); err == nil || !strings.Contains(err.Error(), "99") {
		t.Errorf("a token beyond the vocabulary: error %v, want one that names 99", err)
	}
}
