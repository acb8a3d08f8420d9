package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

type trainCommand struct {
	deviceFlag
	Options options `embed:""`
	runFlags
	Folds  int  `placeholder:"K" help:"Cross-validation: train K times on your own data, each time with another K-th to test on."`
	Report bool `help:"Write report.html with its pictures into the folder of the run."`
}

// Run trains, evaluates and saves.
func (c *trainCommand) Run(w *world, set flags) error {
	o := &c.Options
	if c.Folds != 0 {
		return c.crossValidate(w, set)
	}
	if err := c.plan(o, set); err != nil {
		return err
	}
	d, err := o.open(nil)
	if err != nil {
		return err
	}
	if err := o.fit(d); err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	model, err := o.model(d)
	if err != nil {
		return err
	}
	t, err := o.trainer(dev, model, d)
	if err != nil {
		return err
	}
	dir, err := c.folder(o)
	if err != nil {
		return err
	}
	t.Checkpoint = dir
	events, err := c.events()
	if err != nil {
		return err
	}
	if events != nil {
		defer events.Close() // every epoch is flushed
		t.Record = events
	}
	if w.terminal {
		t.Progress = train.Bar(w.err)
	}
	d.describe(w, o, model, dev)
	for e, err := range t.Epochs(w.ctx, o.Epochs) {
		if err != nil {
			return stopped(w, o.kind(), dir, err)
		}
		fmt.Fprintln(w.out, e)
	}
	return c.finish(w, &trainedRun{dir: dir, options: o, trainer: t, model: model, data: d})
}

// describe says what is trained on what.
func (d *dataset) describe(w *world, o *options, model *models.Fusion, dev *tensor.Device) {
	for _, line := range d.about {
		fmt.Fprintln(w.out, line)
	}
	listBad(w.out, d.bad())
	reads := o.TextEncoder + " text, " + o.Merge.String() + " merge"
	if o.only(d) == onlyImage {
		reads = "image only"
	}
	fmt.Fprintf(w.out, "%s, %d parameters, %s, on %v\n", o.Data, layers.Count(model), reads, dev)
	outputs := fmt.Sprintf("%d classes", len(d.classes))
	switch {
	case d.task == multilabel:
		outputs = fmt.Sprintf("%d labels", len(d.classes))
	case d.task == regress:
		outputs = fmt.Sprintf("%d numbers to predict", len(d.classes))
		if len(d.classes) == 1 {
			outputs = "1 number to predict"
		}
	}
	words := "no words"
	if d.vocab != nil {
		words = fmt.Sprintf("%d words", d.vocab.Len())
	}
	fmt.Fprintf(w.out, "%d samples to train on, %d to validate, %d to test, %s, %s\n", d.train.Len(), d.valid.Len(), d.test.Len(), outputs, words)
	if d.lackImages+d.lackTexts > 0 {
		fmt.Fprintf(w.out, "%d samples have no picture, %d no text\n", d.lackImages, d.lackTexts)
	}
}

// trainer has the recipe: AdamW with a one-cycle rate.
func (o *options) trainer(dev *tensor.Device, model *models.Fusion, d *dataset) (*train.Trainer[data.Pair], error) {
	augment, err := o.Augment.of(d.size)
	if err != nil {
		return nil, err
	}
	loader := &data.Loader[data.Pair]{Source: d.train, BatchSize: o.Batch, Shuffle: true, Seed: o.Seed}
	if augment != nil {
		loader.Source = data.Augmented(d.train, augment)
	}
	if o.Balanced {
		loader.Sampler = data.Balanced(tensor.Values[int32](d.targets))
	}
	opt := optim.New(layers.Params(model), optim.Adam{WeightDecay: o.Decay})
	opt.Schedule = optim.OneCycle(o.LR, o.Epochs*loader.Len())
	only := o.only(d)
	opt.Unused = only != both
	goal := o.objective(model, d)
	return &train.Trainer[data.Pair]{
		Device: dev,
		Model:  model,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			image, text := p.Input(b.Image), p.Input(b.Text)
			switch only {
			case onlyImage:
				text = nil
			case onlyText:
				image = nil
			}
			return model.ForwardHas(image, text, p.Input(b.Has)), p.Input(b.Label)
		},
		Loss:      goal.loss,
		Optimizer: opt,
		Train:     loader,
		Valid:     &data.Loader[data.Pair]{Source: d.valid, BatchSize: 256},
		Metrics:   goal.watched(),
		Seed:      o.Seed,
	}, nil
}

// test measures t's model on the test part of d, and shows it to the other metrics.
func (o *options) test(w *world, t *train.Trainer[data.Pair], model *models.Fusion, d *dataset, others ...metrics.Metric) (scores, error) {
	kept := t.Metrics
	defer func() { t.Metrics = kept }()
	t.Metrics = append(o.objective(model, d).tested(), others...)
	e, err := t.Evaluate(w.ctx, &data.Loader[data.Pair]{Source: d.test, BatchSize: 256})
	if err != nil {
		return nil, err
	}
	s := scores{"loss": e.Loss}
	for _, m := range t.Metrics[:len(t.Metrics)-len(others)] {
		s[m.Name()] = e.Values[m.Name()]
	}
	for name, v := range s {
		if v != v {
			delete(s, name)
		}
	}
	return s, nil
}

// result is what --json has.
type result struct {
	Test scores `json:"test"`
	effort
	Options options `json:"options"`
}

// effort is what a training, or an evaluation, took.
type effort struct {
	SamplesPerSecond float64 `json:"samples_per_second"`
	Epochs           int     `json:"epochs"`
	Seconds          float64 `json:"seconds"`
	Parameters       int     `json:"parameters"`
	Steps            int     `json:"steps,omitempty"`
}

// effortOf is what t spent on training model.
func effortOf(t *train.Trainer[data.Pair], model any) effort {
	e := effort{Epochs: len(t.History()), Parameters: layers.Count(model), Steps: t.Steps()}
	samples := 0
	var spent time.Duration
	for _, epoch := range t.History() {
		spent += epoch.Time
		samples += epoch.Samples
	}
	e.Seconds = spent.Seconds()
	e.SamplesPerSecond = float64(samples) / max(e.Seconds, 1e-9)
	return e
}

// writeHistory leaves t's history in the folder of the run.
func writeHistory(dir string, h train.History) error {
	for name, write := range map[string]func(io.Writer) error{historyCSV: h.WriteCSV, historyJSON: h.WriteJSON} {
		if err := atomicfile.Write(filepath.Join(dir, name), 0o644, write); err != nil {
			return err
		}
	}
	return nil
}
