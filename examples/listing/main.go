// Listing is a well-known Keras program, layer by layer: a convolutional image branch and a dense text branch, joined.
// It trains on random numbers, to show the model and its speed.
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// Model is the listing's model; models.Listing has it ready-made.
type Model struct {
	Image, Text layers.Sequential
	Output      *layers.Dense
}

func NewModel(rng *rand.Rand, size int) *Model {
	m := &Model{
		Image: layers.Sequential{
			layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 64, Kernel: 3}), layers.ReLU,
			layers.NewConv2D(rng, layers.Conv2DConfig{In: 64, Out: 128, Kernel: 3}), layers.ReLU,
			layers.MaxPool2D{Size: 2},
			layers.Flatten,
		},
		Text: layers.Sequential{
			layers.NewDense(rng, 1000, 256), layers.ReLU,
			layers.NewDense(rng, 256, 128), layers.ReLU,
		},
	}
	flat := layers.OutShape(m.Image, size, size, 3)[0] // 110 x 110 x 128 at size 224
	m.Output = layers.NewDense(rng, flat+128, 10)
	return m
}

func (m *Model) Forward(image, text *tensor.Tensor) *tensor.Tensor {
	return m.Output.Forward(tensor.Concat(-1, m.Image.Forward(image), m.Text.Forward(text)))
}

func main() {
	size := flag.Int("size", 64, "side of the images; the original has 224")
	steps := flag.Int("steps", 5, "training steps, of 32 samples")
	flag.Parse()
	err := tensor.Try(func() error { return run(*size, *steps) }) // a size too small for the kernels is an error
	if err != nil {
		log.Fatal(err)
	}
}

func run(size, steps int) error {
	const n = 32
	dev, err := tensor.Open(nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	model := NewModel(rng, size)
	opt := optim.New(layers.Params(model), optim.Adam{LR: 1e-3})

	labels := make([]int32, n)
	for i := range labels {
		labels[i] = rng.Int32N(10)
	}
	for step := range steps {
		start := time.Now()
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
			p.Seed(1, 0) // draws the same images and texts at every step, so there is something to learn
			images, texts := p.Uniform(n, size, size, 3), p.Uniform(n, 1000)
			loss := tensor.CrossEntropy(model.Forward(images, texts), tensor.From(p, labels, n))
			opt.Minimize(loss)
			fmt.Printf("step %d: loss %.3f", step+1, loss.Item())
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Printf(", %.0f images/s\n", float64(n)/time.Since(start).Seconds())
	}
	return nil
}
