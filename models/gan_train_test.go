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

// ganTrainer trains g on 18 images in batches of 4, and saves every 3 steps into dir.
func ganTrainer(dev *tensor.Device, g *GAN, dir string) *train.Trainer[data.Pair] {
	image, text := ganInputs(g.Config, 18)
	return &train.Trainer[data.Pair]{
		Device: dev, Model: g, Checkpoint: dir, EverySteps: 3, Every: -1, Seed: 5,
		Step: func(p *tensor.Pass, b data.Pair) error {
			g.Step(p.Input(b.Image), p.Input(b.Text))
			return nil
		},
		Train: &data.Loader[data.Pair]{Source: &data.Pairs{Images: image, Texts: text}, BatchSize: 4, Shuffle: true, Seed: 2},
	}
}

// ganState is everything that training changes.
func ganState(t *testing.T, g *GAN) map[string]tensor.Array {
	t.Helper()
	state := layers.State(g)
	for half, o := range map[string]*optim.Optimizer{"G": g.OptG, "D": g.OptD} {
		s, err := o.Save()
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range s {
			state["optimizer "+half+" "+name] = a
		}
	}
	return state
}

// A training that is killed in the middle of an epoch goes on from its last checkpoint to the same bits as one that
// lived: both halves, both optimizers, the average and the logs. What a kill leaves is what lies in the folder then.
func TestGANResume(t *testing.T) {
	dev := open(t)
	c := gans()["text"]
	c.Spectral = true
	const epochs = 3
	whole := NewGAN(newRand(), c)
	want, err := ganTrainer(dev, whole, t.TempDir()).Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	const kill, saved = 9, 8 // steps: in the second epoch of 5, one step after the last checkpoint
	dir, left := t.TempDir(), filepath.Join(t.TempDir(), "left")
	victim := ganTrainer(dev, NewGAN(newRand(), c), dir)
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
	g := NewGAN(rand.New(rand.NewPCG(9, 9)), c) // other weights, all of which the checkpoint replaces
	resumed := ganTrainer(dev, g, left)
	first := 0
	step, resumed.Step = resumed.Step, func(p *tensor.Pass, b data.Pair) error { first++; return step(p, b) }
	got, err := resumed.Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	if first != 3*5-saved {
		t.Errorf("%d steps after the resume, want %d", first, 3*5-saved)
	}
	a, b := ganState(t, g), ganState(t, whole)
	for name := range b {
		if !slices.Equal(a[name].Floats(), b[name].Floats()) {
			t.Errorf("%s differs", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d arrays, want %d", len(a), len(b))
	}
	for i := range want {
		for name, v := range want[i].Values {
			if got[i].Values[name] != v {
				t.Errorf("epoch %d: %s is %v, want %v", i+1, name, got[i].Values[name], v)
			}
		}
	}
	if len(want) != epochs || len(want[0].Values) != 4 {
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
	if err := (GANLimits{}).Check(values); err != nil {
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
