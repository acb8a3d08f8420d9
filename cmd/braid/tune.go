package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/tune"
)

type tuneCommand struct {
	deviceFlag
	Options tuneOptions `embed:""`
	Minutes float64     `placeholder:"N" help:"Begin nothing after so many minutes. Trials are then promoted as they come, and not when all have been tried (ASHA), so that there is a result."`
	Total   int         `name:"total-epochs" placeholder:"N" help:"Train no more epochs than that in all; promotes as --minutes does."`
	runFlags
}

const (
	tuneKind   = "tune"
	trialsCSV  = "trials.csv"
	trialsPlot = "trials.png"
)

// tuneOptions say what is searched. They are kept as run.json.
type tuneOptions struct {
	Model string `json:"model" kong:"-"` // the kind, for kindOf
	options
	Search string `json:"search" default:"lr=0.0003..0.03 decay=1e-6..0.01 dropout=0..0.5 merge=concat,multiply,gated features=32,64,128" placeholder:"SETTINGS" help:"What to search, any flags of train fusion: lr=0.001..0.1 (evenly in the logarithm if the ends differ tenfold), merge=add,multiply, \"widths=16,32|16,32,64\"; spaces between."`
	Trials int    `json:"trials" default:"18" help:"How many settings to try; the first one is the flags as they are given, if --search has them."`
	Factor int    `json:"factor" default:"3" help:"Successive halving: one trial of so many gets so many times the epochs; 1: all are trained to the end (random search)."`
	First  int    `json:"first" name:"first-epochs" default:"0" help:"Epochs that every trial gets; --epochs over the square of --factor if left out."`
	Metric string `json:"metric" default:"auto" help:"What is best, on the validation part: loss, or accuracy, f1_macro, r2 or whatever the task is measured by."`
	Async  bool   `json:"async,omitempty" kong:"-"` // with a limit; kept, because a search goes on as it began
}

func (o *tuneOptions) kind() string { return tuneKind }

func (o *tuneOptions) check() error {
	var wrong complaints
	expect := wrong.expect
	expect(o.Trials >= 1 && o.Trials <= most, "--trials is %d, want 1 to %d", o.Trials, most)
	expect(o.Factor >= 1 && o.Factor <= 100, "--factor is %d, want 1 to 100", o.Factor)
	expect(o.First >= 0 && o.First <= o.Epochs, "--first-epochs is %d, want 1 to --epochs, %d", o.First, o.Epochs)
	if err := o.options.check(); err != nil {
		wrong.expect(false, "%v", err)
	}
	if wrong == nil {
		if _, err := o.space(); err != nil {
			return err
		}
	}
	return wrong.err()
}

// tuned is what --json has.
type tuned struct {
	Metric  string      `json:"metric"`
	Best    *tune.Trial `json:"best"`
	Folder  string      `json:"folder"`
	Command string      `json:"command"`
	Trials  tune.Trials `json:"trials"` // the best first
}

// Run searches.
func (c *tuneCommand) Run(w *world, set flags) error {
	o := &c.Options
	o.Model, o.Async = tuneKind, c.Minutes > 0 || c.Total > 0
	if !(c.Minutes >= 0) || c.Minutes > 1e6 || c.Total < 0 {
		return fmt.Errorf("--minutes is %v and --total-epochs %d, want more than 0, or neither", c.Minutes, c.Total)
	}
	if err := c.plan(o, set); err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	s, err := o.study(dev)
	if err != nil {
		return err
	}
	dir, err := c.folder(o)
	if err != nil {
		return err
	}
	search := &tune.Search{
		Space: s.space, First: o.first(s.space), Trials: o.Trials, Min: o.First, Max: o.Epochs, Factor: o.Factor, Maximize: s.maximize, Seed: o.Seed,
		Folder: dir, Async: o.Async, Time: time.Duration(c.Minutes * float64(time.Minute)), Budget: c.Total, Try: s.try,
	}
	var rungs []string
	for _, epochs := range search.Rungs() {
		rungs = append(rungs, strconv.Itoa(epochs))
	}
	search.Report = func(t *tune.Trial) { fmt.Fprintln(w.out, s.line(t)) }
	fmt.Fprintf(w.out, "%d trials, of %s epochs; best is the %s %s on %d samples to validate\n",
		o.Trials, strings.Join(rungs, ", then "), map[bool]string{true: "highest", false: "lowest"}[s.maximize], s.metric, s.data.valid.Len())
	r, err := search.Run(w.ctx)
	if w.ctx.Err() != nil {
		fmt.Fprintf(w.err, "\nstopped and saved; go on with: braid tune --resume --out %s\n", dir)
		return errInterrupted
	}
	if err != nil {
		return err
	}
	return c.finish(w, s, r, dir)
}

// line is what is said of a trial when it has been tried.
func (s *study) line(t *tune.Trial) string {
	if t.State == tune.Failed {
		return fmt.Sprintf("trial %d failed: %s (%s)", t.Number, t.Error, s.space.String(t.Settings))
	}
	return fmt.Sprintf("trial %d, epoch %d of %d: %s %.4g (%.1f s; %s)", t.Number, len(t.Scores), s.base.Epochs, s.metric, t.Score(), t.Seconds, s.space.String(t.Settings))
}

// finish writes the tables and the plot, and makes a whole run of the best trial.
func (c *tuneCommand) finish(w *world, s *study, r *tune.Result, dir string) error {
	o := &c.Options
	best, err := s.options(r.Best.Settings)
	if err != nil {
		return err
	}
	command := shellLine("braid train fusion", named(flagsOf(best), r.Best.Settings))
	err = atomicfile.Write(filepath.Join(dir, trialsCSV), 0o644, func(f io.Writer) error { return r.WriteCSV(f, s.space, s.maximize) })
	if err == nil {
		err = atomicfile.Write(filepath.Join(dir, trialsPlot), 0o644, func(f io.Writer) error {
			return report.Trials(f, fmt.Sprintf("%d trials:", len(r.Trials)), s.metric, s.space, r)
		})
	}
	result := tuned{s.metric, r.Best, r.Best.Folder(), command, r.Trials.Ranked(s.maximize)}
	for _, path := range []string{filepath.Join(dir, resultFile), c.JSON} {
		if err == nil && path != "" {
			err = writeJSON(path, result)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "\n%s\n", r.Table(s.space, s.metric, s.maximize))
	if r.Cut {
		fmt.Fprintf(w.out, "the limit ended the search early; more: braid tune --resume --out %s with a higher limit\n", dir)
	}
	if r.Best.State != tune.Done {
		fmt.Fprintf(w.out, "the best trial was not trained to the end, %d epochs\n", o.Epochs)
	} else if err := s.complete(w, r.Best, best); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "tables and plot in %s; the best again:\n%s\n", dir, command)
	return nil
}
