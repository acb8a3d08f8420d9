package explain

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// small is a model for pictures of 8x8 and texts of tokens below 7.
func small(change func(*models.FusionConfig)) *models.Fusion {
	c := models.FusionConfig{
		Image: models.ImageConfig{Height: 8, Width: 8, Widths: []int{4, 5}},
		Text:  models.TextConfig{Vocab: 7, Embed: 3, Hidden: []int{4}}, Features: 6, Merge: models.Multiply, Hidden: []int{8}, Outputs: 3,
	}
	if change != nil {
		change(&c)
	}
	return models.NewFusion(rand.New(rand.NewPCG(3, 4)), c)
}

// picture is n noisy pictures, as reals.
func picture(n int) tensor.Array {
	rng := rand.New(rand.NewPCG(5, 6))
	v := make([]float64, n*8*8*3)
	for i := range v {
		v[i] = rng.Float64()
	}
	return tensor.ArrayOf(v, n, 8, 8, 3)
}

func words() tensor.Array {
	return tensor.ArrayOf([]int32{1, 4, 2, 0, 3, 3, 6, 5, 2, 0, 0, 0}, 3, 4)
}

// score runs m in float64 with row 1's word or pixel times 1+by.
func score(t *testing.T, dev *tensor.Device, m *models.Fusion, image tensor.Array, class, word int, by float64) float64 {
	t.Helper()
	var out float64
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		layers.Watch(p, m, func(_ string, l any, y *tensor.Tensor) *tensor.Tensor {
			if _, ok := l.(*layers.Embedding); ok && word >= 0 {
				factor := make([]float64, 12)
				for i := range factor {
					factor[i] = 1
				}
				factor[4+word] += by
				return y.Mul(p.Input(tensor.ArrayOf(factor, 3, 4, 1)))
			}
			return y
		})
		out = tensor.Values[float64](m.Forward(p.Input(image), p.Input(words())).Array())[3+class]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Central differences: scaling a word's embedding by 1+h changes the score by h times gradient x input.
func TestDifferences(t *testing.T) {
	const h = 1e-6
	dev := open(t, tensor.Float64)
	// The error of a difference is of the order h² f''' + ε|f|/h, about 1e-9.
	tol := check.Tol{Abs: 1e-7, Rel: 1e-5}
	for name, change := range map[string]func(*models.FusionConfig){
		"rnn": nil,
		"bag": func(c *models.FusionConfig) { c.Text.Bag, c.Text.Hidden = true, nil },
	} {
		t.Run(name, func(t *testing.T) {
			m, image := small(change), picture(3)
			e, err := Explain(dev, m, image, words(), Options{Classes: []int{0, 2, 1}})
			if err != nil {
				t.Fatal(err)
			}
			var want []float64
			for word := range 4 {
				want = append(want, (score(t, dev, m, image, 2, word, h)-score(t, dev, m, image, 2, word, -h))/(2*h))
			}
			got := reals(e.Words)[4:8]
			check.Close(t, "words", got, want, tol)
			if check.Scale(want) < 1e-3 {
				t.Errorf("the words' weights are %v: too small to show anything", want)
			}
			// The saliency of a pixel is the largest slope of its channels.
			v := reals(image)
			for _, pixel := range []int{0, 27, 63} {
				most := 0.0
				for c := range 3 {
					moved := func(by float64) float64 {
						x := append([]float64(nil), v...)
						x[(64+pixel)*3+c] += by
						return score(t, dev, m, tensor.ArrayOf(x, 3, 8, 8, 3), 2, -1, 0)
					}
					most = max(most, math.Abs(moved(h)-moved(-h))/(2*h))
				}
				check.Close(t, "saliency", reals(e.Saliency)[64+pixel:65+pixel], []float64{most}, tol)
			}
		})
	}
}

// Integrated gradients add up to what the inputs changed, and the error falls with the steps.
func TestCompleteness(t *testing.T) {
	dev := open(t, tensor.Float64)
	for name, c := range map[string]struct {
		m           *models.Fusion
		image, text tensor.Array
	}{
		"both":          {small(nil), picture(3), words()},
		"image alone":   {small(func(c *models.FusionConfig) { c.Missing = true }), picture(3), tensor.Array{}},
		"text alone":    {small(func(c *models.FusionConfig) { c.Missing = true }), tensor.Array{}, words()},
		"a text vector": {small(vector), picture(3), bags()},
	} {
		t.Run(name, func(t *testing.T) {
			gap := func(steps int) float64 {
				a, err := Integrate(dev, c.m, c.image, c.text, Options{Steps: steps})
				if err != nil {
					t.Fatal(err)
				}
				worst, change := 0.0, 0.0
				for row := range 3 {
					total := 0.0
					for _, part := range []tensor.Array{a.Pixels, a.Words} {
						if !part.Absent() {
							for _, v := range reals(part.Slice(row, row+1)) {
								total += v
							}
						}
					}
					worst = math.Max(worst, math.Abs(total-(a.Score[row]-a.Baseline[row])))
					change = max(change, math.Abs(a.Score[row]-a.Baseline[row]))
				}
				if !(change > 1e-3) {
					t.Errorf("the score changes by %v: too little to show anything", change)
				}
				return worst / change
			}
			// ReLUs bend the line, so the error falls with the steps and not with their square; a step that crosses a bend
			// is off by at most a share of its length.
			if few, many := gap(4), gap(256); !(many < 0.01) || !(many <= few+1e-9) {
				t.Errorf("the parts miss the whole by %.2g with 4 steps and %.2g with 256", few, many)
			}
		})
	}
}

func vector(c *models.FusionConfig) { c.Text = models.TextConfig{Dense: 5, Hidden: []int{4}} }

func bags() tensor.Array {
	return tensor.ArrayOf([]float32{1, 0, 2, 0, 0, 0, 1, 0, 0, 3, 1, 1, 1, 1, 1}, 3, 5)
}
