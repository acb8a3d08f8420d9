package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
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
	Out     string  `type:"path" placeholder:"DIR" help:"Folder of the run; a new one below runs/ if left out."`
	Resume  bool    `help:"Go on with the run in --out, to the same bits as if it had not been stopped."`
	JSON    string  `name:"json" type:"path" placeholder:"FILE" help:"Write the result here as well."`
}

// Run trains, evaluates and saves.
func (c *trainCommand) Run(w *world, set flags) error {
	o, err := c.plan(set)
	if err != nil {
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
			return stopped(w, dir, err)
		}
		fmt.Fprintln(w.out, e)
	}
	return c.finish(w, o, dir, t, model, d)
}

// plan is the options of the run. Nothing is written yet: what cannot begin leaves no folder.
func (c *trainCommand) plan(set flags) (o options, err error) {
	o = c.Options
	if err := errors.Join(o.check(), writable(c.JSON)); err != nil {
		return o, err
	}
	if o.Data != builtin { // a resume may come from elsewhere
		if o.Data, err = filepath.Abs(o.Data); err != nil {
			return o, err
		}
	}
	switch {
	case c.Resume && c.Out == "":
		return o, errors.New("--resume needs --out, the folder of the run to go on with")
	case c.Resume:
		return o.resumed(c.Out, set)
	case c.Out != "":
		if _, err := os.Stat(filepath.Join(c.Out, optionsFile)); err == nil {
			return o, fmt.Errorf("%s holds a run already: --resume goes on with it, another --out keeps it", c.Out)
		}
	}
	return o, nil
}

// folder is that of the run; a new one holds its options.
func (c *trainCommand) folder(o options) (dir string, err error) {
	if c.Resume {
		return c.Out, nil
	}
	dir = c.Out
	if dir == "" {
		dir = freeFolder("runs", "fusion")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, o.save(dir)
}

// freeFolder is parent/name, or parent/name-2 and so on where that is taken.
func freeFolder(parent, name string) string {
	dir := filepath.Join(parent, name)
	for i := 2; ; i++ {
		if _, err := os.Stat(dir); err != nil {
			return dir
		}
		dir = filepath.Join(parent, name+"-"+strconv.Itoa(i))
	}
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

// stopped says how to go on, where that is possible. A cancellation that comes with another error was not saved.
func stopped(w *world, dir string, err error) error {
	if err != context.Canceled {
		return err
	}
	fmt.Fprintf(w.err, "\nstopped and saved; go on with: braid train fusion --resume --out %s\n", dir)
	return errInterrupted
}

// result is what --json has.
type result struct {
	Test             scores  `json:"test"`
	SamplesPerSecond float64 `json:"samples_per_second"`
	Epochs           int     `json:"epochs"`
	Seconds          float64 `json:"seconds"`
	Parameters       int     `json:"parameters"`
	Steps            int     `json:"steps,omitempty"`
	Options          options `json:"options"`
}

// finish tests the model, saves it and says where it is.
func (c *trainCommand) finish(w *world, o options, dir string, t *train.Trainer[data.Pair], model *models.Fusion, d *dataset) error {
	test, _, err := test(w, t, d)
	if err != nil {
		return stopped(w, dir, err)
	}
	if err := model.Save(filepath.Join(dir, modelFile)); err != nil {
		return err
	}
	r := result{Test: test, Epochs: len(t.History()), Parameters: layers.Count(model), Steps: t.Steps(), Options: o}
	samples := 0
	var spent time.Duration
	for _, e := range t.History() {
		spent += e.Time
		samples += e.Samples
	}
	r.Seconds = spent.Seconds()
	r.SamplesPerSecond = float64(samples) / max(r.Seconds, 1e-9)
	for name, write := range map[string]func(io.Writer) error{historyCSV: t.History().WriteCSV, historyJSON: t.History().WriteJSON} {
		if err := atomicfile.Write(filepath.Join(dir, name), 0o644, write); err != nil {
			return err
		}
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
