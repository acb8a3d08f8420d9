// Custom trains a layer and a model of one's own in a loop of one's own: questions about generated pictures of shapes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// FiLM lets the text scale and shift every channel of the image features (Perez et al. 2018).
type FiLM struct{ Scale, Shift *layers.Dense }

func (f *FiLM) Forward(x, text *tensor.Tensor) *tensor.Tensor {
	n, c := x.Dim(0), x.Dim(-1)
	scale := f.Scale.Forward(text).Reshape(n, 1, 1, c)
	shift := f.Shift.Forward(text).Reshape(n, 1, 1, c)
	return x.Mul(scale.Shift(1)).Add(shift)
}

// Net is a struct of layers: its parameters are found in the exported fields.
type Net struct {
	Conv1, Conv2 *layers.Conv2D
	Norm         *layers.BatchNorm
	Words        *layers.Embedding
	Question     *layers.RNN
	Film         *FiLM
	Head         *layers.Dense
}

func NewNet(rng *rand.Rand, words, classes int) *Net {
	return &Net{
		Conv1:    layers.NewConv2D(rng, layers.Conv2DConfig{In: 3, Out: 16, Kernel: 3}),
		Conv2:    layers.NewConv2D(rng, layers.Conv2DConfig{In: 16, Out: 32, Kernel: 3}),
		Norm:     layers.NewBatchNorm(32),
		Words:    layers.NewEmbedding(rng, words, 32),
		Question: layers.NewRNN(rng, 32, 64),
		Film:     &FiLM{layers.NewDense(rng, 64, 32), layers.NewDense(rng, 64, 32)},
		Head:     layers.NewDense(rng, 32, classes),
	}
}

func (m *Net) Forward(image, tokens *tensor.Tensor) *tensor.Tensor {
	question := m.Question.Last(m.Words.Forward(tokens), tokens.NotEqual(0).Sum(1))
	x := m.Conv1.Forward(image).ReLU().MaxPool2D(2, 2, 0)
	x = m.Norm.Forward(m.Conv2.Forward(x))
	x = m.Film.Forward(x, question).ReLU()
	return m.Head.Forward(x.Mean(1, 2)) // the mean over the pixels
}

func main() {
	epochs := flag.Int("epochs", 6, "passes over the training data")
	pictures := flag.Int("pictures", 3000, "pictures to train on")
	flag.Parse()
	err := tensor.Try(func() error { return run(context.Background(), *epochs, *pictures) })
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, epochs, pictures int) error {
	training, test, vocab := data.Shapes(data.ShapesConfig{Train: pictures, Test: pictures / 5})
	dev, err := tensor.Open(nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	net := NewNet(rand.New(rand.NewPCG(1, 2)), vocab.Len(), len(training.Classes))
	opt := optim.New(layers.Params(net), optim.Adam{})
	loader := &data.Loader[data.Pair]{Source: training, BatchSize: 64, Shuffle: true, Seed: 1}
	steps := epochs * loader.Len()
	opt.Schedule = optim.Cosine(3e-3, min(100, steps/4), steps)

	for epoch := range epochs {
		for batch, err := range loader.Batches(ctx, data.Cursor{Epoch: epoch}) {
			if err != nil {
				return err
			}
			err = dev.Run(tensor.Training, func(p *tensor.Pass) error {
				logits := net.Forward(p.Input(batch.Image).Float(), p.Input(batch.Text))
				loss := tensor.CrossEntropy(logits, p.Input(batch.Label))
				opt.Minimize(loss)
				if opt.Steps()%100 == 0 {
					fmt.Printf("step %d: loss %.3f\n", opt.Steps(), loss.Item()) // reading waits; without it nothing does
				}
				return nil
			})
			if err != nil {
				return err // a wrong shape in Forward arrives here too
			}
		}
	}
	return evaluate(ctx, dev, net, test)
}

func evaluate(ctx context.Context, dev *tensor.Device, net *Net, test *data.Pairs) error {
	accuracy := metrics.Accuracy()
	loader := &data.Loader[data.Pair]{Source: test, BatchSize: 256}
	for batch, err := range loader.Batches(ctx, data.Cursor{}) {
		if err != nil {
			return err
		}
		err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			logits := net.Forward(p.Input(batch.Image).Float(), p.Input(batch.Text))
			accuracy.Observe(logits.Array(), batch.Label)
			return nil
		})
		if err != nil {
			return err
		}
	}
	fmt.Printf("test accuracy %.3f\n", accuracy.Value())
	return nil
}
