//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/emu"
	"github.com/braidml/braid/internal/engine"
)

// TestMain takes the machine's driver, or the emulated one. BRAID_LIBCUDA names another, BRAID_EMU=fast asks for the
// build of the emulator that checks less.
func TestMain(m *testing.M) {
	if os.Getenv(LibraryVariable) == "" && Load("libcuda.so.1") != nil && emu.Available() == nil {
		path, err := emu.Build(os.Getenv("BRAID_EMU") != "fast")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Setenv(LibraryVariable, path) // processes that a test starts inherit it
	}
	os.Exit(m.Run())
}

var shared = sync.OnceValues(func() (*Device, error) { return Open(Options{}) })

// testDevice is the device that all tests of the process share.
func testDevice(t testing.TB) *Device {
	t.Helper()
	emu.Depend()
	os.Getenv(LibraryVariable)
	d, err := shared()
	if errors.Is(err, ErrNoDevice) {
		t.Skip(err)
	}
	must(t, err)
	return d
}

// openTest opens a device of its own.
func openTest(t testing.TB, o Options) *Device {
	t.Helper()
	testDevice(t)
	d, err := Open(o)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

func newStream(t testing.TB, d *Device) *Stream {
	t.Helper()
	s, err := d.NewStream()
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s.(*Stream)
}

// memory is n elements of zeroed memory.
func memory(t testing.TB, d *Device, dtype engine.DType, n int) engine.Buffer {
	t.Helper()
	m, err := d.Alloc(n * dtype.Size())
	must(t, err)
	t.Cleanup(func() { d.Free(m) })
	return engine.Buffer{Mem: m, Len: n, DType: dtype}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
