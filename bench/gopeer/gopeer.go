// Package gopeer is what peers written in Go share. Each is a module of its own, so that whoever imports braid does not
// inherit what they require.
package gopeer

import (
	"runtime/debug"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
)

// Version is that of a module in this program.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == module {
			return d.Version
		}
	}
	return "of an unknown version"
}

// Job is a case as two functions: Compute computes it on a set of buffers, and Results are those of the first set.
type Job struct {
	Sets    int
	Compute func(set int) error
	Results func() (cases.Tensors, error)
	next    int
}

var _ wire.Job = (*Job)(nil)

// Run computes the next set.
func (j *Job) Run() error {
	set := j.next
	j.next = (j.next + 1) % j.Sets
	return j.Compute(set)
}

// Outputs computes the first set, and writes the results.
func (j *Job) Outputs(path string) (map[string]float64, error) {
	if err := j.Compute(0); err != nil {
		return nil, err
	}
	out, err := j.Results()
	if err != nil {
		return nil, err
	}
	return out.Sums(), cases.WriteFile(path, out)
}

// Close leaves the buffers to the garbage collector.
func (j *Job) Close() error { return nil }

// Copy is a's numbers, for a set of their own.
func Copy(in cases.Tensors, name string) []float32 { return append([]float32{}, in[name].Floats()...) }
