//go:build linux && cgo && !cpu

package optime

import (
	"github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

func open(name string, precision tensor.Precision) (engine.Device, error) {
	if name == "cpu" {
		return cpu.New(), nil
	}
	return cuda.Open(cuda.Options{Precision: cuda.Precision(precision)})
}
