package tensor

import (
	"fmt"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/engine"
)

// openDefault opens what Open(nil) means in this build, openNamed an engine that not every build has.

func openDefault(*Options) (engine.Device, error) { return cpu.New(), nil }

func openNamed(o *Options) (engine.Device, error) {
	return nil, fmt.Errorf("tensor: Open: this build has no engine %q, want \"cpu\"", o.Engine)
}
