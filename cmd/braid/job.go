package main

import (
	"errors"
	"fmt"
	"image"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/interop/tensorboard"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/train"
)

// job is the training of a model that draws.
type job struct {
	options settings
	shared  *pictureOptions // of options
	gallery *gallery
	trainer *train.Trainer[data.Pair]

	draw    func() (image.Image, error)             // a sheet of what the model draws now, always from the same noise
	failed  func(err error) error                   // what became of the model, by its history and what ended its training, if that is no success
	measure func() (map[string]float64, error)      // on the test part
	save    func(path string) error                 // the model
	curves  func(dir string, h train.History) error // pictures of the history
	report  func(w *world, test map[string]float64) // the last words
	dir     string
	events  *tensorboard.Writer // nil if nobody asked
}

// outcome is result.json of a model that draws.
type outcome struct {
	Test figures `json:"test"` // null: not finite
	effort
	Failure string   `json:"failure,omitempty"`
	Options settings `json:"options"`
}

// run trains, with a sheet after every epoch, and finishes.
func (j *job) run(w *world, f *runFlags) error {
	var err error
	if j.dir, err = f.folder(j.options); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(j.dir, sheetFolder), 0o755); err != nil {
		return err
	}
	t := j.trainer
	t.Checkpoint = j.dir
	if j.events, err = f.events(); err != nil {
		return err
	}
	if j.events != nil {
		defer j.events.Close() // every epoch is flushed
		t.Record = j.events
	}
	if w.terminal {
		t.Progress = train.Bar(w.err)
	}
	g := j.gallery
	fmt.Fprintf(w.out, "%d pictures of %dx%dx%d to train on, %d to test\n", g.train.Len(), g.height, g.width, g.channels, g.test.Len())
	err = j.epochs(w)
	if failure := j.failed(err); failure != nil {
		return j.fail(f, failure)
	}
	if err != nil {
		return stopped(w, j.options.kind(), j.dir, err)
	}
	return j.finish(w, f)
}

func (j *job) epochs(w *world) error {
	for e, err := range j.trainer.Epochs(w.ctx, j.shared.Epochs) {
		if err != nil {
			return err
		}
		fmt.Fprintln(w.out, e)
		if err := j.sheet(e.Number); err != nil {
			return err
		}
		if j.failed(nil) != nil {
			break
		}
	}
	return nil
}

// sheet draws what the model draws after an epoch.
func (j *job) sheet(epoch int) error {
	m, err := j.draw()
	if err == nil {
		err = writePNG(sheetPath(j.dir, epoch), m)
	}
	if err == nil && j.events != nil {
		err = errors.Join(j.events.Image("samples", j.trainer.Steps(), m), j.events.Flush())
	}
	return err
}

// fail leaves the curves, which show what happened, and no model.
func (j *job) fail(f *runFlags, failure error) error {
	h := j.trainer.History()
	r := outcome{effort: effortOf(j.trainer, j.trainer.Model), Failure: failure.Error(), Options: j.options}
	if err := j.result(f, h, r); err != nil {
		return err
	}
	if len(h) > 0 {
		if err := j.curves(j.dir, h); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w; there is no model; the history is in %s", failure, j.dir)
}

func (j *job) result(f *runFlags, h train.History, r outcome) error {
	if err := writeHistory(j.dir, h); err != nil {
		return err
	}
	for _, path := range []string{filepath.Join(j.dir, resultFile), f.JSON} {
		if path == "" {
			continue
		}
		if err := writeJSON(path, r); err != nil {
			return err
		}
	}
	return nil
}

// finish measures the model, saves it and draws how it came about.
func (j *job) finish(w *world, f *runFlags) error {
	test, err := j.measure()
	if err != nil {
		return err
	}
	h := j.trainer.History()
	if err := j.save(filepath.Join(j.dir, modelFile)); err != nil {
		return err
	}
	if err := j.curves(j.dir, h); err != nil {
		return err
	}
	if _, err := os.Stat(sheetPath(j.dir, len(h))); errors.Is(err, fs.ErrNotExist) { // a kill came between the epoch and its sheet
		if err := j.sheet(len(h)); err != nil {
			return err
		}
	}
	strip, err := growth(j.dir, len(h), j.gallery.height, j.gallery.width)
	if err == nil {
		err = writePNG(filepath.Join(j.dir, growthFile), strip)
	}
	if err != nil {
		return err
	}
	r := outcome{Test: test, effort: effortOf(j.trainer, j.trainer.Model), Options: j.options}
	if err := j.result(f, h, r); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "trained %.1f s, %.0f pictures/s; saved in %s (look at %s)\n", r.Seconds, r.SamplesPerSecond, j.dir, growthFile)
	j.report(w, test)
	return nil
}

// writeCurves draws values of a history by name.
func writeCurves(path, title string, h train.History, names ...string) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error { return report.History(w, title, h, names...) })
}
