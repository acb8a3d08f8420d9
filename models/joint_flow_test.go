package models

import (
	"math"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// A flow learns what no normal distribution is: of the first text codes near (2, 0) and (-2, 0), of the second near (0, 2)
// and (0, -2). It draws each text's own and both of them, and all four without a text.
func TestFlow(t *testing.T) {
	dev := open(t)
	f := newFlow(newRand(), JointConfig{Code: 2, Flow: 48})
	o := optim.New(layers.Params(f), optim.Adam{})
	o.Schedule = optim.OneCycle(1e-2, 400)
	const n = 64
	codes, texts, has := make([]float32, 2*n), make([]float32, 4*n), make([]uint8, 2*n)
	for i := range n {
		codes[2*i+i%2] = 2 - 4*float32(i/2%2)
		texts[4*i+i%2] = 1
		has[2*i], has[2*i+1] = 1, 1
	}
	for i := n - 8; i < n; i++ { // some lack their image, and say nothing
		has[2*i], codes[2*i] = 0, 99
	}
	for i := range 400 {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			p.Seed(1, uint64(i))
			here := weights(tensor.From(p, has, n, 2))
			o.Minimize(f.loss(tensor.From(p, codes, n, 2), tensor.From(p, texts, n, 4), here))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	count := func(text []float32) (at [4]int) {
		const n = 400
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			p.Seed(2, 2)
			var asked *tensor.Tensor
			if text != nil {
				asked = tensor.From(p, text, 1, 4).Expand(n, 4)
			}
			z := f.draw(p, n, asked).Float32s()
			for i := range n {
				for k, want := range [][2]float64{{2, 0}, {-2, 0}, {0, 2}, {0, -2}} {
					if math.Hypot(float64(z[2*i])-want[0], float64(z[2*i+1])-want[1]) < 0.5 {
						at[k]++
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	// Of 400 draws a side of a text has 200 and five deviations are 50; a place of all texts has 100, and 44.
	first, second, any := count([]float32{1, 0, 0, 0}), count([]float32{0, 1, 0, 0}), count(nil)
	for name, got := range map[string]int{"first text, right": first[0], "first text, left": first[1], "second text, up": second[2], "second text, down": second[3]} {
		if got < 130 {
			t.Errorf("%s: %d of 400 codes", name, got)
		}
	}
	if own := first[0] + first[1]; own < 380 || second[2]+second[3] < 380 {
		t.Errorf("of the first text %v lie right, left, up and down, of the second %v", first, second)
	}
	if min(any[0], any[1], any[2], any[3]) < 40 {
		t.Errorf("without a text %v lie right, left, up and down", any)
	}
}
