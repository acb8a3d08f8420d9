package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/braidml/braid/tensor"
)

// defaultDevice is where a command computes that is not told: a test chooses it.
var defaultDevice = tensor.Default

// deviceFlag says where a command computes.
type deviceFlag struct {
	Device string `default:"" placeholder:"cpu|cuda|cuda:1" help:"Where to compute; this build's default if left out."`
}

// open opens the device. Nothing falls back to another one silently.
func (f deviceFlag) open() (*tensor.Device, error) {
	if f.Device == "" {
		return defaultDevice()
	}
	engine, number, numbered := strings.Cut(f.Device, ":")
	index := 0
	if numbered {
		var err error
		if index, err = strconv.Atoi(number); err != nil || index < 0 {
			return nil, fmt.Errorf("--device is %q, want cpu, cuda, or cuda: and the number of a GPU", f.Device)
		}
	}
	switch {
	case engine == "cpu" && !numbered:
		return tensor.CPU(), nil
	case engine == "cuda":
		return tensor.Open(&tensor.Options{Engine: engine, Index: index})
	}
	return nil, fmt.Errorf("--device is %q, want cpu, cuda, or cuda: and the number of a GPU", f.Device)
}
