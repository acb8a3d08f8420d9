package models

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// kept is a model that a Trainer trains, and its optimizers.
type kept struct {
	model      any
	step       func(p *tensor.Pass, b data.Pair) error
	optimizers map[string]*optim.Optimizer
	optimizer  *optim.Optimizer // the Trainer's own, or nil
}

// trainer trains on 18 rows in batches of 4, and saves every 3 steps into dir.
func (k kept) trainer(dev *tensor.Device, image, text tensor.Array, dir string) *train.Trainer[data.Pair] {
	return &train.Trainer[data.Pair]{
		Device: dev, Model: k.model, Optimizer: k.optimizer, Checkpoint: dir, EverySteps: 3, Every: -1, Seed: 5, Step: k.step,
		Train: &data.Loader[data.Pair]{Source: &data.Pairs{Images: image, Texts: text}, BatchSize: 4, Shuffle: true, Seed: 2},
	}
}

// state is everything that training changes.
func (k kept) state(t *testing.T) map[string]tensor.Array {
	t.Helper()
	state := layers.State(k.model)
	for which, o := range k.optimizers {
		s, err := o.Save()
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range s {
			state["optimizer "+which+" "+name] = a
		}
	}
	return state
}

func keptGAN(rng *rand.Rand) kept {
	c := gans()["text"]
	c.Spectral = true
	g := NewGAN(rng, c)
	return kept{g, func(p *tensor.Pass, b data.Pair) error {
		g.Step(p.Input(b.Image), p.Input(b.Text))
		return nil
	}, map[string]*optim.Optimizer{"G": g.OptG, "D": g.OptD}, nil}
}

func keptBy(model any, loss func(image, text *tensor.Tensor) *tensor.Tensor) kept {
	o := optim.New(layers.Params(model), optim.Adam{})
	return kept{model, func(p *tensor.Pass, b data.Pair) error {
		l := loss(p.Input(b.Image), p.Input(b.Text))
		o.Minimize(l)
		p.Log("loss", l)
		return nil
	}, map[string]*optim.Optimizer{"": o}, o}
}

// A training that is killed in the middle of an epoch goes on from its last checkpoint to the same bits as one that
// lived: of a GAN both halves, both optimizers and the average, of all models the random numbers and the logs. What a
// kill leaves is what lies in the folder then.
func TestResume(t *testing.T) {
	for name, build := range map[string]func(rng *rand.Rand) kept{
		"GAN": keptGAN,
		"autoencoder": func(rng *rand.Rand) kept {
			a := NewAutoencoder(rng, autoencoders()["everything"])
			return keptBy(a, func(image, _ *tensor.Tensor) *tensor.Tensor { return a.Loss(image) })
		},
		"joint autoencoder": func(rng *rand.Rand) kept {
			j := NewJointAutoencoder(rng, joints()["variational"])
			return keptBy(j, j.Loss)
		},
		"joint autoencoder with a critic": keptCriticised,
	} {
		t.Run(name, func(t *testing.T) { resume(t, build) })
	}
}

func resume(t *testing.T, build func(rng *rand.Rand) kept) {
	dev := open(t)
	const epochs = 3
	image, text := ganInputs(gans()["text"], 18)
	whole := build(newRand())
	want, err := whole.trainer(dev, image, text, t.TempDir()).Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	const kill, saved = 9, 8 // steps: in the second epoch of 5, one step after the last checkpoint
	dir, left := t.TempDir(), filepath.Join(t.TempDir(), "left")
	victim := build(newRand()).trainer(dev, image, text, dir)
	step, steps := victim.Step, 0
	dead := errors.New("dead")
	victim.Step = func(p *tensor.Pass, b data.Pair) error {
		if steps++; steps > kill {
			if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
				return err
			}
			return dead
		}
		return step(p, b)
	}
	if _, err := victim.Fit(context.Background(), epochs, 0); !errors.Is(err, dead) {
		t.Fatal(err)
	}
	resumed := build(rand.New(rand.NewPCG(9, 9))) // other weights, all of which the checkpoint replaces
	trainer := resumed.trainer(dev, image, text, left)
	steps = 0
	step, trainer.Step = trainer.Step, func(p *tensor.Pass, b data.Pair) error { steps++; return step(p, b) }
	got, err := trainer.Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	if steps != 3*5-saved {
		t.Errorf("%d steps after the resume, want %d", steps, 3*5-saved)
	}
	a, b := resumed.state(t), whole.state(t)
	for name := range b {
		if !slices.Equal(a[name].Floats(), b[name].Floats()) {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d arrays, want %d", len(a), len(b))
	}
	for i := range want {
		if got[i].Loss != want[i].Loss {
			t.Errorf("epoch %d: the loss is %v, want %v", i+1, got[i].Loss, want[i].Loss)
		}
		for name, v := range want[i].Values {
			if got[i].Values[name] != v {
				t.Errorf("epoch %d: %s is %v, want %v", i+1, name, got[i].Values[name], v)
			}
		}
	}
	if len(want) != epochs || len(want[0].Values) < 2 {
		t.Errorf("the history is %v", want)
	}
}

// captions are the built-in shapes with texts such as "red circle", as far as the questions about them tell.
func captions(t *testing.T, pictures int) (*data.Pairs, *data.Vocab) {
	t.Helper()
	pairs, _, vocab := data.Shapes(data.ShapesConfig{Train: pictures, Test: 1, Size: 16, Questions: 8})
	labels, texts := tensor.Values[int32](pairs.Labels), pairs.Texts
	var rows, ids []int32
	for i, label := range labels {
		answer := vocab.ID(pairs.Classes[label])
		for _, id := range tensor.Values[int32](texts.Slice(i, i+1)) {
			// "what colour is the circle?", "blue": the word of the question that is an answer elsewhere.
			word := slices.IndexFunc(pairs.Classes, func(c string) bool { return id > 1 && vocab.ID(c) == id })
			if word >= 8 && label >= 2 && label < 8 {
				rows, ids = append(rows, pairs.Rows[i]), append(ids, answer, id)
				break
			}
		}
	}
	if len(rows) < pictures/4 {
		t.Fatalf("%d of %d pictures have a caption", len(rows), pictures)
	}
	return &data.Pairs{Images: pairs.Images, Rows: rows, Texts: tensor.ArrayOf(ids, len(rows), 2)}, vocab
}

// A few steps on the built-in shapes: the halves learn, the logs are sound, and what is drawn depends on the text.
func TestGANLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	dev := open(t)
	pairs, vocab := captions(t, 200)
	g := NewGAN(newRand(), GANConfig{
		Image: ImageConfig{Height: 16, Width: 16, Channels: 3, Widths: []int{8, 16}}, Latent: 8,
		Text: TextConfig{Vocab: vocab.Len(), Embed: 8, Bag: true}, Features: 8,
	})
	rule := optim.Adam{LR: 2e-3, Beta1: 0.5}
	g.OptG, g.OptD = optim.New(layers.Params(g.Generator), rule), optim.New(layers.Params(g.Discriminator), rule)
	trainer := &train.Trainer[data.Pair]{
		Device: dev, Model: g,
		Step: func(p *tensor.Pass, b data.Pair) error {
			g.Step(p.Input(b.Image), p.Input(b.Text))
			return nil
		},
		Train: &data.Loader[data.Pair]{Source: pairs, BatchSize: 16, Shuffle: true, DropLast: true},
	}
	history, err := trainer.Fit(context.Background(), 15, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []map[string]float64
	for _, e := range history {
		values = append(values, e.Values)
	}
	if err := (GANLimits{}).Check(values, trainer.Train.Len()); err != nil {
		t.Error(err)
	}
	first, last := values[0], values[len(values)-1]
	if !(last["discriminator"] < first["discriminator"]) || !(last["accuracy"] > 0.5) {
		t.Errorf("the discriminator went from %v to %v", first, last)
	}
	draw := func(text string) []float32 {
		a, err := g.Sample(dev, 8, 4, vocab.EncodeAll([]string{text}, 2))
		if err != nil {
			t.Fatal(err)
		}
		return a.Floats()
	}
	red, again, blue := draw("red circle"), draw("red circle"), draw("blue square")
	if !slices.Equal(red, again) {
		t.Error("the same text and seed draw other images")
	}
	apart := float32(0)
	for i := range red {
		apart = max(apart, red[i]-blue[i], blue[i]-red[i])
	}
	if !(apart > 0.01) {
		t.Errorf("another text changes no pixel by more than %v", apart)
	}
}
