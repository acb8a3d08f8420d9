//go:build linux && cgo && !cpu

package tensor

import (
	"fmt"
	"os"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/engine"
)

// defaultEngine is what Open(nil) means in this build.
const defaultEngine = "cuda"

// openNamed opens an engine that not every build has.
func openNamed(o *Options) (engine.Device, error) {
	if o.Engine != "cuda" {
		return nil, fmt.Errorf("tensor: Open: there is no engine %q, want \"cuda\" or \"cpu\"", o.Engine)
	}
	d, err := cuda.Open(cuda.Options{
		Index:     o.Index,
		Precision: cuda.Precision(o.Precision), // the same three, in the same order
		Eager:     o.Eager || os.Getenv("BRAID_EAGER") == "1",
	})
	if err != nil {
		return nil, fmt.Errorf("tensor: Open: %w", err)
	}
	return d, nil
}
