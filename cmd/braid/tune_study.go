package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
	"github.com/braidml/braid/tune"
)

// study is a search under way: how a trial is trained, and what its score is.
type study struct {
	base     *tuneOptions
	dev      *tensor.Device
	space    tune.Space
	data     *dataset
	shared   bool // every trial reads the same data
	metric   string
	maximize bool
}

// falls are the metrics that are better when they are lower.
var falls = []string{"loss", "mae", "mse", "rmse"}

// study opens the data and finds out what is measured.
func (o *tuneOptions) study(dev *tensor.Device) (*study, error) {
	s := &study{base: o, dev: dev, shared: o.Vectors == ""}
	var err error
	if s.space, err = o.space(); err != nil {
		return nil, err
	}
	for _, d := range s.space {
		s.shared = s.shared && !readsData(d.Name)
	}
	if s.data, err = o.openFitting(); err != nil {
		return nil, err
	}
	model, err := o.model(s.data)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, m := range o.objective(model, s.data).watched() {
		names = append(names, m.Name())
	}
	s.metric = o.Metric
	switch {
	case o.Metric == guess || o.Metric == "":
		s.metric = names[0]
	case o.Metric != "loss" && !slices.Contains(names, o.Metric):
		return nil, fmt.Errorf("--metric is %s, want loss, or one of: %s", o.Metric, strings.Join(names, ", "))
	}
	s.maximize = !slices.Contains(falls, s.metric)
	return s, nil
}

// first is the flags as they were given, if the search has room for them: what is found is then no worse.
func (o *tuneOptions) first(space tune.Space) []tune.Settings {
	settings := tune.Settings{}
	own := reflect.ValueOf(&o.options).Elem()
	for _, d := range space {
		field, _ := optionField(d.Name)
		settings[d.Name] = fmt.Sprint(own.FieldByIndex(field.Index).Interface())
		if !d.Values.Has(settings[d.Name]) {
			return nil
		}
	}
	return []tune.Settings{settings}
}

// openFitting opens the data that o names, and checks that the flags go with it.
func (o *options) openFitting() (*dataset, error) {
	d, err := o.open(nil)
	if err != nil {
		return nil, err
	}
	return d, o.fit(d)
}

// trainer is that of a trial, in its folder.
func (s *study) trainer(t *tune.Trial, o *options) (*train.Trainer[data.Pair], *models.Fusion, *dataset, error) {
	d := s.data
	if !s.shared {
		var err error
		if d, err = o.openFitting(); err != nil {
			return nil, nil, nil, err
		}
	}
	model, err := o.model(d)
	if err != nil {
		return nil, nil, nil, err
	}
	trainer, err := o.trainer(s.dev, model, d)
	if err != nil {
		return nil, nil, nil, err
	}
	trainer.Checkpoint = t.Folder()
	return trainer, model, d, nil
}

// try trains a trial up to an epoch: from the last checkpoint, to the bits of a run without a stop. Its rate follows the
// schedule of the whole training from the beginning, so that the best trial is what train fusion gives.
func (s *study) try(ctx context.Context, t *tune.Trial, epochs int) (scores []float64, err error) {
	o, err := s.options(t.Settings)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(t.Folder(), optionsFile)
	if _, err := os.Stat(path); err != nil { // a trial's folder is that of a run: train --resume goes on with it
		if err := writeJSON(path, o); err != nil {
			return nil, err
		}
	}
	trainer, _, _, err := s.trainer(t, o)
	if err != nil {
		return nil, err
	}
	history, err := trainer.Fit(ctx, epochs, 0)
	for _, e := range history {
		v := e.ValidLoss
		if s.metric != "loss" {
			v = e.Values[s.metric]
		}
		scores = append(scores, v)
	}
	return scores, err
}

// complete makes a whole run of a trial that was trained to the end: it is tested and saved.
func (s *study) complete(w *world, t *tune.Trial, o *options) error {
	trainer, model, d, err := s.trainer(t, o)
	if err != nil {
		return err
	}
	if _, err := trainer.Fit(w.ctx, o.Epochs, 0); err != nil { // reads the checkpoint
		return err
	}
	fmt.Fprintf(w.out, "the best is trial %d, a run of its own:\n", t.Number)
	return (&trainCommand{}).finish(w, &trainedRun{dir: t.Folder(), options: o, trainer: trainer, model: model, data: d})
}
