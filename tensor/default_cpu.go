//go:build cpu || !linux || !cgo

package tensor

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// defaultEngine is what Open(nil) means in this build.
const defaultEngine = "cpu"

// openNamed opens an engine that not every build has.
func openNamed(o *Options) (engine.Device, error) {
	return nil, fmt.Errorf("tensor: Open: this build has no engine %q, want \"cpu\"", o.Engine)
}
