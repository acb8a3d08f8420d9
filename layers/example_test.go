package layers_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// FiLM lets a text scale and shift every channel of image features (Perez et al. 2018): a layer of one's own is a
// struct with a method, and its parameters are found by its fields.
type FiLM struct{ Scale, Shift *layers.Dense }

func (f *FiLM) Forward(x, text *tensor.Tensor) *tensor.Tensor {
	n, c := x.Dim(0), x.Dim(-1)
	scale := f.Scale.Forward(text).Reshape(n, 1, 1, c)
	shift := f.Shift.Forward(text).Reshape(n, 1, 1, c)
	return x.Mul(scale.Shift(1)).Add(shift)
}

func ExampleParams() {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, p := range layers.Params(&FiLM{layers.NewDense(rng, 10, 4), layers.NewDense(rng, 10, 4)}) {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// scale.weight [4 10]
	// scale.bias [4]
	// shift.weight [4 10]
	// shift.bias [4]
}

func ExampleOutShape() {
	rng := rand.New(rand.NewPCG(1, 2))
	image := layers.Sequential{
		layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 16, Kernel: 3}), layers.ReLU,
		layers.MaxPool2D{Size: 2},
		layers.Flatten,
	}
	d := layers.OutShape(image, 32, 32, 3)[0]
	head := layers.NewDense(rng, d, 10)
	fmt.Println(d, head.Weight.Shape())
	// Output: 3600 [10 3600]
}
