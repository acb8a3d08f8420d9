//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// A captured kernel gives the same bits as one that is launched, on several streams at once.
func TestConcurrentStreams(t *testing.T) {
	d := testDevice(t)
	const n = 1000
	var wg sync.WaitGroup
	for i := range 4 {
		s := newStream(t, d)
		x, y := memory(t, d, engine.F32, n), memory(t, d, engine.F32, n)
		in := encode(engine.F32, gaussian(n, uint64(i)))
		wg.Go(func() {
			if err := capturedAndNot(d, s, x, y, in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func capturedAndNot(d *Device, s *Stream, x, y engine.Buffer, in []byte) error {
	eager, replayed := make([]byte, len(in)), make([]byte, len(in))
	run := func() error {
		if err := s.Unary(engine.Unary{Op: engine.Tanh, Y: y, X: x}); err != nil {
			return err
		}
		return s.Unary(engine.Unary{Op: engine.Exp, Y: y, X: y})
	}
	err := d.Do(func() error {
		if err := s.Upload(x, in); err != nil {
			return err
		}
		if err := run(); err != nil {
			return err
		}
		return s.Download(eager, y)
	})
	if err != nil {
		return err
	}
	return d.Do(func() error {
		if err := s.BeginCapture(); err != nil {
			return err
		}
		if err := run(); err != nil {
			return err
		}
		g, err := s.EndCapture()
		if err != nil {
			return err
		}
		for range 3 {
			if err := s.Fill(engine.Fill{Y: y, Value: 0}); err != nil {
				return err
			}
			if err := g.Launch(); err != nil {
				return err
			}
			if err := s.Download(replayed, y); err != nil {
				return err
			}
			if string(replayed) != string(eager) {
				return errors.New("a replay gives other bits than the operations one by one")
			}
		}
		return g.Close()
	})
}

func TestLaunchAllocatesNothing(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	x := memory(t, d, engine.F32, 100)
	must(t, d.Do(func() error {
		var err error
		if n := testing.AllocsPerRun(100, func() {
			err = errors.Join(err, s.Unary(engine.Unary{Op: engine.Neg, Y: x, X: x}))
		}); n != 0 {
			t.Errorf("an operation allocates %v times, want 0", n)
		}
		return err
	}))
}

// strange is a kernel that no image has.
type strange struct{ family string }

func (strange) Name() string            { return "strange_f32" }
func (k strange) Family() string        { return k.family }
func (strange) MaxThreads() int         { return 0 }
func (strange) Pack(*kernels.Slots) int { return 0 }

func TestNoSuchKernel(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	must(t, d.Do(func() error {
		if err := launch(s, strange{"strange"}, dim{x: 1}, block, 0); !errors.Is(err, ErrNoImage) || !strings.Contains(err.Error(), "strange") {
			t.Errorf("no such family: got %v, want ErrNoImage with its name", err)
		}
		if err := launch(s, strange{"transfer"}, dim{x: 1}, block, 0); err == nil || !strings.Contains(err.Error(), "strange_f32") {
			t.Errorf("no such kernel: got %v, want an error with its name", err)
		}
		return nil
	}))
}

// The driver refuses what a kernel cannot be launched with, and the error tells it.
func TestImpossibleLaunch(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	x := memory(t, d, engine.F32, 4)
	k := kernels.NegFwdF32{Y: addr(x), X: addr(x), N: 4}
	must(t, d.Do(func() error {
		if err := launch(s, k, dim{}, block, 0); err != nil {
			t.Errorf("a grid of nothing: %v", err)
		}
		if err := launch(s, k, dim{x: 1}, block, plainShared+1024); err != nil {
			t.Errorf("49 KB of dynamic shared memory: %v", err)
		}
		for what, err := range map[string]error{
			"neg_fwd_f32 with grid 1 x 1 x 1, block 2048 x 1 x 1": launch(s, k, dim{x: 1}, dim{x: 2048}, 0),
			"cuFuncSetAttribute": launch(s, k, dim{x: 1}, block, 1<<20),
		} {
			if err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("got %v, want an error with %q", err, what)
			}
		}
		return s.Sync()
	}))
}

// A fault is told by the next wait; with Eager by the operation itself, with the kernel's name. It ends the context, so
// it happens in a process of its own.
func TestFault(t *testing.T) {
	if name := testDevice(t).Name(); strings.Contains(name, "emulator") && !strings.Contains(name, "checked") {
		t.Skip("the fast build of the emulator does not check addresses")
	}
	for _, eager := range []bool{false, true} {
		t.Run(fmt.Sprintf("eager %t", eager), func(t *testing.T) {
			if !alone(t) {
				return
			}
			d, err := Open(Options{Eager: eager})
			must(t, err)
			s, err := d.NewStream()
			must(t, err)
			m, err := d.Alloc(64)
			must(t, err)
			wild := engine.Buffer{Mem: m, Len: 1 << 28, DType: engine.F32} // far behind its end
			var launched, synced error
			must(t, d.Do(func() error {
				launched = s.Unary(engine.Unary{Op: engine.Neg, Y: wild, X: wild})
				synced = s.Sync()
				return nil
			}))
			if synced == nil {
				t.Fatal("the fault is not told")
			}
			if !eager && (launched != nil || !strings.Contains(synced.Error(), "BRAID_EAGER=1")) {
				t.Errorf("the operation says %v, Sync %q: want the fault at Sync, with a hint", launched, synced)
			}
			if eager && (launched == nil || !strings.Contains(launched.Error(), "neg_fwd_f32 with grid")) {
				t.Errorf("the operation says %v, want the fault with the kernel's name", launched)
			}
			if !eager {
				err := d.Do(func() error { return s.Unary(engine.Unary{Op: engine.Exp, Y: wild, X: wild}) })
				if err == nil || strings.Contains(err.Error(), "exp_fwd_f32") {
					t.Errorf("the next operation is blamed: %v", err)
				}
			}
			if err := s.Close(); err == nil {
				t.Error("closing the stream after a fault says nothing")
			}
		})
	}
}
