package models

import (
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// The sizes that Keras's summary of the listing has: conv 1,792 and 73,856, dense 256,256 and 32,896, and the last layer
// (110·110·128 + 128)·10 + 10.
func TestListingSize(t *testing.T) {
	if testing.Short() {
		t.Skip("62 MB of weights")
	}
	const want = 1792 + 73856 + 256256 + 32896 + (110*110*128+128)*10 + 10
	if got := layers.Count(Listing(newRand())); got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
}

// The listing at a reduced size learns a few samples by heart.
func TestListingTrains(t *testing.T) {
	dev := open(t)
	f := NewListing(newRand(), 12, 12, 3, 10, 4)
	rng := newRand()
	draw := func(shape ...int) tensor.Array {
		n := 1
		for _, d := range shape {
			n *= d
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = rng.Float32()
		}
		return tensor.ArrayOf(v, shape...)
	}
	image, text, label := draw(8, 12, 12, 3), draw(8, 10), tensor.ArrayOf([]int32{0, 1, 2, 3, 0, 1, 2, 3}, 8)
	o := optim.New(layers.Params(f), optim.Adam{})
	var first, last float32
	for i := range 30 {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			loss := tensor.CrossEntropy(f.Forward(p.Input(image), p.Input(text)), p.Input(label))
			o.Minimize(loss)
			if last = loss.Item(); i == 0 {
				first = last
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !(last < first/4) {
		t.Errorf("the loss went from %v to %v in 30 steps, want less than a quarter", first, last)
	}
}
