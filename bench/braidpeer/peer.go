// Package braidpeer is braid's own side of the harness: it is measured through the same protocol as everybody else.
package braidpeer

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/internal/optime"
	"github.com/braidml/braid/tensor"
)

// Peer is braid in this build.
type Peer struct {
	device string
}

// Describe opens the device.
func (p *Peer) Describe(device string, threads int) (name, version string, err error) {
	if threads > 0 {
		runtime.GOMAXPROCS(threads)
	}
	p.device = device
	rig, err := optime.Open(device, tensor.FP32)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, rig.Close()) }()
	return "braid", runtime.Version() + ", " + rig.Name(), nil
}

func precision(name string) (tensor.Precision, error) {
	i := slices.Index(cases.Precisions, name)
	if i < 0 {
		return 0, fmt.Errorf("there is no precision %q", name)
	}
	return tensor.Precision(i), nil
}

// Prepare makes a case ready.
func (p *Peer) Prepare(c wire.Case, inputs string) (wire.Job, error) {
	pr, err := precision(c.Precision)
	if err != nil {
		return nil, err
	}
	if p.device == "cpu" && pr != tensor.FP32 {
		return nil, fmt.Errorf("%w: the CPU engine computes in fp32", wire.ErrWithout)
	}
	in, err := cases.ReadFile(inputs)
	if err != nil {
		return nil, err
	}
	switch c.Kind {
	case "step":
		return p.training(c, pr, in)
	case "latency":
		return p.latency(c, pr, in)
	case "accuracy":
		return p.accuracy(pr, in)
	case "checkpoint":
		return p.checkpoint(c, in)
	}
	return p.operation(c, pr, in)
}

// operation is a single operation at the seam.
func (p *Peer) operation(c wire.Case, pr tensor.Precision, in cases.Tensors) (wire.Job, error) {
	rig, err := optime.Open(p.device, pr)
	if err != nil {
		return nil, err
	}
	j, err := rig.Prepare(optime.Operation{Kind: c.Kind, Op: c.Op, Pass: c.Pass, Sizes: c.Sizes, Sets: c.Sets}, in)
	if err != nil {
		if errors.Is(err, optime.ErrUnknown) {
			err = fmt.Errorf("%w: %w", wire.ErrWithout, err)
		}
		return nil, errors.Join(err, rig.Close())
	}
	return &operationJob{rig, j}, nil
}

type operationJob struct {
	rig *optime.Rig
	*optime.Job
}

func (j *operationJob) Outputs(path string) (map[string]float64, error) {
	out, err := j.Job.Outputs()
	if err != nil {
		return nil, err
	}
	return save(path, out)
}

func (j *operationJob) Close() error { return errors.Join(j.Job.Close(), j.rig.Close()) }

// save writes results for the harness.
func save(path string, t cases.Tensors) (map[string]float64, error) {
	return t.Sums(), cases.WriteFile(path, t)
}
