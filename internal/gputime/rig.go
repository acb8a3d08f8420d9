//go:build linux && cgo && !cpu

package gputime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/engine"
)

// ErrNoDevice is wrapped by the errors of a machine without a GPU.
var ErrNoDevice = cuda.ErrNoDevice

// Precisions are those of the engine, in the order of cuda.Precision.
var Precisions = []string{"fp32", "tf32", "bf16"}

// rig is a device with a stream, and memory that lives as long as one case.
type rig struct {
	dev       *cuda.Device
	stream    engine.Stream
	precision cuda.Precision
	memory    []*engine.Memory
	site      uint32 // of the next random numbers
	seed      engine.Buffer
	rng       *rand.Rand
}

func newRig(precision cuda.Precision) (*rig, error) {
	dev, err := cuda.Open(cuda.Options{Precision: precision})
	if err != nil {
		return nil, err
	}
	r := &rig{dev: dev, precision: precision, rng: rand.New(rand.NewPCG(1, 2))}
	if r.stream, err = dev.NewStream(); err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	return r, nil
}

func (r *rig) close() error {
	err := r.stream.Close()
	r.free()
	return errors.Join(err, r.dev.Close())
}

// free ends a case.
func (r *rig) free() {
	for _, m := range r.memory {
		r.dev.Free(m)
	}
	r.memory, r.site = nil, 0
}

func (r *rig) alloc(t engine.DType, n int) (engine.Buffer, error) {
	m, err := r.dev.Alloc(n * t.Size())
	if err != nil {
		return engine.Buffer{}, err
	}
	r.memory = append(r.memory, m)
	return engine.Buffer{Mem: m, Len: n, DType: t}, nil
}

// random is n numbers drawn evenly from ±bound, on the device: hundreds of millions of them take no time there.
func (r *rig) random(n int, bound float64) (engine.Buffer, error) {
	if r.site == 0 {
		var err error
		if r.seed, err = r.alloc(engine.I32, 4); err != nil {
			return r.seed, err
		}
	}
	r.site++
	b, err := r.alloc(engine.F32, n)
	if err != nil {
		return b, err
	}
	return b, r.dev.Do(func() error {
		return r.stream.Uniform(engine.Noise{Y: b, State: r.seed, Site: r.site, A: -bound, B: 2 * bound})
	})
}

// unwritten is n NaNs: what an operation leaves of them is a fault.
func (r *rig) unwritten(n int) (engine.Buffer, error) {
	b, err := r.alloc(engine.F32, n)
	if err != nil {
		return b, err
	}
	return b, r.dev.Do(func() error { return r.stream.Fill(engine.Fill{Y: b, Value: math.NaN()}) })
}

// values copies b to the host.
func (r *rig) values(b engine.Buffer) ([]float32, error) {
	v := make([]float32, b.Len)
	err := r.dev.Do(func() error {
		return r.stream.Download(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), binary.Size(v)), b)
	})
	return v, err
}

// tensors makes buffers one after the other and keeps the first error.
type tensors struct {
	rig *rig
	err error
}

func (t *tensors) keep(b engine.Buffer, err error) engine.Buffer {
	if t.err == nil {
		t.err = err
	}
	return b
}

func (t *tensors) random(n int, bound float64) engine.Buffer { return t.keep(t.rig.random(n, bound)) }
func (t *tensors) output(n int) engine.Buffer                { return t.keep(t.rig.unwritten(n)) }

// whole is b on the host, all of it written.
func (t *tensors) whole(what string, b engine.Buffer) []float32 {
	if t.err != nil {
		return nil
	}
	v, err := t.rig.values(b)
	for i, x := range v {
		if x != x {
			err = errors.Join(err, fmt.Errorf("%s: element %d of %d is NaN or was not written", what, i, len(v)))
			break
		}
	}
	t.err = err
	return v
}
