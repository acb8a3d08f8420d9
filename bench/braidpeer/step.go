package braidpeer

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// stepJob is a training step as a user writes it: inputs from the host, a pass, an optimizer.
type stepJob struct {
	dev    *tensor.Device
	model  any
	first  map[string]tensor.Array
	opts   map[string]*optim.Optimizer // by the prefix of its parameters' names
	before map[string]map[string]tensor.Array
	beta1  float32
	step   func(p *tensor.Pass) []*tensor.Tensor // records a step, and returns its losses
}

func (p *Peer) open(pr tensor.Precision) (*tensor.Device, error) {
	return tensor.Open(&tensor.Options{Engine: p.device, Precision: pr})
}

func (p *Peer) training(c wire.Case, pr tensor.Precision, in cases.Tensors) (_ wire.Job, err error) {
	dev, err := p.open(pr)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, dev.Close())
		}
	}()
	j := &stepJob{dev: dev, model: cases.NewModel(c.Op, rand.New(rand.NewPCG(1, 2))), first: in.State("p."), beta1: 0.9,
		opts: map[string]*optim.Optimizer{}, before: map[string]map[string]tensor.Array{}}
	image, text, label := in["image"], in["text"], in["label"]
	switch m := j.model.(type) {
	case *models.Fusion:
		opt := optim.New(layers.Params(m), optim.Adam{})
		j.opts[""] = opt
		j.step = func(p *tensor.Pass) []*tensor.Tensor {
			loss := tensor.CrossEntropy(m.Forward(p.Input(image), p.Input(text)), p.Input(label))
			opt.Minimize(loss)
			return []*tensor.Tensor{loss}
		}
	case *models.Autoencoder:
		opt := optim.New(layers.Params(m), optim.Adam{})
		j.opts[""] = opt
		j.step = func(p *tensor.Pass) []*tensor.Tensor {
			loss := m.Loss(p.Input(image))
			opt.Minimize(loss)
			return []*tensor.Tensor{loss}
		}
	case *models.GAN:
		j.opts["generator."], j.opts["discriminator."], j.beta1 = m.OptG, m.OptD, 0.5
		j.step = func(p *tensor.Pass) []*tensor.Tensor {
			lossD, lossG := m.StepFrom(p.Input(in["z"]), p.Input(image), nil)
			return []*tensor.Tensor{lossD, lossG}
		}
	}
	for name, opt := range j.opts {
		if j.before[name], err = opt.Save(); err != nil {
			return nil, err
		}
	}
	return j, nil
}

func (j *stepJob) Run() error {
	return j.dev.Run(tensor.Training, func(p *tensor.Pass) error {
		j.step(p)
		return nil
	})
}

// Outputs takes three steps from the first parameters.
func (j *stepJob) Outputs(path string) (map[string]float64, error) {
	if err := layers.Restore(j.model, j.first); err != nil {
		return nil, err
	}
	for name, opt := range j.opts {
		if err := opt.Restore(j.before[name]); err != nil {
			return nil, err
		}
	}
	out := cases.Tensors{}
	var loss, later []float32
	for step := range 3 {
		err := j.dev.Run(tensor.Training, func(p *tensor.Pass) error {
			for _, l := range j.step(p) {
				if step == 0 {
					loss = append(loss, l.Item())
				} else {
					later = append(later, l.Item())
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if step == 0 {
			if err := j.gradients(out); err != nil {
				return nil, err
			}
		}
	}
	out["loss"], out["later"] = tensor.ArrayOf(loss, len(loss)), tensor.ArrayOf(later, len(later))
	return save(path, out)
}

// gradients adds those of the first step, which Adam's first moments are, times 1-β1.
func (j *stepJob) gradients(out cases.Tensors) error {
	for prefix, opt := range j.opts {
		state, err := opt.Save()
		if err != nil {
			return err
		}
		for name, m := range state {
			of, ok := strings.CutPrefix(name, "slot0.")
			if !ok {
				continue
			}
			g := make([]float32, m.Len())
			for i, v := range m.Floats() {
				g[i] = v / (1 - j.beta1)
			}
			out["grad."+prefix+of] = tensor.ArrayOf(g, m.Shape()...)
		}
	}
	if len(out) == 0 {
		return fmt.Errorf("the optimizers %v have no moments", maps.Keys(j.opts))
	}
	return nil
}

func (j *stepJob) Close() error { return j.dev.Close() }
