package optable

import (
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// Each place of a pass draws numbers of its own, new ones for each step, and the same ones for the same seed and step:
// comparing devices cannot see that, because all would repeat the same fault.
func TestDraws(t *testing.T) {
	const n = 64
	draws := map[string]func(p *tensor.Pass) *tensor.Tensor{
		"Normal":  func(p *tensor.Pass) *tensor.Tensor { return p.Normal(n) },
		"Uniform": func(p *tensor.Pass) *tensor.Tensor { return p.Uniform(n) },
		"Dropout": func(p *tensor.Pass) *tensor.Tensor { return p.Full(1, n).Dropout(0.5) },
	}
	for name, draw := range draws {
		t.Run(name, func(t *testing.T) {
			dev := open(t, tensor.Options{})
			step := func(seed, step uint64) (first, second []float32) {
				err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
					p.Seed(seed, step)
					a, b := draw(p), draw(p)
					first, second = slices.Clone(a.Float32s()), slices.Clone(b.Float32s())
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return first, second
			}
			a, b := step(1, 1)
			if slices.Equal(a, b) {
				t.Error("two places of a pass draw the same numbers")
			}
			if c, _ := step(1, 2); slices.Equal(a, c) {
				t.Error("two steps draw the same numbers")
			}
			if c, _ := step(2, 1); slices.Equal(a, c) {
				t.Error("two seeds draw the same numbers")
			}
			if c, d := step(1, 1); !slices.Equal(a, c) || !slices.Equal(b, d) {
				t.Error("the same seed and step draw other numbers")
			}
		})
	}
}
