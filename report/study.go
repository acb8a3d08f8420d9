package report

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// Task is what a model does.
type Task int

const (
	Classification Task = iota // one class of several: output [n, classes], or [n] or [n, 1] for two; labels [n] Int32
	MultiLabel                 // any number of labels: output and labels [n, labels], labels 0 or 1
	Regression                 // numbers: output and labels [n] or [n, d]
)

// Study is a trained model with the data it is judged on, and what a report says about both. Forward and Test must be set.
//
//	r, err := (&report.Study{Model: model, Forward: trainer.Forward, Loss: trainer.Loss, Test: test, Train: train,
//		Classes: classes, Words: vocab.Words, History: trainer.History()}).Report(ctx)
//	…
//	err = r.Save("runs/fusion")
type Study struct {
	Device  *tensor.Device                                                    // nil: tensor.Open(nil)
	Model   any                                                               // whose layers are listed; nil: none are
	Forward func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) // as in train.Trainer: logits, or the values of a regression
	Loss    func(output, target *tensor.Tensor) *tensor.Tensor                // nil: it is not shown
	Task    Task

	Test         data.Source[data.Pair]
	Train, Valid data.Source[data.Pair] // for the counts, and Train for the baseline; nil: not there
	Classes      []string               // names of classes, labels or numbers; nil: they are numbered
	Words        []string               // of the vocabulary, by number, to show texts that are tokens
	Text         func(row int) string   // of a row of Test as people read it; nil: its words
	Missing      bool                   // the model was trained with missing inputs: Forward heeds Pair.Has

	History  train.History
	Title    string    // "": "Training report"
	Command  string    // that makes this model again
	Facts    []Fact    // seed, options, …; versions and device are added
	Mistakes int       // how many wrong predictions are shown; 0: 24
	Seed     uint64    // of the shuffled rows
	Time     time.Time // of the report; zero: now
}

// Fact is a line of a table: a name and what it is.
type Fact struct{ Name, Value string }

// batchSize is rows of an evaluation at a time.
const batchSize = 256

// Report measures the model. It evaluates Test at most six times; nothing is trained.
func (s *Study) Report(ctx context.Context) (*Report, error) {
	r, err := s.report(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return r, err
}

func (s *Study) report(ctx context.Context) (*Report, error) {
	switch {
	case s.Forward == nil:
		return nil, fmt.Errorf("the study has no Forward")
	case s.Test == nil || s.Test.Len() == 0:
		return nil, fmt.Errorf("the study has no rows to test on")
	case s.Task < Classification || s.Task > Regression:
		return nil, fmt.Errorf("the task is %d, expected Classification, MultiLabel or Regression", s.Task)
	case s.Mistakes < 0:
		return nil, fmt.Errorf("the study's Mistakes is %d, expected at least 1, or 0 for 24", s.Mistakes)
	}
	j := &judge{Study: *s}
	if j.Device == nil {
		var err error
		if j.Device, err = tensor.Open(nil); err != nil {
			return nil, err
		}
		defer j.Device.Close()
	}
	r := &Report{
		Title: s.Title, Command: s.Command, Task: s.Task, History: s.History, Time: s.Time, Seed: s.Seed,
	}
	if r.Title == "" {
		r.Title = "Training report"
	}
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r.Facts = append(append(r.Facts, s.Facts...), versions(j.Device)...)
	for _, step := range []func(context.Context, *Report) error{
		j.evaluate, j.describe, j.ablate, j.summarize, j.showMistakes,
	} {
		if err := step(ctx, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// judge is a study under way.
type judge struct {
	Study
	said    *collector        // in the untouched test part
	trained *data.Description // of the rows to train on, or of the test part where there are none
}

// named is n names of outputs: those that there are, then numbers.
func named(names []string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strconv.Itoa(i)
		if i < len(names) {
			all[i] = names[i]
		}
	}
	return all
}
