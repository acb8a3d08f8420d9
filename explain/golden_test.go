package explain

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

func open(t *testing.T, float tensor.DType) *tensor.Device {
	t.Helper()
	return tensorcheck.Open(t, tensor.Options{Engine: "cpu", Float: float})
}

// goldenModels are the cases of testdata/golden/explain.safetensors.
var goldenModels = map[string]models.FusionConfig{
	"flatten_rnn": {
		Image: models.ImageConfig{Height: 12, Width: 12, Widths: []int{4, 6}, NoBatchNorm: true, Flatten: true},
		Text:  models.TextConfig{Vocab: 9, Embed: 4, Hidden: []int{5}}, Features: 5, Merge: models.Multiply, Hidden: []int{7}, Outputs: 4,
	},
	"norm_bag": {
		Image: models.ImageConfig{Height: 12, Width: 12, Widths: []int{4, 6}},
		Text:  models.TextConfig{Vocab: 9, Embed: 4, Bag: true}, Features: 5, Merge: models.Multiply, Hidden: []int{7}, Outputs: 4,
	},
}

func restored(t *testing.T, c tensorcheck.Case) *models.Fusion {
	t.Helper()
	m := models.NewFusion(rand.New(rand.NewPCG(1, 2)), goldenModels[c.Name])
	values := maps.Clone(c.Param)
	maps.Copy(values, c.State)
	if err := layers.Restore(m, values); err != nil {
		t.Fatal(err)
	}
	return m
}

// Everything is what PyTorch computes by hooks, in both precisions.
func TestGolden(t *testing.T) {
	cases := tensorcheck.Golden(t, "explain")
	if len(cases) != len(goldenModels) {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		for _, float := range []tensor.DType{tensor.Float64, tensor.Float32} {
			t.Run(fmt.Sprintf("%s/%v", c.Name, float), func(t *testing.T) {
				dev, m := open(t, float), restored(t, c)
				image, text := c.In["image"], c.In["text"]
				compare := func(name string, got tensor.Array) {
					t.Helper()
					want := tensor.Values[float64](c.Out[name])
					tol := check.Tol{Abs: 1e-12, Rel: 1e-12}
					if float == tensor.Float32 || name == "enlarged" {
						// There and back through ten operations, whose longest sum is the one over 9 taps of 6 channels, and
						// over 36 pixels of a map; the roundings add up as their root.
						tol = check.Tolerance(54, 2*10).At(check.Scale(want))
					}
					if fmt.Sprint(got.Shape()) != fmt.Sprint(c.Out[name].Shape()) {
						t.Fatalf("%s is %v, want %v", name, got.Shape(), c.Out[name].Shape())
					}
					check.Close(t, name, reals(got), want, tol)
				}
				e, err := Explain(dev, m, image, text, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if got, want := fmt.Sprint(e.Classes), fmt.Sprint(tensor.Values[int32](c.Out["classes"])); got != want {
					t.Errorf("the classes are %s, want %s", got, want)
				}
				compare("scores", e.Scores)
				compare("cam", e.CAM)
				compare("enlarged", Upsample(e.CAM, 12, 12))
				compare("saliency", e.Saliency)
				compare("words", e.Words)

				other := make([]int, 5)
				for i, c := range tensor.Values[int32](c.In["other"]) {
					other[i] = int(c)
				}
				if e, err = Explain(dev, m, image, text, Options{Classes: other, Layer: "image.0"}); err != nil {
					t.Fatal(err)
				}
				compare("cam_other", e.CAM)
				compare("saliency_other", e.Saliency)
				compare("words_other", e.Words)

				a, err := Integrate(dev, m, image, text, Options{Steps: 8})
				if err != nil {
					t.Fatal(err)
				}
				compare("integrated_pixels", a.Pixels)
				compare("integrated_words", a.Words)
			})
		}
	}
}
