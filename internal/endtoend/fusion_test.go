package endtoend

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// racing is set under the race detector, which makes computing some forty times slower and counts its own memory.
var racing bool

// emulated says that a training step of the default model takes a second, so that there are few of small pictures.
var emulated = tensorcheck.Emulated()

// either is n, or what the emulated GPU gets in its place.
func either(n, onEmulated int) int {
	if emulated {
		return onEmulated
	}
	return n
}

// slow leaves a test out that has nothing to show to the race detector.
func slow(t *testing.T) {
	t.Helper()
	if racing {
		t.Skip("one goroutine at a time, and slow under the race detector")
	}
}

// pictures is the built-in data with n pictures of the given size, five questions about each.
func pictures(n, size int) (train, test *data.Pairs, vocab *data.Vocab) {
	return data.Shapes(data.ShapesConfig{Train: n, Test: 20, Size: size, Seed: 5})
}

// small is a configuration with one of everything, dropout included.
func small(seed uint64, vocab *data.Vocab, classes int) *models.Fusion {
	return models.NewFusion(rand.New(rand.NewPCG(seed, 0)), models.FusionConfig{
		Image:    models.ImageConfig{Height: 16, Width: 16, Widths: []int{8, 12}, Dropout: 0.1},
		Text:     models.TextConfig{Vocab: vocab.Len(), Embed: 8, Hidden: []int{16}},
		Features: 16, Hidden: []int{24}, Dropout: 0.2, Drop: 0.1, Outputs: classes,
	})
}

// usual is the default model, for pictures of the given size.
func usual(size int, vocab *data.Vocab, classes int) *models.Fusion {
	return models.NewFusion(rand.New(rand.NewPCG(1, 0)), models.FusionConfig{
		Image: models.ImageConfig{Height: size, Width: size},
		Text:  models.TextConfig{Vocab: vocab.Len()}, Outputs: classes, Merge: models.Multiply,
	})
}

// newTrainer trains m on source, with everything that a run usually has.
func newTrainer(dev *tensor.Device, m *models.Fusion, source data.Source[data.Pair], batch int) *train.Trainer[data.Pair] {
	opt := optim.New(layers.Params(m), optim.Adam{WeightDecay: 1e-4})
	opt.Schedule = optim.OneCycle(3e-3, 40)
	opt.ClipNorm = 5
	return &train.Trainer[data.Pair]{
		Device: dev, Model: m, Loss: tensor.CrossEntropy, Optimizer: opt, Seed: 9, Every: -1,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return m.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)
		},
		Train:   &data.Loader[data.Pair]{Source: source, BatchSize: batch, Shuffle: true, Seed: 3},
		Metrics: []metrics.Metric{metrics.Accuracy()},
	}
}

func fit(t *testing.T, tr *train.Trainer[data.Pair], epochs int) train.History {
	t.Helper()
	h, err := tr.Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
