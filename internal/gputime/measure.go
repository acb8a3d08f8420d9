//go:build linux && cgo && !cpu

package gputime

import (
	"fmt"
	"slices"
	"time"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/engine"
)

// Row is what was measured of one case.
type Row struct {
	Name      string
	Precision string
	Seconds   float64 // of one operation, the median
	Spread    float64 // between the medians of two series, relative
	Flops     float64 // of one operation
	Bytes     float64 // the fewest it must read and write
}

// Case is something to time.
type Case struct {
	Name         string
	Flops, Bytes float64
	Single       bool // it multiplies no matrices: one precision is enough
	prepare      func(t *tensors) job
}

// job is a case with its buffers. Run queues the operation on the buffers of a set; verify compares the results of the
// first set.
type job struct {
	sets   int
	run    func(s engine.Stream, set int) error
	verify func(t *tensors)
}

// Effort is how long to measure. The zero value is a try: each graph runs once.
type Effort struct {
	Graph  time.Duration // length of a graph that is launched as one
	Series time.Duration // of repeats
}

// Measure times the cases in one precision (an index of Precisions), and calls each with every row, or with the error of
// a case that failed; the others go on. Its own error is that of opening the device.
func Measure(cases []Case, precision int, e Effort, each func(Row, error)) error {
	r, err := newRig(cuda.Precision(precision))
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.Single && precision != 0 {
			continue
		}
		row := Row{Name: c.Name, Precision: Precisions[precision], Flops: c.Flops, Bytes: c.Bytes}
		if err = r.measure(c, e, &row); err != nil {
			err = fmt.Errorf("%s, %s: %w", c.Name, row.Precision, err)
		}
		each(row, err)
		r.free()
	}
	return r.close()
}

func (r *rig) measure(c Case, e Effort, row *Row) error {
	t := &tensors{rig: r}
	j := c.prepare(t)
	if t.err != nil {
		return t.err
	}
	// Once without a graph: modules are loaded, the workspace grows, and the results are there to be checked.
	for set := range j.sets {
		if err := r.dev.Do(func() error { return j.run(r.stream, set) }); err != nil {
			return err
		}
	}
	j.verify(t)
	if t.err != nil {
		return t.err
	}
	once, err := r.series(j, j.sets, 0)
	if err != nil {
		return err
	}
	n := j.sets
	if once > 0 {
		n = j.sets * max(1, int(e.Graph.Seconds()/once)/j.sets)
	}
	first, err := r.series(j, n, e.Series)
	if err != nil {
		return err
	}
	second, err := r.series(j, n, e.Series)
	if err != nil {
		return err
	}
	row.Seconds = (first + second) / 2
	row.Spread = max(first, second)/min(first, second) - 1
	return nil
}

// series captures n operations, launches them for so long, and gives the median time of one operation.
func (r *rig) series(j job, n int, long time.Duration) (float64, error) {
	var g engine.Graph
	err := r.dev.Do(func() (err error) {
		capture := r.stream.(engine.Replayer)
		if err = capture.BeginCapture(); err != nil {
			return err
		}
		for i := range n {
			if err = j.run(r.stream, i%j.sets); err != nil {
				return err // the next call of the stream ends the capture
			}
		}
		g, err = capture.EndCapture()
		return err
	})
	if err != nil {
		return 0, err
	}
	defer g.Close()
	launch := func() (took time.Duration, err error) {
		err = r.dev.Do(func() error {
			start := time.Now()
			if err := g.Launch(); err != nil {
				return err
			}
			err := r.stream.Sync()
			took = time.Since(start)
			return err
		})
		return took, err
	}
	const warm = 3
	var all []time.Duration
	for start := time.Now(); ; {
		took, err := launch()
		if err != nil {
			return 0, err
		}
		all = append(all, took)
		if len(all) > warm && time.Since(start) > long || long == 0 {
			break
		}
	}
	return median(all[min(warm, len(all)-1):]).Seconds() / float64(n), nil
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
