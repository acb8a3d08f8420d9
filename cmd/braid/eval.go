package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type evalCommand struct {
	deviceFlag
	Model string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run."`
	Data  string `placeholder:"builtin|DIR" help:"Other data than the run's."`
	JSON  string `name:"json" type:"path" placeholder:"FILE" help:"Write the result here as well."`

	HideImages float64 `placeholder:"SHARE" help:"Take the picture away from so many of the rows, to see how the model does without."`
	HideTexts  float64 `placeholder:"SHARE" help:"Take the text away from so many of the rows."`

	Samples int    `default:"2000" help:"Of a model that draws: measure so many pictures."`
	Drawn   string `type:"existingfile" placeholder:"FILE" help:"Of a model that draws: measure the pictures in this IDX file instead, which another program drew."`
	Rebuilt string `type:"existingfile" placeholder:"FILE" help:"Of an autoencoder: measure the pictures in this IDX file instead, which another program made of the test part, in its order."`
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
		o.Data, o.whole = c.Data, true
	}
	model, err := models.OpenFusion(filepath.Join(c.Model, modelFile))
	if err != nil {
		return fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	d, err := o.open(&model.Config)
	if err != nil {
		return err
	}
	if err := fits(model, d); err != nil {
		return err
	}
	if err := c.hide(w, &o, model, d); err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	clock := stopwatch()
	table := tableOf(model)
	t, err := o.trainer(dev, model, d)
	if err != nil {
		return err
	}
	test, err := o.test(w, t, model, d, table)
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
	fmt.Fprintf(w.out, "%s\ntest: %s (%d samples, %.0f samples/s)\n", table.Report(), o.objective(model, d).sentence(test), d.test.Len(), r.SamplesPerSecond)
	if c.JSON != "" {
		return writeJSON(c.JSON, r)
	}
	return nil
}

// hide takes inputs away from rows of the test part. A model that was not trained for that gets the mean picture of its
// training, and an empty text.
func (c *evalCommand) hide(w *world, o *options, m *models.Fusion, d *dataset) error {
	for _, f := range []struct {
		flag  string
		share float64
	}{{"--hide-images", c.HideImages}, {"--hide-texts", c.HideTexts}} {
		if !(f.share >= 0 && f.share <= 1) {
			return fmt.Errorf("%s is %g, want 0 to 1", f.flag, f.share)
		}
	}
	if c.HideTexts > 0 && d.vocab == nil {
		return errors.New("--hide-texts: the data have no texts")
	}
	var image, text tensor.Array
	if !m.Config.Missing && c.HideImages+c.HideTexts > 0 {
		fmt.Fprintln(w.out, "the model was trained without missing inputs: it gets the mean picture and an empty text instead")
		var b data.Pair
		err := d.test.Read(&b, []int{0}, nil)
		if err == nil {
			image, err = data.MeanImage(d.train)
		}
		if err != nil {
			return err
		}
		if !b.Text.Absent() {
			width := b.Text.Shape()[1]
			text = tensor.ArrayOf(make([]int32, width), width)
		}
	}
	if c.HideImages > 0 {
		d.test = data.HideImages(d.test, c.HideImages, image, o.Seed)
	}
	if c.HideTexts > 0 {
		d.test = data.HideTexts(d.test, c.HideTexts, text, o.Seed)
	}
	return nil
}

// fits checks that a model can read other data than its own.
func fits(m *models.Fusion, d *dataset) error {
	if n := d.lackImages + d.lackTexts; n > 0 && !m.Config.Missing {
		return fmt.Errorf("the data lack %d pictures and %d texts, and the model was trained with both for every sample: train it with --modality-dropout",
			d.lackImages, d.lackTexts)
	}
	if got, want := fmt.Sprint(d.classes), fmt.Sprint(m.Config.Classes); got != want {
		return fmt.Errorf("the data has the classes %s, the model was trained for %s", got, want)
	}
	var words []string
	if d.vocab != nil {
		words = d.vocab.Words
	}
	if !slices.Equal(words, m.Config.Words) {
		return fmt.Errorf("the data has other words than the model was trained with (%d, %d)", len(words), len(m.Config.Words))
	}
	return nil
}

// detailed is a metric with a table of classes, or of numbers.
type detailed interface {
	metrics.Metric
	Report() string
}

// tableOf is what a model of m's kind is looked at in detail by.
func tableOf(m *models.Fusion) detailed {
	switch names := m.Config.Classes; taskOf(&m.Config) {
	case regress:
		return &metrics.Fit{Columns: names}
	case multilabel:
		return &metrics.Labels{Classes: names}
	default:
		return &metrics.Confusion{Classes: names}
	}
}
