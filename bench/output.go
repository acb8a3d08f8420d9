package main

import (
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/internal/atomicfile"
)

// outputs are files to write results to; "" is none.
type outputs struct{ markdown, plot, gobench string }

func (o outputs) write(f *results.File) error {
	for path, write := range map[string]func(io.Writer) error{o.markdown: f.Markdown, o.gobench: f.Gobench} {
		if path == "" {
			continue
		}
		if err := atomicfile.Write(path, 0o644, write); err != nil {
			return err
		}
	}
	if o.plot == "" {
		return nil
	}
	return f.Plot(o.plot)
}

type showCommand struct {
	Files    []string `arg:"" name:"file" help:"JSON of a run, or of several of one machine and commit." type:"existingfile"`
	Markdown string   `help:"Write a table as Markdown." placeholder:"FILE" type:"path"`
	Plot     string   `help:"Draw each library's times by braid's (PNG or SVG)." placeholder:"FILE" type:"path"`
	Gobench  string   `help:"Write lines for benchstat -col /lib." placeholder:"FILE" type:"path"`
	Cases    []string `help:"Only these cases: names, or how they begin; * is any text." placeholder:"NAME"`
	Brief    bool     `help:"Only a line a case, as Markdown: braid and the fastest other."`
	Headline bool     `help:"The README's table: --brief with trainings, answers and a few operations."`
}

// headline is what the README shows.
var headline = []string{"step of", "training to", "answers", "start to first step", "conv 3x3 8x32x32x64", "conv first layer*forward",
	"gemm 1024x1024x1024", "RNN T20 B64 100 to 128 forward"}

func (c *showCommand) Run(w *world) error {
	f, err := results.ReadAll(c.Files)
	if err != nil {
		return err
	}
	if c.Headline {
		c.Brief, c.Cases = true, headline
	}
	if err := only(f, c.Cases); err != nil {
		return err
	}
	if c.Brief {
		return f.Brief(w.out)
	}
	fmt.Fprintln(w.out, f.Environment)
	if err := errors.Join(results.Ceilings(w.out, f.Ceilings), results.Head(w.out)); err != nil {
		return err
	}
	for _, name := range f.Cases() {
		var rows []results.Row
		for _, r := range f.Rows {
			if r.Case == name {
				rows = append(rows, r)
			}
		}
		if err := results.Text(w.out, rows); err != nil {
			return err
		}
	}
	return outputs{c.Markdown, c.Plot, c.Gobench}.write(f)
}

// only leaves f the rows of cases that one of the patterns matches, in the patterns' order; all where there are none.
func only(f *results.File, patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	var rows []results.Row
	seen := map[string]bool{}
	for _, p := range patterns {
		matched := map[string]bool{}
		for _, r := range f.Rows {
			hit, err := cases.Match(p, r.Case)
			if err != nil {
				return err
			}
			if hit && !seen[r.Case] {
				matched[r.Case] = true
				rows = append(rows, r)
			}
		}
		maps.Copy(seen, matched)
	}
	if len(rows) == 0 {
		return fmt.Errorf("bench: --cases %q: the file has no case that is called so", patterns)
	}
	f.Rows = rows
	return nil
}

type diffCommand struct {
	Old string `arg:"" help:"JSON of the run before." type:"existingfile"`
	New string `arg:"" help:"JSON of the run after." type:"existingfile"`
}

func (c *diffCommand) Run(w *world) error {
	old, err := results.Read(c.Old)
	if err != nil {
		return err
	}
	new, err := results.Read(c.New)
	if err != nil {
		return err
	}
	worse, err := results.Diff(w.out, old, new)
	if err == nil && worse > 0 {
		return errFound
	}
	return err
}

type listCommand struct{}

func (*listCommand) Run(w *world) error {
	for _, c := range cases.All("fp32") {
		quick := ""
		if c.Quick {
			quick = " (quick)"
		}
		fmt.Fprintln(w.out, c.Name+quick)
	}
	fmt.Fprint(w.out, "\npeers: braid")
	for _, l := range libraries {
		fmt.Fprint(w.out, ", "+l.name)
	}
	for _, p := range goPeers {
		fmt.Fprint(w.out, ", "+p.name)
	}
	fmt.Fprintln(w.out)
	return nil
}
