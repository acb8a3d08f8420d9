package main

import (
	"errors"
	"fmt"
	"io"

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
	File     string `arg:"" help:"JSON of a run." type:"existingfile"`
	Markdown string `help:"Write a table as Markdown." placeholder:"FILE" type:"path"`
	Plot     string `help:"Draw the times as bars (PNG or SVG)." placeholder:"FILE" type:"path"`
	Gobench  string `help:"Write lines for benchstat -col /lib." placeholder:"FILE" type:"path"`
	Brief    bool   `help:"Only a line a case, as Markdown: braid and the fastest other."`
}

func (c *showCommand) Run(w *world) error {
	f, err := results.Read(c.File)
	if err != nil {
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
