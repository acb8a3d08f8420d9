package models

import (
	"math"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// discerning is a discriminator whose matching logits are the scalar products of what it is given with the texts.
func discerning(width int) *Discriminator {
	eye := make([]float32, width*width)
	for i := range width {
		eye[i*width+i] = float32(math.Sqrt(float64(width))) // which matching divides by
	}
	return &Discriminator{Match: &layers.Dense{Weight: tensor.NewParam(eye, width, width), Bias: tensor.NewParam(make([]float32, width), width)}}
}

// The matching loss by hand: each image has to find its text among the different ones, however many rows have it.
func TestMatching(t *testing.T) {
	dev := open(t)
	const a, b, c = 2., 1., -1. // what an image has to do with its own text and with the two others
	own := func(x, y, z float64) float64 { return -x + math.Log(math.Exp(x)+math.Exp(y)+math.Exp(z)) }
	for name, v := range map[string]struct {
		text []int32
		want float64
	}{
		"three texts":        {[]int32{4, 5, 6}, (own(a, b, c) + own(b, a, c) + own(c, a, b)) / 3},
		"two rows of one":    {[]int32{4, 4, 6}, (2*(-a+math.Log(math.Exp(a)+math.Exp(c))) - c + math.Log(math.Exp(a)+math.Exp(c))) / 3},
		"all of them of one": {[]int32{4, 4, 4}, 0},
	} {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			// Each image sees the same, texts differ in one number, which is that of the text.
			number := map[int32]float32{4: a, 5: b, 6: c}
			features := make([]float32, 6)
			for i, id := range v.text {
				features[2*i] = number[id]
			}
			seen := tensor.From(p, []float32{1, 9, 1, 9, 1, 9}, 3, 2)
			got := discerning(2).matching(seen, tensor.From(p, features, 3, 2), tensor.From(p, v.text, 3, 1)).Mean().Item()
			if !(math.Abs(float64(got)-v.want) <= 1e-5) {
				t.Errorf("%s: %v, want %v", name, got, v.want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A step with texts logs what the noise is worth: of a generator that is deaf to it nothing.
func TestVarietyOfText(t *testing.T) {
	dev := open(t)
	for name, deaf := range map[string]bool{"fresh": false, "deaf": true} {
		g := NewGAN(newRand(), gans()["text"])
		if deaf {
			w := find(g, "generator.net.0.weight")
			v, width := w.Float32s(), w.Dim(1)
			for i := range v {
				if i%width < g.Config.Latent {
					v[i] = 0
				}
			}
			if err := w.Set(tensor.ArrayOf(v, w.Shape()...)); err != nil {
				t.Fatal(err)
			}
		}
		image, text := ganInputs(g.Config, 40)
		logged := map[string]float32{}
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			g.Step(p.Input(image), p.Input(text))
			for name, v := range p.Logged() {
				logged[name] = v.Item()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		v, ok := logged["variety of a text"]
		if !ok || deaf && !(v <= 1e-6) || !deaf && !(v > 0.05 && v < 3) {
			t.Errorf("%s: the variety of a text is %v (%v)", name, v, ok)
		}
		if m, ok := logged["matching"]; !ok || !(m > 0) || len(logged) != 7 {
			t.Errorf("%s: logged %v", name, logged)
		}
	}
}

// What is drawn again has the texts of the first rows and the noise of the next ones.
func TestAgain(t *testing.T) {
	dev := open(t)
	for n, want := range map[int]int{1: 0, 2: 1, 6: 1, 16: 1, 64: 4} {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			z, ids := make([]float32, n), make([]int32, n)
			for i := range z {
				z[i], ids[i] = float32(i), int32(i)
			}
			noise, text, k := again(tensor.From(p, z, n, 1), tensor.From(p, ids, n, 1))
			if k != want || noise.Dim(0) != n+k {
				t.Fatalf("%d rows are drawn again of %d, want %d", k, n, want)
			}
			for i := range k {
				if a, b := noise.Float32s()[n+i], tensor.Values[int32](text.Array())[n+i]; a != float32(i+1) || b != int32(i) {
					t.Errorf("of %d rows: row %d has noise %v and text %v", n, n+i, a, b)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
