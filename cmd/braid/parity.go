package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/optable"
	"github.com/braidml/braid/tensor"
)

// operation is what parity found about one operation, over all rows that call it.
type operation struct {
	name  string
	worst float64 // largest difference, relative to the largest value beside it
	rows  int
	fault string // of the first row that differs by more than it may
}

// parity runs every row of the table of operations on dev and in float64 on the CPU, and prints the largest difference of
// each operation's results and gradients.
func parity(w *world, dev *tensor.Device) error {
	exact, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		return err
	}
	defer exact.Close()
	if dev == tensor.CPU() { // the rows' tolerances are those of plain sums
		if dev, err = tensor.Open(&tensor.Options{Engine: "cpu", Exact: true}); err != nil {
			return err
		}
		defer dev.Close()
	}
	var all []*operation
	for _, row := range optable.Rows {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		name, _, _ := strings.Cut(row.Name, "/")
		i := slices.IndexFunc(all, func(o *operation) bool { return o.name == name })
		if i < 0 {
			i = len(all)
			all = append(all, &operation{name: name})
		}
		all[i].compare(row, dev, exact)
	}
	faults := 0
	for _, o := range all {
		verdict := "ok"
		if o.fault != "" {
			verdict = "WRONG " + o.fault
			faults++
		}
		fmt.Fprintf(w.out, "%-22s %3d rows  %8.1e  %s\n", o.name, o.rows, o.worst, verdict)
	}
	fmt.Fprintf(w.out, "%d of %d operations agree with float64\n", len(all)-faults, len(all))
	if faults > 0 {
		return fmt.Errorf("doctor: %v computes %d operations wrong", dev, faults)
	}
	return nil
}

func (o *operation) compare(row optable.Row, dev, exact *tensor.Device) {
	const n = 3 // a batch that divides nothing
	o.rows++
	xs := row.Draw(rand.New(rand.NewPCG(uint64(len(row.Name)), uint64(o.rows))), n)
	got, err := row.New().Run(dev, xs)
	if err == nil {
		var want optable.Result
		if want, err = row.New().Run(exact, xs); err == nil {
			o.worst = max(o.worst, apart(got.Y, want.Y))
			for i := range want.Grads {
				o.worst = max(o.worst, apart(got.Grads[i], want.Grads[i]))
			}
			if d := row.Diff(got, want, n); d != "" && o.fault == "" {
				o.fault = row.Name + ": " + d
			}
		}
	}
	if err != nil && o.fault == "" {
		o.fault = row.Name + ": " + err.Error()
	}
}

// apart is the largest difference relative to the largest value.
func apart(got, want tensor.Array) float64 {
	g, w := got.Float64s(), want.Float64s()
	worst, scale := 0.0, 1e-30
	for i := range w {
		if d := math.Abs(g[i] - w[i]); d == d {
			worst, scale = max(worst, d), max(scale, math.Abs(w[i]))
		}
	}
	return worst / scale
}
