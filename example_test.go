package braid_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// A model learns to answer questions about generated pictures. These are few, and small: see examples/fusion for more.
func Example() {
	training, test, vocab := data.Shapes(data.ShapesConfig{Train: 200, Test: 50, Size: 16})
	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
		Image:   models.ImageConfig{Height: 16, Width: 16},
		Text:    models.TextConfig{Vocab: vocab.Len()},
		Merge:   models.Multiply,
		Outputs: len(training.Classes),
	})
	trainer := &train.Trainer[data.Pair]{
		Model: model,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return model.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)
		},
		Loss:      tensor.CrossEntropy,
		Optimizer: optim.New(layers.Params(model), optim.Adam{LR: 6e-3}),
		Train:     &data.Loader[data.Pair]{Source: training, BatchSize: 64, Shuffle: true},
		Valid:     &data.Loader[data.Pair]{Source: test, BatchSize: 256},
		Metrics:   []metrics.Metric{metrics.Accuracy()},
	}
	history, err := trainer.Fit(context.Background(), 6, 0)
	if err != nil {
		log.Fatal(err)
	}
	first, last := history[0], history[len(history)-1]
	fmt.Println("it learns:", last.Loss < first.Loss/2)
	fmt.Println("better than the question alone, 0.33:", last.Values["accuracy"] > 0.5)
	// Output:
	// it learns: true
	// better than the question alone, 0.33: true
}
