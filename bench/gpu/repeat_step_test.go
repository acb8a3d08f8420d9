//go:build linux && cgo && !cpu

package gpu

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// model is something to train a step of: its loss on fixed data, and everything else that a step changes.
type model struct {
	name string
	of   any
	opt  *optim.Optimizer
	loss func(p *tensor.Pass) *tensor.Tensor
}

// listing is the model of the Keras listing for images of a given side, on data that lies on the device.
func listing(rng *rand.Rand, side, text, batch int) model {
	m := models.NewListing(rng, side, side, 3, text, 10)
	images, texts := resident(rng, batch, side, side, 3), resident(rng, batch, text)
	labels := below(10)(rng, []int{batch})
	return model{"listing", m, optim.New(layers.Params(m), optim.Adam{}), func(p *tensor.Pass) *tensor.Tensor {
		return tensor.CrossEntropy(m.Forward(p.Use(images), p.Use(texts)), p.Input(labels))
	}}
}

func resident(rng *rand.Rand, shape ...int) *tensor.Tensor {
	return tensor.NewParam(reals(rng, shape).Floats(), shape...).Freeze()
}

// fusion has what the listing lacks: batch normalisation, an embedding, a recurrence, dropout, clipped gradients.
func fusion(rng *rand.Rand, side, batch int) model {
	m := models.NewFusion(rng, models.FusionConfig{
		Image: models.ImageConfig{Height: side, Width: side, Dropout: .1}, Text: models.TextConfig{Vocab: 50},
		Dropout: .2, Drop: .1, Outputs: 10,
	})
	opt := optim.New(layers.Params(m), optim.Adam{WeightDecay: 1e-4})
	opt.ClipNorm = 1
	images, tokens, labels := reals(rng, []int{batch, side, side, 3}), below(50)(rng, []int{batch, 12}), below(10)(rng, []int{batch})
	return model{"fusion", m, opt, func(p *tensor.Pass) *tensor.Tensor {
		return tensor.CrossEntropy(m.Forward(p.Input(images), p.Input(tokens)), p.Input(labels))
	}}
}

// step trains one step with the same random numbers each time, and gives the loss.
func (m *model) step(dev *tensor.Device) (loss float32, err error) {
	err = dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(3, 4)
		l := m.loss(p)
		m.opt.Minimize(l)
		loss = l.Item()
		return nil
	})
	return loss, err
}

// state is all that a step changes.
func (m *model) state() (parameters, moments map[string]tensor.Array, err error) {
	moments, err = m.opt.Save()
	return layers.State(m.of), moments, err
}

// repeat trains the same step from the same state again and again.
func (m *model) repeat(dev *tensor.Device, times int) error {
	if _, err := m.step(dev); err != nil { // moments that are not zero
		return err
	}
	parameters, moments, err := m.state()
	if err != nil {
		return err
	}
	var want map[string]tensor.Array
	for k := range times {
		if err := layers.Restore(m.of, parameters); err != nil {
			return err
		}
		if err := m.opt.Restore(moments); err != nil {
			return err
		}
		loss, err := m.step(dev)
		if err != nil {
			return err
		}
		now, slots, err := m.state()
		if err != nil {
			return err
		}
		maps.Copy(now, slots)
		now["the loss"] = tensor.ArrayOf([]float32{loss}, 1)
		if want == nil {
			want = now
		}
		if err := same(now, want); err != nil {
			return fmt.Errorf("%s: step %d differs from the first: %w", m.name, k+1, err)
		}
	}
	return nil
}

func same(got, want map[string]tensor.Array) error {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		g, w := got[name].Float64s(), want[name].Float64s()
		if i := slices.IndexFunc(w, func(x float64) bool { return x != x }); i >= 0 {
			return fmt.Errorf("%s: element %d is NaN", name, i)
		}
		if !slices.Equal(g, w) {
			return fmt.Errorf("%s has other values", name)
		}
	}
	return nil
}

func TestRepeatStep(t *testing.T) {
	side, batch := 12, 4
	if *full {
		side, batch = 64, 32
	}
	for p, what := range []string{"fp32", "tf32", "bf16"} {
		dev := open(t, tensor.Options{Precision: tensor.Precision(p)})
		rng := rand.New(rand.NewPCG(1, 2))
		stop := contend(t, dev)
		for _, m := range []model{listing(rng, side, 100, batch), fusion(rng, side, batch)} {
			before := dev.Stats().Replays
			if err := m.repeat(dev, repeats()); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if dev.Stats().Replays == before {
				t.Errorf("%s, %s: no step was replayed from its plan", what, m.name)
			}
		}
		stop()
	}
}
