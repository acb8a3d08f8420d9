package tensorcheck

import (
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// Open opens a device of this build's default engine until the test ends; in float64, which no GPU has, one of the CPU
// engine.
func Open(t testing.TB, o tensor.Options) *tensor.Device {
	t.Helper()
	if o.Float == tensor.Float64 {
		o.Engine = "cpu"
	}
	dev, err := tensor.Open(&o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// Emulated reports whether the default device is the emulated GPU, on which a step takes as long as hundreds on a real
// one or on the CPU: tests take smaller shapes and fewer steps by it.
func Emulated() bool {
	dev, err := tensor.Default()
	return err == nil && strings.Contains(dev.String(), "emulator")
}
