package optim_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// A line through three points, y = 2x + 1.
func Example() {
	line := layers.NewDense(rand.New(rand.NewPCG(1, 2)), 1, 1)
	opt := optim.New(layers.Params(line), optim.SGD{LR: 0.1})
	for range 200 {
		err := tensor.CPU().Run(tensor.Training, func(p *tensor.Pass) error {
			x := tensor.From(p, []float32{-1, 0, 1}, 3, 1)
			y := tensor.From(p, []float32{-1, 1, 3}, 3, 1)
			opt.Minimize(tensor.MSE(line.Forward(x), y))
			return nil
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%.2f x + %.2f after %d steps\n", line.Weight.Item(), line.Bias.Item(), opt.Steps())
	// Output: 2.00 x + 1.00 after 200 steps
}

// A pretrained text encoder learns at a tenth of the rate, and its embedding without decay.
func ExampleGroup() {
	rng := rand.New(rand.NewPCG(1, 2))
	model := struct {
		Text layers.Sequential
		Head *layers.Dense
	}{layers.Sequential{layers.NewEmbedding(rng, 100, 8), layers.NewRNN(rng, 8, 8)}, layers.NewDense(rng, 8, 2)}
	opt := optim.New(layers.Params(model), optim.Adam{LR: 1e-3, WeightDecay: 0.01},
		optim.Group{Match: "text.0.*", Rate: 0.1, Rule: optim.Adam{}},
		optim.Group{Match: "text.*", Rate: 0.1})
	fmt.Println(len(opt.Params()), "parameters at rate", opt.LR())
	// Output: 6 parameters at rate 0.001
}
