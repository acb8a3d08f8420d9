package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/ceiling"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/runner"
)

type runCommand struct {
	Cases     []string `help:"Names of cases, or how they begin; * is any text. All by default." placeholder:"NAME"`
	Peers     []string `help:"Libraries beside braid, by name; * is any text, none is braid alone. All by default." placeholder:"NAME"`
	Threads   int      `help:"Threads of each library; 0 is all cores." default:"0"`
	Device    string   `help:"cpu or cuda; what this build computes on by default." enum:",cpu,cuda" default:""`
	Precision []string `help:"fp32, tf32, bf16, or several." enum:"fp32,tf32,bf16" default:"fp32"`
	ISA       string   `name:"isa" help:"avx2: let none use wider instructions, as on an older x86 (onnxruntime and JAX's products cannot be told)." enum:",avx2" default:""`
	Quick     bool     `help:"Few cases and short samples."`
	JSON      string   `help:"Write the results here, and go on from what is there." placeholder:"FILE" type:"path"`
	Markdown  string   `help:"Write a table as Markdown." placeholder:"FILE" type:"path"`
	Plot      string   `help:"Draw the times as bars (PNG or SVG)." placeholder:"FILE" type:"path"`
	Gobench   string   `help:"Write lines for benchstat -col /lib." placeholder:"FILE" type:"path"`
	Samples   int      `help:"Samples of each row." default:"12"`
	Venv      string   `help:"Where the Python libraries are; .venv/bench by default." placeholder:"DIR" type:"path"`
}

// plan is how long to measure.
func (c *runCommand) plan(o *runner.Options) error {
	const fewest = 10 // below that the interval of a median says little
	if c.Samples < fewest {
		return fmt.Errorf("bench: --samples %d: at least %d are expected", c.Samples, fewest)
	}
	o.Samples, o.Sample, o.Warm, o.Row, o.Limit = c.Samples, 60*time.Millisecond, 4*time.Second, 2*time.Minute, time.Minute
	if c.Quick {
		o.Samples, o.Sample, o.Warm, o.Row = fewest, 10*time.Millisecond, 500*time.Millisecond, 5*time.Second
	}
	return nil
}

func (c *runCommand) Run(w *world) (err error) {
	if c.Device == "" {
		c.Device = defaultDevice
	}
	if c.ISA != "" {
		for name, value := range narrow {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	if c.Threads == 0 {
		c.Threads = runtime.NumCPU()
	}
	var all []cases.Case
	for _, p := range c.Precision {
		all = append(all, cases.All(p)...)
	}
	if root, err := moduleRoot(); err == nil && slices.Contains(c.Precision, "fp32") {
		if dir := cases.DataFolder(root); dir != "" {
			all = append(all, cases.Accuracy(filepath.Join(dir, "easy-vqa")))
		} else {
			fmt.Fprintln(w.err, "no easy-VQA: set BRAID_DATA to the folder of its folder easy-vqa, to time trainings on it")
		}
	}
	if all, err = cases.Select(all, c.Cases, c.Quick); err != nil {
		return err
	}
	o := runner.Options{Device: c.Device, Threads: c.Threads, Memory: free(), Say: w.say}
	if err := c.plan(&o); err != nil {
		return err
	}
	peers, err := c.find(w)
	if err != nil {
		return err
	}
	if o.Folder, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Folder)) }()
	f, err := c.begin(w, &all)
	if err != nil {
		return err
	}
	working := map[string]float64{}
	for _, one := range all {
		working[one.Name] = one.Bytes * float64(one.Sets)
	}
	bind := func(rows []results.Row) {
		for i := range rows {
			if size, ok := working[rows[i].Case]; ok {
				ceiling.Bind(&rows[i], f.Ceilings, size)
			}
		}
	}
	described, err := runner.Run(w.ctx, o, peers, all, func(rows []results.Row) error {
		bind(rows)
		f.Rows = append(f.Rows, rows...)
		w.say("")
		return errors.Join(results.Text(w.out, rows), c.save(f))
	})
	w.say("")
	f.Peers = described
	f.Environment.Load += " to " + load()
	if err == nil { // what the machine could not do before it may have done since
		if c.Device == "cpu" {
			f.Ceilings = ceiling.Best(f.Ceilings, ceiling.Measure(c.Threads, c.try()))
		} else {
			f.Ceilings = ceiling.Seen(f.Rows)
		}
		bind(f.Rows)
	}
	return errors.Join(err, c.save(f), outputs{c.Markdown, c.Plot, c.Gobench}.write(f))
}

// say shows on a terminal what is being measured, in a line that the next one replaces.
func (w *world) say(what string) {
	if w.terminal {
		fmt.Fprintf(w.err, "\r%.79s\x1b[K", what)
	}
}

// try is how long to measure a ceiling.
func (c *runCommand) try() time.Duration {
	if c.Quick {
		return 10 * time.Millisecond
	}
	return 40 * time.Millisecond
}

// begin is the file to go on with: what was measured before, of which the cases that are left are taken from all, or a
// new one.
func (c *runCommand) begin(w *world, all *[]cases.Case) (*results.File, error) {
	f := &results.File{Schema: results.Schema, Environment: environment(c)}
	if c.JSON != "" {
		if old, err := results.Read(c.JSON); err == nil {
			if what := f.Environment.Other(old.Environment); what != "" {
				return nil, fmt.Errorf("bench: %s holds results of another %s: give another --json", c.JSON, what)
			}
			*all = slices.DeleteFunc(*all, func(one cases.Case) bool { return old.Row(one.Name, results.Reference) != nil })
			fmt.Fprintf(w.err, "%s has %d cases, %d are left\n", c.JSON, len(old.Cases()), len(*all))
			f.Rows, f.Ceilings = old.Rows, old.Ceilings
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	fmt.Fprintln(w.out, f.Environment)
	if len(f.Ceilings) == 0 && c.Device == "cpu" {
		f.Ceilings = ceiling.Measure(c.Threads, c.try())
	}
	return f, errors.Join(results.Ceilings(w.out, f.Ceilings), results.Head(w.out))
}

// save writes the JSON, after each case: a run that is stopped is not lost.
func (c *runCommand) save(f *results.File) error {
	if c.JSON == "" {
		return nil
	}
	return f.Write(c.JSON)
}

// find gives the peers that were asked for, braid among them.
func (c *runCommand) find(w *world) (out []runner.Peer, err error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	defer func() { build(w, root, out) }()
	known := known(root, c.venv(root), c.Device, c.Threads)
	if len(c.Peers) == 0 {
		return known, nil
	}
	out = slices.Clone(known[:1])
	for _, pattern := range c.Peers {
		found := pattern == "none"
		for _, p := range known {
			if match(pattern, p.Name) {
				found = true
				if !slices.ContainsFunc(out, func(q runner.Peer) bool { return q.Name == p.Name }) {
					out = append(out, p)
				}
			}
		}
		if !found {
			var names []string
			for _, p := range known {
				names = append(names, p.Name)
			}
			return nil, fmt.Errorf("bench: --peers %q: expected some of %s", pattern, strings.Join(names, ", "))
		}
	}
	return out, nil
}
