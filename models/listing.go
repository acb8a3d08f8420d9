package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
)

// Listing is the model of the Keras listing, layer by layer: a 224x224x3 image through conv 64 and 128, max-pool and
// Flatten, a vector of 1000 through Dense 256 and 128, concatenation, 10 classes. For other sizes see NewListing.
func Listing(rng *rand.Rand) *Fusion { return NewListing(rng, 224, 224, 3, 1000, 10) }

// NewListing is Listing for images [h, w, c], vectors of width text, and another number of classes.
func NewListing(rng *rand.Rand, h, w, c, text, classes int) *Fusion {
	expect(h >= 6 && w >= 6, "NewListing", "the image is %dx%d: at least 6x6 is expected, two 3x3 kernels and a pooling", h, w)
	image := layers.Sequential{
		layers.NewConv2D(rng, layers.Conv2DConfig{In: c, Out: 64, Kernel: 3}), layers.ReLU,
		layers.NewConv2D(rng, layers.Conv2DConfig{In: 64, Out: 128, Kernel: 3}), layers.ReLU,
		layers.MaxPool2D{Size: 2},
		layers.Flatten,
	}
	d := layers.OutShape(image, h, w, c)[0]
	return &Fusion{
		Image: image,
		Text: layers.Sequential{
			layers.NewDense(rng, text, 256), layers.ReLU,
			layers.NewDense(rng, 256, 128), layers.ReLU,
		},
		Merge: layers.Concat{},
		Head:  layers.NewDense(rng, d+128, classes),
	}
}
