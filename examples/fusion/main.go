// Fusion answers questions about pictures: a CNN reads the picture, an RNN the question.
//
//	go run -tags cpu ./examples/fusion                   # pictures of shapes, generated
//	go run -tags cpu ./examples/fusion path/to/easy-vqa  # a folder with the easy-VQA data set
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

var (
	epochs   = flag.Int("epochs", 8, "passes over the training data")
	pictures = flag.Int("pictures", 0, "generate so many pictures to train on, five questions about each; 0: 3000, or easy-VQA if it is at hand")
	out      = flag.String("out", "runs/example", "folder of the checkpoints and the model; a run found there goes on")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := tensor.Try(func() error { return run(ctx, flag.Arg(0)) }) // an impossible flag is an error, not a stack trace
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, folder string) error {
	training, test, vocab, err := open(folder)
	if err != nil {
		return err
	}
	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
		Image:   models.ImageConfig{Height: 32, Width: 32, Channels: 3, Widths: []int{16, 32, 64}},
		Text:    models.TextConfig{Vocab: vocab.Len(), Embed: 32, Hidden: []int{64}},
		Merge:   models.Multiply,
		Outputs: len(training.Classes),
		Words:   vocab.Words, // saved with the model, for whoever asks it later
		Classes: training.Classes,
	})
	loader := &data.Loader[data.Pair]{Source: training, BatchSize: 64, Shuffle: true, Seed: 1}
	opt := optim.New(layers.Params(model), optim.Adam{WeightDecay: 1e-4})
	opt.Schedule = optim.OneCycle(3e-3, *epochs*loader.Len())

	trainer := &train.Trainer[data.Pair]{
		Model: model,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return model.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)
		},
		Loss:       tensor.CrossEntropy,
		Optimizer:  opt,
		Train:      loader,
		Valid:      &data.Loader[data.Pair]{Source: test, BatchSize: 256},
		Metrics:    []metrics.Metric{metrics.Accuracy(), metrics.F1()},
		Checkpoint: *out,
	}
	for epoch, err := range trainer.Epochs(ctx, *epochs) {
		if err != nil {
			return err // after Ctrl-C too: the same command then goes on
		}
		fmt.Println(epoch)
		if epoch.Loss < 0.01 { // early stopping; not by the test part, which must not choose
			break
		}
	}
	path := filepath.Join(*out, "model.safetensors")
	fmt.Println("saving", path)
	return model.Save(path)
}

// open reads the folder, or easy-VQA where this project's tests look for it, too; otherwise it draws pictures.
func open(folder string) (training, test *data.Pairs, vocab *data.Vocab, err error) {
	const usual = "../shared/data/easy-vqa"
	if _, err := os.Stat(usual); err == nil && folder == "" && *pictures == 0 {
		folder = usual
	}
	if folder != "" {
		return data.OpenEasyVQA(folder, 32)
	}
	training, test, vocab = data.Shapes(data.ShapesConfig{Train: *pictures, Test: *pictures / 5})
	return training, test, vocab, nil
}
