package models

import (
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// regressionOf has two outputs of very different units.
func regressionOf() FusionConfig {
	c := small()
	c.Outputs, c.Regression = 2, true
	c.Shift, c.Scale = []float32{1000, -2}, []float32{50, 0.125}
	c.Classes, c.Columns = []string{"area", "count"}, Columns{Image: "file", Text: "caption", Label: "area,count"}
	c.Text.MaxTokens = 9
	return c
}

// TestScale: outputs are the head's times Scale plus Shift, and the loss is that of standardised values.
func TestScale(t *testing.T) {
	dev := open(t)
	c := regressionOf()
	f := NewFusion(newRand(), c)
	bare := c
	bare.Shift, bare.Scale = nil, nil
	plain := NewFusion(newRand(), bare)
	image, text := inputs(c, 3)
	var out, raw, loss, want float64
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		y, z := f.Forward(p.Input(image), p.Input(text)), plain.Forward(p.Input(image), p.Input(text))
		for i, v := range y.Float32s() {
			out, raw = float64(v), float64(z.Float32s()[i])
			// Two roundings of numbers of a thousand.
			if d := out - (raw*float64(c.Scale[i%2]) + float64(c.Shift[i%2])); !(math.Abs(d) <= 4*1000*1.2e-7) {
				t.Errorf("output %d is %v, the head gives %v", i, out, raw)
			}
		}
		target := tensor.From(p, []float32{1000, -2, 1050, -1.75, 975, -2}, 3, 2)
		standard := tensor.From(p, []float32{0, 0, 1, 2, -0.5, 0}, 3, 2)
		loss = float64(f.Loss(tensor.MSE)(y, target).Item())
		want = float64(tensor.MSE(z, standard).Item())
		if bare := float64(plain.Loss(tensor.MSE)(z, standard).Item()); bare != want {
			t.Errorf("without a scale the loss is %v, want %v", bare, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// A target of 1000/50 = 20 is rounded by 20ε, and so is what it is compared with; the loss has both, twice, times
	// differences of up to 3.
	if !(math.Abs(loss-want) <= 4*20*1.2e-7*3) {
		t.Errorf("the loss is %v, want %v", loss, want)
	}
}

// TestKindsOfOutput: probabilities of classes sum to one, those of labels are each by itself, numbers stay; and a file
// keeps which it is, with what is known about the data.
func TestKindsOfOutput(t *testing.T) {
	dev := open(t)
	labels := small()
	labels.MultiLabel = true
	for name, c := range map[string]FusionConfig{"classes": small(), "labels": labels, "numbers": regressionOf()} {
		f := NewFusion(newRand(), c)
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := OpenFusion(path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again.Config, f.Config) {
			t.Errorf("%s: the file has %+v, want %+v", name, again.Config, f.Config)
		}
		image, text := inputs(c, 2)
		raw := logits(t, dev, f, image, text, tensor.Array{})
		got, err := again.Predict(dev, image, text)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, v := range raw[:c.Outputs] {
			sum += math.Exp(float64(v))
		}
		for i, v := range got.Floats()[:c.Outputs] {
			want := float64(raw[i])
			switch name {
			case "classes":
				want = math.Exp(want) / sum
			case "labels":
				want = 1 / (1 + math.Exp(-want))
			}
			if !(math.Abs(float64(v)-want) <= 1e-5*max(1, math.Abs(want))) {
				t.Errorf("%s: output %d is %v, want %v", name, i, v, want)
			}
		}
	}
}

// TestPredictHas: what a row lacks is missing for it alone, and needs placeholders.
func TestPredictHas(t *testing.T) {
	dev := open(t)
	c := small()
	image, text := inputs(c, 2)
	has := tensor.ArrayOf([]uint8{1, 1, 0, 1}, 2, 2)
	if _, err := NewFusion(newRand(), c).PredictHas(dev, image, text, has); err == nil || !strings.Contains(err.Error(), "no placeholders") {
		t.Errorf("without placeholders: %v", err)
	}
	c.Missing = true
	f := NewFusion(newRand(), c)
	some, err := f.PredictHas(dev, image, text, has)
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Predict(dev, image, text)
	if err != nil {
		t.Fatal(err)
	}
	none, err := f.Predict(dev, tensor.Array{}, text)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range some.Floats() {
		want := all.Floats()[i]
		if i >= c.Outputs {
			want = none.Floats()[i]
		}
		if !(math.Abs(float64(v-want)) <= 1e-5) {
			t.Errorf("probability %d is %v, want %v", i, v, want)
		}
	}
}

func TestTargetConfigErrors(t *testing.T) {
	for want, change := range map[string]func(c *FusionConfig){
		"both a regression and of many labels":      func(c *FusionConfig) { c.MultiLabel = true },
		"for a regression, 2 of each":               func(c *FusionConfig) { c.Scale = c.Scale[:1] },
		"positive scales":                           func(c *FusionConfig) { c.Scale = []float32{1, 0} },
		"Shift is [1000 -2] and Scale [NaN 1]":      func(c *FusionConfig) { c.Scale = []float32{float32(math.NaN()), 1} },
		"Shift is [1000 -2] and Scale [50 0.125]":   func(c *FusionConfig) { c.Regression = false },
		"the text is cut to -1 tokens":              func(c *FusionConfig) { c.Text.MaxTokens = -1 },
		"there are 3 names of classes for 2 output": func(c *FusionConfig) { c.Classes = []string{"a", "b", "c"} },
	} {
		c := regressionOf()
		change(&c)
		if got := c.withDefaults().check(); !strings.Contains(got, want) {
			t.Errorf("the configuration is wrong by %q, want %q", got, want)
		}
	}
}
