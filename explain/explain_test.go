package explain

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// pictures is a model without a text, of layers of its own.
type pictures struct{ Image layers.Sequential }

func (m *pictures) Forward(image, _ *tensor.Tensor) *tensor.Tensor { return m.Image.Forward(image) }

func newPictures() *pictures {
	rng := rand.New(rand.NewPCG(7, 8))
	return &pictures{layers.Sequential{
		layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 8, Kernel: 3}), layers.ReLU, // without padding: no edges
		layers.Residual{Body: layers.NewConv2D(rng, layers.Conv2DConfig{In: 8, Out: 8, Kernel: 1})},
		layers.GlobalAvgPool2D{}, layers.NewDense(rng, 8, 3),
	}}
}

// A picture without structure has a map without structure, and one with structure has not.
func TestFlat(t *testing.T) {
	dev, m := open(t, tensor.Float32), newPictures()
	grey := tensor.ArrayOf(slices.Repeat([]uint8{90}, 3*8*8*3), 3, 8, 8, 3)
	for _, c := range []struct {
		image tensor.Array
		flat  bool
	}{{grey, true}, {picture(3), false}} {
		e, err := Explain(dev, m, c.image, tensor.Array{}, Options{Classes: []int{0, 1, 2}})
		if err != nil {
			t.Fatal(err)
		}
		if e.Layer != "image.2" || !e.Words.Absent() || len(e.CAM.Shape()) != 3 {
			t.Fatalf("layer %q, words %v, maps %v", e.Layer, e.Words, e.CAM.Shape())
		}
		v := e.CAM.Floats()
		most := slices.Max(v)
		if most == 0 {
			t.Fatal("the maps are zeros: they show nothing")
		}
		for row := range 3 {
			part := e.CAM.Slice(row, row+1).Floats()
			if least, most := slices.Min(part), slices.Max(part); (least == most) != c.flat && most > 0 {
				t.Errorf("row %d lies between %v and %v, want flat: %v", row, least, most, c.flat)
			}
		}
	}
}

// A row's explanation does not depend on the others, and an input that is left out has none.
func TestRows(t *testing.T) {
	dev, m := open(t, tensor.Float64), small(func(c *models.FusionConfig) { c.Missing = true })
	all, err := Explain(dev, m, picture(3), words(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for row := range 3 {
		one, err := Explain(dev, m, picture(3).Slice(row, row+1), words().Slice(row, row+1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, pair := range [][2]tensor.Array{{all.CAM, one.CAM}, {all.Words, one.Words}, {all.Saliency, one.Saliency}} {
			a, b := reals(pair[0].Slice(row, row+1)), reals(pair[1])
			for j := range a {
				if d := a[j] - b[j]; !(d <= 1e-12 && d >= -1e-12) {
					t.Fatalf("part %d of row %d is %v in a batch and %v alone", i, row, a[j], b[j])
				}
			}
		}
	}
	text, err := Explain(dev, m, tensor.Array{}, words(), Options{})
	if err != nil || !text.CAM.Absent() || !text.Saliency.Absent() || text.Layer != "" || text.Words.Absent() {
		t.Errorf("text alone: %+v, %v", text, err)
	}
	image, err := Explain(dev, m, picture(3), tensor.Array{}, Options{})
	if err != nil || image.CAM.Absent() || !image.Words.Absent() {
		t.Errorf("image alone: %+v, %v", image, err)
	}
	bag, err := Explain(dev, small(vector), picture(3), bags(), Options{})
	if err != nil || !slices.Equal(bag.Words.Shape(), []int{3, 5}) || reals(bag.Words)[1] != 0 {
		t.Errorf("a text that is a vector: %+v, %v; a word that is not there has no weight", bag, err)
	}
}

// aside is a model whose scores do not depend on its convolution.
type aside struct {
	Conv *layers.Conv2D
	Head *layers.Dense
}

func (a *aside) Forward(image, _ *tensor.Tensor) *tensor.Tensor {
	a.Conv.Forward(image)
	return a.Head.Forward(image.Flatten())
}

// headless gives no table of scores.
type headless struct{ Conv *layers.Conv2D }

func (h *headless) Forward(image, _ *tensor.Tensor) *tensor.Tensor { return h.Conv.Forward(image) }

func TestErrors(t *testing.T) {
	dev, m := open(t, tensor.Float32), small(nil)
	rng := rand.New(rand.NewPCG(7, 8))
	conv := layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 2, Kernel: 3})
	none := tensor.Array{}
	for _, c := range []struct {
		m           Model
		image, text tensor.Array
		o           Options
		want        string
	}{
		{m, picture(3), words(), Options{Classes: []int{0, 3, 1}}, "the class of row 1 is 3: 0 to 2 is expected"},
		{m, picture(3), words(), Options{Classes: []int{-1, 0, 0}}, "the class of row 0 is -1"},
		{m, picture(3), words(), Options{Classes: []int{0}}, "there are 1 classes for 3 rows"},
		{m, picture(3), words(), Options{Layer: "image.99"}, `no layer "image.99" ran; those with maps are: image.0 [8 8 4], image.1 [8 8 4]`},
		{m, picture(3), words(), Options{Layer: "head.0"}, `the layer "head.0" gives [3 8]: maps [n h w c] are expected`},
		{m, picture(3).Reshape(3, 8, 24), words(), Options{}, "the image is float32 [3 8 24]"},
		{m, picture(3).Reshape(3, 4, 16, 3), words(), Options{}, "the images are [3 4 16 3]: [n 8 8 3] is expected"},
		{m, none, none, Options{}, "image and text are both absent"},
		{m, picture(3), none, Options{}, "no placeholder"},
		{m, picture(3), bags(), Options{}, "tokens [n time] of int32 are expected"},
		{&aside{conv, layers.NewDense(rng, 192, 2)}, picture(3), none, Options{}, `do not depend on the layer "conv"`},
		{&headless{conv}, picture(3), none, Options{}, "scores [n classes] are expected"},
		{&pictures{layers.Sequential{layers.Flatten, layers.NewDense(rng, 192, 3)}}, picture(3), none, Options{}, "no layers.Conv2D"},
		{newPictures(), picture(3), words(), Options{}, "no layers.Embedding read it"},
	} {
		if _, err := Explain(dev, c.m, c.image, c.text, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want %q in it", err, c.want)
		}
	}
	for want, o := range map[string]Options{"Steps is -1": {Steps: -1}, "the class of row 2 is 9": {Classes: []int{0, 0, 9}}} {
		if _, err := Integrate(dev, m, picture(3), words(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q in it", err, want)
		}
	}
	if _, err := Integrate(dev, newPictures(), picture(3), words(), Options{}); err == nil || !strings.Contains(err.Error(), "no layers.Embedding") {
		t.Errorf("the error is %v", err)
	}
}
