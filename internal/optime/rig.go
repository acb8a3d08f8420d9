// Package optime runs single operations at the seam, on either engine, from given numbers: what the bench harness times
// of braid where a case is one operation. A program reaches the same calls through package tensor, whose recording adds
// tens of nanoseconds to each.
package optime

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// Operation is what to run. Kinds are the functions of this package; Sizes are theirs.
type Operation struct {
	Kind, Op, Pass string
	Sizes          map[string]int
	Sets           int // sets of buffers that take turns
}

// ErrUnknown is wrapped where there is no such operation.
var ErrUnknown = errors.New("optime: no such operation")

// Rig is a device with a stream.
type Rig struct {
	dev    engine.Device
	stream engine.Stream
}

// Open opens an engine, "cpu" or "cuda", which multiplies in a precision of package tensor.
func Open(name string, precision tensor.Precision) (*Rig, error) {
	dev, err := open(name, precision)
	if err != nil {
		return nil, err
	}
	stream, err := dev.NewStream()
	if err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	return &Rig{dev, stream}, nil
}

// Name is the engine's name for the device.
func (r *Rig) Name() string { return r.dev.Name() }

// Close closes the device.
func (r *Rig) Close() error { return errors.Join(r.stream.Close(), r.dev.Close()) }

// call is an operation on one set of buffers.
type call struct {
	run     func(s engine.Stream) error
	outputs map[string]result
	show    func(map[string]tensor.Array) map[string]tensor.Array // what to compare where that is not the outputs; or nil
}

// result is where an output lies, and its shape.
type result struct {
	buffer engine.Buffer
	shape  []int
}

// Job is an operation with its buffers.
type Job struct {
	rig    *Rig
	memory []*engine.Memory
	calls  []call
	next   int
	err    error // the first of making it
	fresh  map[*engine.Memory][]byte
}

// build makes the call of a kind from its inputs.
var build = map[string]func(j *Job, o Operation, in map[string]tensor.Array) call{
	"gemm": gemm, "conv2d": convolution, "maxpool": maxPool, "batchnorm": batchNorm, "crossentropy": crossEntropy, "unary": unary,
	"sum": sum, "embedding": embedding, "adam": adam, "dropout": dropout, "rnn": rnn,
}

// Prepare makes an operation ready: its inputs on the device, once for each set.
func (r *Rig) Prepare(o Operation, in map[string]tensor.Array) (*Job, error) {
	make, ok := build[o.Kind]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, o.Kind)
	}
	j := &Job{rig: r, fresh: map[*engine.Memory][]byte{}}
	for range max(o.Sets, 1) {
		j.calls = append(j.calls, make(j, o, in))
	}
	if j.err != nil {
		return nil, errors.Join(j.err, j.Close())
	}
	return j, nil
}

// Run computes the operation once, on the next set of buffers, and waits for it.
func (j *Job) Run() error {
	c := j.calls[j.next]
	j.next = (j.next + 1) % len(j.calls)
	return j.rig.dev.Do(func() error {
		if err := c.run(j.rig.stream); err != nil {
			return err
		}
		return j.rig.stream.Sync()
	})
}

// Outputs computes the operation from its inputs as they came, and returns the results.
func (j *Job) Outputs() (map[string]tensor.Array, error) {
	for m, bytes := range j.fresh {
		if err := j.upload(engine.Buffer{Mem: m, Len: len(bytes), DType: engine.U8}, bytes); err != nil {
			return nil, err
		}
	}
	j.next = 0
	if err := j.Run(); err != nil {
		return nil, err
	}
	out := map[string]tensor.Array{}
	for _, name := range slices.Sorted(maps.Keys(j.calls[0].outputs)) {
		r := j.calls[0].outputs[name]
		v := make([]float32, r.buffer.Len)
		bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
		if err := j.rig.dev.Do(func() error { return j.rig.stream.Download(bytes, r.buffer) }); err != nil {
			return nil, err
		}
		out[name] = tensor.ArrayOf(v, r.shape...)
	}
	if show := j.calls[0].show; show != nil {
		out = show(out)
	}
	return out, nil
}

// Close frees the buffers.
func (j *Job) Close() error {
	for _, m := range j.memory {
		j.rig.dev.Free(m)
	}
	j.memory = nil
	return nil
}

// space is n elements.
func (j *Job) space(t engine.DType, n int) engine.Buffer {
	if j.err != nil {
		return engine.Buffer{}
	}
	m, err := j.rig.dev.Alloc(n * t.Size())
	if err != nil {
		j.err = err
		return engine.Buffer{}
	}
	j.memory = append(j.memory, m)
	return engine.Buffer{Mem: m, Len: n, DType: t}
}

// number is one real on the device.
func (j *Job) number(v float32) engine.Buffer {
	return j.input(map[string]tensor.Array{"": tensor.ArrayOf([]float32{v}, 1)}, "")
}

// real is n float32.
func (j *Job) real(n int) engine.Buffer { return j.space(engine.F32, n) }

func (j *Job) upload(b engine.Buffer, bytes []byte) error {
	return j.rig.dev.Do(func() error { return j.rig.stream.Upload(b, bytes) })
}

// input is an array on the device.
func (j *Job) input(in map[string]tensor.Array, name string) engine.Buffer {
	a, ok := in[name]
	if !ok && j.err == nil {
		j.err = fmt.Errorf("optime: there is no input %s", name)
	}
	if j.err != nil {
		return engine.Buffer{}
	}
	t, bytes := raw(a)
	b := j.space(t, a.Len())
	if j.err == nil {
		j.err = j.upload(b, bytes)
	}
	return b
}

// changing is an input that the operation overwrites, and that Outputs sets back.
func (j *Job) changing(in map[string]tensor.Array, name string) engine.Buffer {
	b := j.input(in, name)
	if j.err == nil {
		_, bytes := raw(in[name])
		j.fresh[b.Mem] = bytes
	}
	return b
}

func raw(a tensor.Array) (engine.DType, []byte) {
	switch v := a.Any().(type) {
	case []int32:
		return engine.I32, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
	case []uint8:
		return engine.U8, v
	}
	v := a.Floats()
	return engine.F32, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}
