package main

import (
	"fmt"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// trainedRun is a fusion model at the end of its training, with all that is known about it.
type trainedRun struct {
	dir     string // of the run
	options *options
	trainer *train.Trainer[data.Pair]
	model   *models.Fusion
	data    *dataset // data.test is what to measure on
	result  result
}

// finish tests the model, saves it and says where it is.
func (c *trainCommand) finish(w *world, r *trainedRun) error {
	o, d, dir := r.options, r.data, r.dir
	test, err := o.test(w, r.trainer, r.model, d)
	if err != nil {
		return stopped(w, o.kind(), dir, err)
	}
	if err := r.model.Save(filepath.Join(dir, modelFile)); err != nil {
		return err
	}
	r.result = result{test, effortOf(r.trainer, r.model), *o}
	if err := writeHistory(dir, r.trainer.History()); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, resultFile), r.result); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeJSON(c.JSON, r.result); err != nil {
			return err
		}
	}
	fmt.Fprintf(w.out, "test: %s (%d samples)\n", o.objective(r.model, d).sentence(test), d.test.Len())
	fmt.Fprintf(w.out, "trained %.1f s, %.0f samples/s; saved in %s\n", r.result.Seconds, r.result.SamplesPerSecond, dir)
	if c.Report {
		if err := r.report(w, dir, r.trainer.History(), 0); err != nil {
			return err
		}
	}
	text, err := r.example()
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "try: braid predict --model %s --image PICTURE%s\n", dir, text)
	return nil
}

// example is a flag with the first text of the test part: an example for people.
func (r *trainedRun) example() (string, error) {
	if r.data.vocab == nil {
		return "", nil
	}
	var b data.Pair
	if err := r.data.test.Read(&b, []int{0}, nil); err != nil {
		return "", err
	}
	return fmt.Sprintf(" --text %q", r.data.vocab.Decode(tensor.Values[int32](b.Text))), nil
}
