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
}

// Run trains, evaluates and saves.
func (c *trainCommand) Run(w *world, set flags) error {
	o := &c.Options
	if err := c.plan(o, set); err != nil {
		return err
	}
	d, err := o.open()
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	model := o.model(d)
	t := o.trainer(dev, model, d)
	dir, err := c.folder(o)
	if err != nil {
		return err
	}
	t.Checkpoint = dir
	if w.terminal {
		t.Progress = train.Bar(w.err)
	}
	fmt.Fprintf(w.out, "%s, %d parameters, %s text, %s merge, on %v\n", o.Data, layers.Count(model), o.TextEncoder, o.Merge, dev)
	fmt.Fprintf(w.out, "%d samples to train on, %d to validate, %d to test, %d classes, %d words\n", d.train.Len(), d.valid.Len(), d.test.Len(), len(d.classes), d.vocab.Len())
	for e, err := range t.Epochs(w.ctx, o.Epochs) {
		if err != nil {
			return stopped(w, o.kind(), dir, err)
		}
		fmt.Fprintln(w.out, e)
	}
	return c.finish(w, o, dir, t, model, d)
}

// trainer has the recipe: AdamW with a one-cycle rate.
func (o *options) trainer(dev *tensor.Device, model *models.Fusion, d *dataset) *train.Trainer[data.Pair] {
	loader := &data.Loader[data.Pair]{Source: d.train, BatchSize: o.Batch, Shuffle: true, Seed: o.Seed}
	opt := optim.New(layers.Params(model), optim.Adam{WeightDecay: o.Decay})
	opt.Schedule = optim.OneCycle(o.LR, o.Epochs*loader.Len())
	opt.Unused = o.Only != "both"
	return &train.Trainer[data.Pair]{
		Device: dev,
		Model:  model,
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			image, text := p.Input(b.Image), p.Input(b.Text)
			switch o.Only {
			case "image":
				text = nil
			case "text":
				image = nil
			}
			return model.Forward(image, text), p.Input(b.Label)
		},
		Loss:      tensor.CrossEntropy,
		Optimizer: opt,
		Train:     loader,
		Valid:     &data.Loader[data.Pair]{Source: d.valid, BatchSize: 256},
		Metrics:   []metrics.Metric{metrics.Accuracy()},
		Seed:      o.Seed,
	}
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

// finish tests the model, saves it and says where it is.
func (c *trainCommand) finish(w *world, o *options, dir string, t *train.Trainer[data.Pair], model *models.Fusion, d *dataset) error {
	test, _, err := test(w, t, d)
	if err != nil {
		return stopped(w, o.kind(), dir, err)
	}
	if err := model.Save(filepath.Join(dir, modelFile)); err != nil {
		return err
	}
	r := result{test, effortOf(t, model), *o}
	if err := writeHistory(dir, t.History()); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, resultFile), r); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeJSON(c.JSON, r); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.out, "test: accuracy %.4f, macro F1 %.4f, loss %.4f (%d samples)\n", test.Accuracy, test.F1, test.Loss, d.test.Len())
	fmt.Fprintf(w.out, "trained %.1f s, %.0f samples/s; saved in %s\n", r.Seconds, r.SamplesPerSecond, dir)
	fmt.Fprintf(w.out, "try: braid predict --model %s --image PICTURE --text %q\n", dir, d.vocab.Decode(firstText(d)))
	return nil
}
