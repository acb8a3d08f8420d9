package models

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// hasRows are those of six rows: two have both, two an image, one a text, one nothing.
var hasRows = []uint8{1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0}

// A row that lacks an input has the code of a batch without such inputs, whatever it holds there, and so is what is
// rebuilt from it.
func TestJointHas(t *testing.T) {
	for _, name := range []string{"concat", "gated", "variational"} {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			j := NewJointAutoencoder(newRand(), joints()[name])
			image, text := jointInputs(j.Config, 6)
			codes := func(image, text, has tensor.Array) []float32 {
				var out []float32
				err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
					out = j.EncodeHas(p.Input(image), p.Input(text), p.Input(has)).Float32s()
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			both, images, texts := codes(image, text, tensor.Array{}), codes(image, tensor.Array{}, tensor.Array{}), codes(tensor.Array{}, text, tensor.Array{})
			for _, has := range []tensor.Array{tensor.ArrayOf(hasRows, 6, 2), tensor.ArrayOf(floats(hasRows), 6, 2)} {
				got := codes(image, text, has)
				for row := range 5 {
					want := [][]float32{both, images, texts, both, images}[row]
					for i := row * j.Config.Code; i < (row+1)*j.Config.Code; i++ {
						if !(math.Abs(float64(got[i]-want[i])) <= 1e-5) {
							t.Errorf("%v: row %d has %v at %d, want %v", has.DType(), row, got[i], i, want[i])
						}
					}
				}
			}
			if slices.Equal(both, images) || slices.Equal(both, texts) {
				t.Error("the inputs have no influence")
			}
		})
	}
}

func floats(v []uint8) []float32 {
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(x)
	}
	return out
}

// The loss of rows that lack nothing is Loss; that of others does not depend on what they lack, to the bit, and is made
// of the losses of the rows by themselves.
func TestJointLossHas(t *testing.T) {
	for name, c := range joints() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			c.Flow = 0
			if c.Variational {
				c.Flow = -1 // it draws by row
			}
			c.Image.NoBatchNorm = true // a batch's statistics would tie its rows together
			j := NewJointAutoencoder(newRand(), c)
			image, text := jointInputs(c, 6)
			measure := func(image, text, has tensor.Array) (loss float32, logged map[string]float32) {
				logged = map[string]float32{}
				err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
					loss = j.LossHas(p.Input(image), p.Input(text), p.Input(has)).Item()
					for name, v := range p.Logged() {
						logged[name] = v.Item()
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return loss, logged
			}
			near := func(what string, got, want float32) {
				t.Helper()
				// Sums of at most 6·8·4·3 terms in another order.
				if !(math.Abs(float64(got-want)) <= 1e-5*max(1, math.Abs(float64(want)))) {
					t.Errorf("%s is %v, want %v", what, got, want)
				}
			}
			all, _ := measure(image, text, tensor.Array{})
			same, _ := measure(image, text, tensor.ArrayOf(slices.Repeat([]uint8{1}, 12), 6, 2))
			near("the loss of rows that have both", same, all)

			has := tensor.ArrayOf(hasRows, 6, 2)
			mixed, logged := measure(image, text, has)
			pixels, ids := slices.Clone(tensor.Values[uint8](image)), slices.Clone(tensor.Values[int32](text))
			for row := range 6 {
				if hasRows[2*row] == 0 {
					for i := range 96 {
						pixels[row*96+i] ^= 255
					}
				}
				if hasRows[2*row+1] == 0 {
					for i := range 5 {
						ids[row*5+i] = 1 + (ids[row*5+i]+int32(i))%6
					}
				}
			}
			if other, _ := measure(tensor.ArrayOf(pixels, 6, 8, 4, 3), tensor.ArrayOf(ids, 6, 5), has); other != mixed {
				t.Errorf("the loss is %v after %v: it depends on inputs that are missing", other, mixed)
			}
			// Rows 0 and 3 have both, 1 and 4 an image, 2 a text: each by itself, weighed by how often it is compared.
			pair := func(a tensor.Array, i, k int) tensor.Array { return joined(a.Slice(i, i+1), a.Slice(k, k+1)) }
			_, full := measure(pair(image, 0, 3), pair(text, 0, 3), tensor.Array{})
			_, pictures := measure(pair(image, 1, 4), tensor.Array{}, tensor.Array{})
			_, words := measure(tensor.Array{}, text.Slice(2, 3), tensor.Array{})
			ways := float32(3)
			if c.Variational {
				ways = 2
			}
			near("the images' loss", logged["image"], (2*ways*full["image"]+2*2*pictures["image"])/(2*ways+2*2))
			near("the texts' loss", logged["text"], (2*3*full["text"]+2*words["text"])/(2*3+2))
			if c.Variational {
				near("the match", logged["match"], full["match"])
				near("the divergence", logged["divergence"], (2*full["divergence"]+2*pictures["divergence"]+words["divergence"])/6)
			}
		})
	}
}

// joined is two arrays, one after the other.
func joined(a, b tensor.Array) tensor.Array {
	shape := slices.Clone(a.Shape())
	shape[0] += b.Shape()[0]
	if a.DType() == tensor.Int32 {
		return tensor.ArrayOf(slices.Concat(tensor.Values[int32](a), tensor.Values[int32](b)), shape...)
	}
	return tensor.ArrayOf(slices.Concat(tensor.Values[uint8](a), tensor.Values[uint8](b)), shape...)
}

func TestJointHasGradients(t *testing.T) {
	for _, name := range []string{"concat", "bilinear", "bag, squared", "ordered", "variational", "variational, ordered"} {
		t.Run(name, func(t *testing.T) {
			c := joints()[name]
			j := NewJointAutoencoder(newRand(), c)
			image, text := jointInputs(c, 6)
			worst, where := gradientError(t, j, func(p *tensor.Pass) *tensor.Tensor {
				return j.LossHas(p.Input(image), p.Input(text), p.Input(tensor.ArrayOf(hasRows, 6, 2)))
			})
			if !(worst <= 1) {
				t.Errorf("%.3g times the tolerance at %s", worst, where)
			}
		})
	}
}

func TestJointHasMistake(t *testing.T) {
	dev := open(t)
	j := NewJointAutoencoder(newRand(), smallJoint())
	image, text := jointInputs(j.Config, 6)
	err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		j.LossHas(p.Input(image), p.Input(text), p.Full(1, 5, 2))
		return nil
	})
	if want := "has is [5 2]: [6 2] is expected"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the mistake is %v, want %q in it", err, want)
	}
}
