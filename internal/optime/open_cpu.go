//go:build !linux || !cgo || cpu

package optime

import (
	"fmt"

	"github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

func open(name string, _ tensor.Precision) (engine.Device, error) {
	if name != "cpu" {
		return nil, fmt.Errorf("optime: this build has no engine %q", name)
	}
	return cpu.New(), nil
}
