//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func TestName(t *testing.T) {
	if name := testDevice(t).Name(); !regexp.MustCompile(`^cuda:0 \(.+, sm_\d+\)$`).MatchString(name) {
		t.Errorf("the device is called %q", name)
	}
}

func TestNoSuchDevice(t *testing.T) {
	testDevice(t)
	for _, i := range []int{-1, 1000} {
		if _, err := Open(Options{Index: i}); !errors.Is(err, ErrNoDevice) {
			t.Errorf("device %d: got %v, want ErrNoDevice", i, err)
		}
	}
}

func TestOldDriver(t *testing.T) {
	if err := newEnough(oldest); err != nil {
		t.Error(err)
	}
	if err := newEnough(11080); !errors.Is(err, ErrOldDriver) || !strings.Contains(err.Error(), "CUDA 11.8") {
		t.Errorf("got %v, want ErrOldDriver and the version", err)
	}
}

func TestAllocIsZeroed(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	for _, n := range []int{0, 1, 4095, 4096, 100000} {
		b := memory(t, d, engine.U8, n)
		got := make([]byte, n)
		must(t, d.Do(func() error { return s.Download(got, b) }))
		for i, v := range got {
			if v != 0 {
				t.Fatalf("byte %d of %d is %d, want 0", i, n, v)
			}
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	d := testDevice(t)
	const want = 1 << 50
	_, err := d.Alloc(want)
	if !errors.Is(err, engine.ErrOutOfMemory) {
		t.Fatalf("got %v, want ErrOutOfMemory", err)
	}
	if !regexp.MustCompile(`want 1125899906842624 bytes, \d+ of \d+ are free`).MatchString(err.Error()) {
		t.Errorf("%q does not tell wanted, free and all bytes", err)
	}
	m, err := d.Alloc(100)
	must(t, err)
	d.Free(m)
}

func TestClosed(t *testing.T) {
	testDevice(t) // keeps the context
	d, err := Open(Options{})
	must(t, err)
	must(t, d.Close())
	must(t, d.Close())
	if _, err := d.Alloc(1); err == nil || !strings.Contains(err.Error(), "is closed") {
		t.Errorf("Alloc on a closed device: %v", err)
	}
	if _, err := d.NewStream(); err == nil {
		t.Error("NewStream on a closed device passes")
	}
}

// Do may be nested, also of two devices, and called from many goroutines.
func TestDo(t *testing.T) {
	d := testDevice(t)
	e := openTest(t, Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := d.Do(func() error {
				m, err := e.Alloc(64) // calls e.Do
				if err != nil {
					return err
				}
				e.Free(m)
				s, err := d.NewStream()
				if err != nil {
					return err
				}
				return s.Close()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	want := errors.New("mine")
	if err := d.Do(func() error { return want }); err != want {
		t.Errorf("Do returns %v, want the function's error", err)
	}
}

// F64 and BF16 have no kernels; an operation says so before it touches memory.
func TestUnsupportedTypes(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	wide := memory(t, d, engine.F64, 4)
	if d.Has(engine.F64) || !d.Has(engine.F32) || !d.Has(engine.U8) {
		t.Error("Has is wrong")
	}
	for name, f := range map[string]func() error{
		"Fill":     func() error { return s.Fill(engine.Fill{Y: wide}) },
		"Copy":     func() error { return s.Copy(engine.Copy{Y: wide, X: wide}) },
		"Unary":    func() error { return s.Unary(engine.Unary{Y: wide, X: wide}) },
		"UnaryBwd": func() error { return s.UnaryBwd(engine.UnaryBwd{DX: wide, DY: wide}) },
		"Binary":   func() error { return s.Binary(engine.Binary{Y: wide, A: wide, B: wide}) },
		"Where":    func() error { return s.Where(engine.Where{Y: wide, Cond: wide, A: wide, B: wide}) },
	} {
		if err := d.Do(f); !errors.Is(err, engine.ErrUnsupported) {
			t.Errorf("%s of float64: %v, want ErrUnsupported", name, err)
		}
	}
}

func TestTwoDevices(t *testing.T) {
	testDevice(t)
	if !alone(t, "BRAID_EMU_DEVICES=2") {
		return
	}
	d, err := Open(Options{})
	must(t, err)
	e, err := Open(Options{Index: 1})
	if errors.Is(err, ErrNoDevice) {
		t.Skip("this machine has one GPU")
	}
	must(t, err)
	if d.Name() == e.Name() {
		t.Errorf("two devices are called %s", d.Name())
	}
	for i, d := range []*Device{d, e} {
		s := newStream(t, d)
		b := memory(t, d, engine.U8, 10)
		got := make([]byte, 10)
		must(t, d.Do(func() error {
			if err := s.Fill(engine.Fill{Y: b, Value: float64(i + 1)}); err != nil {
				return err
			}
			return s.Download(got, b)
		}))
		if got[9] != byte(i+1) {
			t.Errorf("device %d: got %d, want %d", i, got[9], i+1)
		}
	}
}
