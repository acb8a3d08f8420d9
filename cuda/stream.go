//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
	"gorgonia.org/cu"
)

// Stream queues operations on a CUDA stream of its own. Its methods are called within [Device.Do], except Close.
type Stream struct {
	dev       *Device
	queue     cu.Stream
	staging   staging
	entries   map[string]*entry // this stream's copy of the device's: no lock
	slots     *kernels.Slots    // arguments of the kernel being launched
	last      launched
	capturing bool
	scratch   []*engine.Memory // the workspace is the last one; see workspace
}

var (
	_ engine.Stream   = (*Stream)(nil)
	_ engine.Replayer = (*Stream)(nil)
)

// NewStream makes a stream.
func (d *Device) NewStream() (engine.Stream, error) {
	s := &Stream{dev: d, entries: map[string]*entry{}, slots: new(kernels.Slots), last: launched{name: "nothing"}}
	err := d.Do(func() (err error) {
		s.queue, err = cu.MakeStream(cu.NonBlocking)
		return failed("cuStreamCreate", err)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Sync waits for everything queued, and returns the fault of what failed.
func (s *Stream) Sync() error {
	if err := s.settle(); err != nil {
		return err
	}
	if err := s.queue.Synchronize(); err != nil {
		return s.fault(err)
	}
	s.staging.rest()
	return nil
}

// failed is an error of what was tried, or of what was queued before if it is of that kind.
func (s *Stream) failed(what string, err error) error {
	if r, ok := code(err); ok && r.late() {
		return s.fault(err)
	}
	return failed(what, err)
}

// fault explains an error of work that was queued before.
func (s *Stream) fault(err error) error {
	if s.dev.opt.Eager {
		return failed(fmt.Sprintf("%s: %v", s.dev.name, s.last), err)
	}
	return failed(fmt.Sprintf("%s: queued work failed, %v or something before it (BRAID_EAGER=1 tells which)", s.dev.name, s.last), err)
}

// queued ends every operation: with Eager it waits, so that a fault is found where it was made.
func (s *Stream) queued(now launched) error {
	s.last = now
	if s.capturing || !s.dev.opt.Eager {
		return nil
	}
	if err := s.queue.Synchronize(); err != nil {
		return s.fault(err)
	}
	return nil
}

// settle ends a capture that was left open because an operation in it failed.
func (s *Stream) settle() error {
	if !s.capturing {
		return nil
	}
	s.capturing = false
	if err := dropCapture(s.queue); err != nil {
		if r, ok := code(err); !ok || r != resultInvalidated {
			return failed("cuStreamEndCapture", err)
		}
	}
	return nil
}

// workspace is memory of at least so many bytes, not zeroed, valid until the stream's next operation. Graphs hold the
// addresses of earlier, smaller ones, so these stay until the stream is closed; each is at least twice the one before.
func (s *Stream) workspace(bytes int) (uint64, error) {
	have := 0
	if n := len(s.scratch); n > 0 {
		have = s.scratch[n-1].Size
	}
	if bytes > have {
		if s.capturing {
			return 0, fmt.Errorf("cuda: the workspace grows from %d to %d bytes while a graph is captured", have, bytes)
		}
		size := max(bytes, 2*have, 1<<16)
		p, err := s.dev.reserve(size)
		if err != nil {
			return 0, err
		}
		s.scratch = append(s.scratch, &engine.Memory{Addr: uintptr(p), Size: size})
	}
	if len(s.scratch) == 0 {
		return 0, nil
	}
	return uint64(s.scratch[len(s.scratch)-1].Addr), nil
}

// Close waits for the queue and frees what the stream holds. Its graphs must not be launched any more.
func (s *Stream) Close() error {
	if s.dev == nil {
		return nil
	}
	d := s.dev
	s.dev = nil
	return d.Do(func() error {
		err := s.settle()
		if e := s.queue.Synchronize(); e != nil {
			err = errors.Join(err, failed(d.name+": queued work failed", e))
		}
		err = errors.Join(err, s.staging.free())
		for _, m := range s.scratch {
			d.Free(m)
		}
		return errors.Join(err, failed("cuStreamDestroy", s.queue.Destroy()))
	})
}
