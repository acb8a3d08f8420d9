package models

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// logits of f for what has says, in an inference pass.
func logits(t *testing.T, dev *tensor.Device, f *Fusion, image, text, has tensor.Array) []float32 {
	t.Helper()
	var out []float32
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		out = f.ForwardHas(p.Input(image), p.Input(text), p.Input(has)).Float32s()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A row without its image has the output of a batch without images, whatever its pixels hold.
func TestHas(t *testing.T) {
	dev := open(t)
	c := small()
	c.Missing = true
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 3)
	both := logits(t, dev, f, image, text, tensor.Array{})
	noImage := logits(t, dev, f, tensor.Array{}, text, tensor.Array{})
	noText := logits(t, dev, f, image, tensor.Array{}, tensor.Array{})
	want := slices.Concat(both[:3], noImage[3:6], noText[6:])
	for _, has := range []tensor.Array{
		tensor.ArrayOf([]float32{1, 1, 0, 1, 1, 0}, 3, 2), tensor.ArrayOf([]uint8{1, 1, 0, 1, 1, 0}, 3, 2),
	} {
		mixed := logits(t, dev, f, image, text, has)
		for i := range want {
			if !(math.Abs(float64(mixed[i]-want[i])) <= 1e-5) {
				t.Errorf("%v: logit %d of row %d is %v, want %v", has.DType(), i%3, i/3, mixed[i], want[i])
			}
		}
	}
	if slices.Equal(both, noImage) || slices.Equal(both, noText) {
		t.Error("the inputs have no influence")
	}
}

// Modality dropout hides one input of about its share of samples, never both, and nothing in inference passes.
func TestDrop(t *testing.T) {
	dev := open(t)
	const n = 4000
	f := &Fusion{Config: FusionConfig{Drop: 0.3}}
	count := func(has tensor.Array) (image, text, none int) {
		var v []float32
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			v = f.hide(p, n, p.Input(has)).Float32s()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			switch [2]float32{v[2*i], v[2*i+1]} {
			case [2]float32{0, 1}:
				image++
			case [2]float32{1, 0}:
				text++
			case [2]float32{0, 0}:
				none++
			}
		}
		return
	}
	image, text, none := count(tensor.Array{})
	// 600 each are expected, with a deviation of 23.
	if image < 490 || image > 710 || text < 490 || text > 710 || none > 0 {
		t.Errorf("of %d samples %d lose the image, %d the text, %d both; want about 600, 600, 0", n, image, text, none)
	}
	if image, text, none = count(tensor.ArrayOf(slices.Repeat([]int32{1, 0}, n), n, 2)); image > 0 || text != n || none > 0 {
		t.Errorf("samples that have an image alone: %d lose it", image+none)
	}
}

// Placeholders learn from modality dropout, and a step without it does not take them for a mistake.
func TestPlaceholdersTrain(t *testing.T) {
	dev := open(t)
	c := small()
	c.Missing = true
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 4)
	o := optim.New(layers.Params(f), optim.SGD{LR: 0.1})
	stepHas := func(image, text, has tensor.Array) error {
		return dev.Run(tensor.Training, func(p *tensor.Pass) error {
			o.Minimize(f.ForwardHas(p.Input(image), p.Input(text), p.Input(has)).Square().Mean())
			return nil
		})
	}
	step := func(image, text tensor.Array) error { return stepHas(image, text, tensor.Array{}) }
	before := f.Absent[0].Float32s()
	if err := step(image, text); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, f.Absent[0].Float32s()) {
		t.Error("a placeholder that no sample needed changed")
	}
	// Without images their encoder gets no gradient, which has to be said.
	if err := step(tensor.Array{}, text); err == nil {
		t.Error("no error for an encoder that the loss does not reach")
	}
	o.Unused = true
	if err := step(tensor.Array{}, text); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(before, f.Absent[0].Float32s()) {
		t.Error("the placeholder of the missing images does not learn")
	}
	f.Config.Drop = 0.5
	if err := stepHas(image, text, tensor.ArrayOf([]uint8{1, 1, 1, 0, 0, 1, 1, 1}, 4, 2)); err != nil {
		t.Errorf("modality dropout beside given gaps: %v", err)
	}
}

// A wrong shape of has is named.
func TestHasShape(t *testing.T) {
	dev := open(t)
	c := small()
	c.Missing = true
	f := NewFusion(newRand(), c)
	image, text := inputs(c, 3)
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		f.ForwardHas(p.Input(image), p.Input(text), p.Full(1, 2, 2))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "has is [2 2]: [3 2] is expected") {
		t.Errorf("error %v, want one about has", err)
	}
}
