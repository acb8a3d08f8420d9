package train_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// points are 400 points in a square, labelled by the quadrants they lie in: 1 for two opposite ones.
func points() *data.Pairs {
	rng := rand.New(rand.NewPCG(1, 2))
	xy, labels := make([]float32, 800), make([]int32, 400)
	for i := range labels {
		x, y := rng.Float32()*2-1, rng.Float32()*2-1
		xy[2*i], xy[2*i+1] = x, y
		if x*y > 0 {
			labels[i] = 1
		}
	}
	return &data.Pairs{Texts: tensor.ArrayOf(xy, 400, 2), Labels: tensor.ArrayOf(labels, 400), Classes: []string{"differ", "agree"}}
}

// A training that stops when it is good enough.
func Example() {
	rng := rand.New(rand.NewPCG(1, 2))
	model := layers.Sequential{layers.NewDense(rng, 2, 16), layers.Tanh, layers.NewDense(rng, 16, 2)}
	training, validation := data.Split(points(), 0.8, 1)
	trainer := &train.Trainer[data.Pair]{
		Model: model,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return model.Forward(p.Input(b.Text)), p.Input(b.Label)
		},
		Loss:      tensor.CrossEntropy,
		Optimizer: optim.New(layers.Params(model), optim.Adam{LR: 0.02}),
		Train:     &data.Loader[data.Pair]{Source: training, BatchSize: 16, Shuffle: true, Seed: 1},
		Valid:     &data.Loader[data.Pair]{Source: validation},
		Metrics:   []metrics.Metric{metrics.Accuracy()},
	}
	for epoch, err := range trainer.Epochs(context.Background(), 50) {
		if err != nil {
			log.Fatal(err)
		}
		if epoch.Values["accuracy"] > 0.9 {
			fmt.Println("good after less than 50 epochs:", epoch.Number < 50)
			break
		}
	}
	fmt.Println("as many in the history:", len(trainer.History()) == trainer.Steps()/trainer.Train.Len())
	// Output:
	// good after less than 50 epochs: true
	// as many in the history: true
}
