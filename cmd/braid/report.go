package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/train"
)

type reportCommand struct {
	deviceFlag
	Model    string `required:"" type:"existingdir" placeholder:"DIR" help:"Folder of a run of train fusion that has ended."`
	Data     string `placeholder:"builtin|DIR|FILE" help:"Other data than the run's."`
	Out      string `type:"path" placeholder:"DIR" help:"Folder for the report; that of the run if left out."`
	Mistakes int    `default:"24" help:"How many wrong predictions to show."`
}

// Run writes the report of a run.
func (c *reportCommand) Run(w *world) error {
	if c.Mistakes < 1 {
		return fmt.Errorf("--mistakes is %d, want at least 1", c.Mistakes)
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
		return fmt.Errorf("%w (a report is of a run that has ended)", err)
	}
	d, err := o.open(&model.Config)
	if err != nil {
		return err
	}
	if err := fits(model, d); err != nil {
		return err
	}
	history, err := readHistory(c.Model)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	t, err := o.trainer(dev, model, d)
	if err != nil {
		return err
	}
	dir := c.Out
	if dir == "" {
		dir = c.Model
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return (&trainedRun{options: &o, trainer: t, model: model, data: d}).report(w, dir, history, c.Mistakes)
}

var tasks = map[string]report.Task{classify: report.Classification, multilabel: report.MultiLabel, regress: report.Regression}

// report writes the report of a model into dir.
func (r *trainedRun) report(w *world, dir string, h train.History, mistakes int) error {
	o, d := r.options, r.data
	s := &report.Study{
		Device: r.trainer.Device, Model: r.model, Forward: r.trainer.Forward, Loss: r.trainer.Loss, Task: tasks[d.task],
		Train: d.train, Valid: d.valid, Test: d.test, Classes: d.classes, Text: d.testText,
		Missing: r.model.Config.Drop > 0 || d.lackImages+d.lackTexts > 0,
		History: h, Title: "Fusion of image and text: " + filepath.Base(o.Data),
		Command: commandLine("braid train "+o.kind(), o), Facts: facts(o, h),
		Mistakes: mistakes, Seed: o.Seed,
	}
	if d.vocab != nil {
		s.Words = d.vocab.Words
	}
	found, err := s.Report(w.ctx)
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	files, err := found.Save(dir)
	if err != nil {
		return err
	}
	for i, name := range files {
		files[i] = filepath.Join(dir, name)
	}
	fmt.Fprintf(w.out, "report: %s\n", strings.Join(files, ", "))
	return nil
}

// readHistory reads that of the run in dir. A run that did not leave one has none.
func readHistory(dir string) (h train.History, err error) {
	path := filepath.Join(dir, historyJSON)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		if err = json.Unmarshal(text, &h); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	return h, err
}
