package braidpeer

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// latencyJob answers single questions, for several callers at once.
type latencyJob struct {
	dev     *tensor.Device
	model   *models.Fusion
	callers int
	image   tensor.Array
	text    tensor.Array
}

func (p *Peer) latency(c wire.Case, pr tensor.Precision, in cases.Tensors) (wire.Job, error) {
	dev, err := p.open(pr)
	if err != nil {
		return nil, err
	}
	m := cases.NewFusion(rand.New(rand.NewPCG(1, 2)), cases.FusionWords)
	if err := layers.Restore(m, in.State("p.")); err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	return &latencyJob{dev, m, c.Sizes["callers"], in["image"], in["text"]}, nil
}

// answer gives the logits of rows i to j.
func (l *latencyJob) answer(i, j int) (logits tensor.Array, err error) {
	err = l.dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		logits = l.model.Forward(p.Input(l.image.Slice(i, j)), p.Input(l.text.Slice(i, j))).Array()
		return nil
	})
	return logits, err
}

func (l *latencyJob) Run() error {
	_, err := l.answer(0, 1)
	return err
}

// Time lets the callers share n questions.
func (l *latencyJob) Time(n int) (seconds float64, each []float64, value float64, err error) {
	each = make([]float64, n)
	errs := make([]error, l.callers)
	var wait sync.WaitGroup
	begin := time.Now()
	for caller := range l.callers {
		wait.Go(func() {
			for i := caller; i < n; i += l.callers {
				start, row := time.Now(), i%l.image.Shape()[0]
				if _, err := l.answer(row, row+1); err != nil {
					errs[caller] = err
					return
				}
				each[i] = time.Since(start).Seconds()
			}
		})
	}
	wait.Wait()
	return time.Since(begin).Seconds(), each, 0, errors.Join(errs...)
}

func (l *latencyJob) Outputs(path string) (map[string]float64, error) {
	logits, err := l.answer(0, l.image.Shape()[0])
	if err != nil {
		return nil, err
	}
	return save(path, cases.Tensors{"logits": logits})
}

func (l *latencyJob) Close() error { return l.dev.Close() }

// checkpointJob saves or loads a model's parameters.
type checkpointJob struct {
	model any
	dir   string
	load  bool
}

func (p *Peer) checkpoint(c wire.Case, in cases.Tensors) (wire.Job, error) {
	j := &checkpointJob{model: cases.NewModel("listing", rand.New(rand.NewPCG(1, 2))), load: c.Op == "load"}
	err := layers.Restore(j.model, in.State("p."))
	if err == nil {
		j.dir, err = os.MkdirTemp("", "bench")
	}
	if err != nil {
		return nil, err
	}
	return j, layers.Save(j.path(), j.model)
}

func (j *checkpointJob) path() string { return filepath.Join(j.dir, "model.safetensors") }

func (j *checkpointJob) Run() error {
	if j.load {
		return layers.Load(j.path(), j.model)
	}
	return layers.Save(j.path(), j.model)
}

// Outputs is what a file gives back.
func (j *checkpointJob) Outputs(path string) (map[string]float64, error) {
	if err := errors.Join(layers.Save(j.path(), j.model), layers.Load(j.path(), j.model)); err != nil {
		return nil, err
	}
	return save(path, layers.State(j.model))
}

func (j *checkpointJob) Close() error { return os.RemoveAll(j.dir) }
