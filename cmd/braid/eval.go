package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/train"
)

type evalCommand struct {
	deviceFlag
	Model string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run."`
	Data  string `placeholder:"builtin|DIR" help:"Other data than the run's."`
	JSON  string `name:"json" type:"path" placeholder:"FILE" help:"Write the result here as well."`

	Samples int    `default:"2000" help:"Of a model that draws: measure so many pictures."`
	Drawn   string `type:"existingfile" placeholder:"FILE" help:"Of a model that draws: measure the pictures in this IDX file instead, which another program drew."`
}

// scores are measured on the test part.
type scores struct {
	Accuracy float64 `json:"accuracy"`
	F1       float64 `json:"f1_macro"`
	Loss     float64 `json:"loss"`
}

// test measures t's model on the test part of d.
func test(w *world, t *train.Trainer[data.Pair], d *dataset) (scores, *metrics.Confusion, error) {
	confusion := &metrics.Confusion{Classes: d.classes}
	kept := t.Metrics
	t.Metrics = []metrics.Metric{metrics.Accuracy(), metrics.F1(), confusion}
	defer func() { t.Metrics = kept }()
	e, err := t.Evaluate(w.ctx, &data.Loader[data.Pair]{Source: d.test, BatchSize: 256})
	if err != nil {
		return scores{}, nil, err
	}
	return scores{e.Values["accuracy"], e.Values["f1_macro"], e.Loss}, confusion, nil
}

// Run evaluates.
func (c *evalCommand) Run(w *world) error {
	if err := writable("--json", c.JSON); err != nil {
		return err
	}
	kind, _, err := kindOf(c.Model)
	if err != nil {
		return err
	}
	if kind != fusionKind {
		return c.evalDrawing(w, kind)
	}
	var o options
	if err := readOptions(c.Model, &o); err != nil {
		return err
	}
	if c.Data != "" {
		o.Data = c.Data
	}
	model, err := models.OpenFusion(filepath.Join(c.Model, modelFile))
	if err != nil {
		return fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	d, err := o.open()
	if err != nil {
		return err
	}
	if err := fits(model, d); err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	clock := stopwatch()
	test, confusion, err := test(w, o.trainer(dev, model, d), d)
	if err == context.Canceled {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	r := result{Test: test, effort: effort{Parameters: layers.Count(model), Seconds: clock()}, Options: o}
	r.SamplesPerSecond = float64(d.test.Len()) / r.Seconds
	var trained result
	if text, err := os.ReadFile(filepath.Join(c.Model, resultFile)); err == nil && json.Unmarshal(text, &trained) == nil {
		r.Epochs = trained.Epochs
	}
	fmt.Fprint(w.out, confusion.Report())
	fmt.Fprintf(w.out, "\ntest: accuracy %.4f, macro F1 %.4f, loss %.4f (%d samples, %.0f samples/s)\n",
		test.Accuracy, test.F1, test.Loss, d.test.Len(), r.SamplesPerSecond)
	if c.JSON != "" {
		return writeJSON(c.JSON, r)
	}
	return nil
}

// fits checks that a model can read other data than its own.
func fits(m *models.Fusion, d *dataset) error {
	if got, want := fmt.Sprint(d.classes), fmt.Sprint(m.Config.Classes); got != want {
		return fmt.Errorf("the data has the classes %s, the model was trained for %s", got, want)
	}
	if got, want := fmt.Sprint(d.vocab.Words), fmt.Sprint(m.Config.Words); got != want {
		return fmt.Errorf("the data has other words than the model was trained with (%d, %d)", d.vocab.Len(), len(m.Config.Words))
	}
	return nil
}
