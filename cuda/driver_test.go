//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gorgonia.org/cu"
)

// alone runs this test in a process of its own in which no driver is open, and reports whether it is that process.
func alone(t *testing.T, env ...string) bool {
	const child = "BRAID_TEST_ALONE"
	if os.Getenv(child) == t.Name() {
		return true
	}
	c := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.v")
	c.Env = append(append(os.Environ(), child+"="+t.Name()), env...)
	out, err := c.CombinedOutput()
	if err == nil && strings.Contains(string(out), "--- SKIP") {
		t.Skipf("%s", out)
	}
	if err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

func TestWithoutDriver(t *testing.T) {
	if !alone(t, LibraryVariable+"=/nowhere/libcuda.so.1") {
		return
	}
	if n, err := cu.NumDevices(); n != 0 || err != nil {
		t.Skip("this machine has a driver")
	}
	for range 2 { // a failure is not remembered as success
		_, err := Open(Options{})
		if !errors.Is(err, ErrNoDriver) || !errors.Is(err, ErrNoDevice) {
			t.Fatalf("got %v, want ErrNoDriver", err)
		}
		for _, want := range []string{"/nowhere/libcuda.so.1", `engine "cpu"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
	}
}

// A library that is no driver must not crash the process.
func TestWrongLibrary(t *testing.T) {
	if !alone(t, LibraryVariable+"=libm.so.6") {
		return
	}
	if _, err := Open(Options{}); !errors.Is(err, ErrNoDevice) {
		t.Errorf("got %v, want ErrNoDevice", err)
	}
}

func TestCode(t *testing.T) {
	for _, err := range []error{cu.OutOfMemory, resultOutOfMemory} {
		if r, ok := code(err); !ok || r != resultOutOfMemory {
			t.Errorf("code of %v is %d, %t", err, r, ok)
		}
	}
	if _, ok := code(errors.New("else")); ok {
		t.Error("an error of somebody else has a code")
	}
	if err := failed("what", nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}
