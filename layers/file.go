package layers

import (
	"fmt"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/tensor"
)

// Save writes m's parameters, frozen ones too, to a safetensors file, replacing it in one step. The numbers are those
// that train, bit for bit.
func Save(path string, m any) error {
	if err := safetensors.WriteParams(path, nil, Params(m)); err != nil {
		return fmt.Errorf("layers: Save: %w", err)
	}
	return nil
}

// Load reads the parameters of m from a safetensors file. The error lists every name that is missing in the file,
// unknown to m or of another shape; m is then as before. On the CPU values are read straight to where they belong, so
// an error of the disk half-way leaves some of them read.
func Load(path string, m any) error {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return fmt.Errorf("layers: Load: %w", err)
	}
	defer f.Close()
	if err := f.Fill(Params(m)); err != nil {
		return fmt.Errorf("layers: Load: %s: %w", path, err)
	}
	return nil
}

// State copies the values of m's parameters to the host, by name: to keep the best of a training, say.
func State(m any) map[string]tensor.Array {
	state := map[string]tensor.Array{}
	for _, p := range parameters(m) {
		state[p.path] = p.Array()
	}
	return state
}

// Restore sets m's parameters to the values of state. If a name is missing, unknown or of another shape or type it
// changes nothing, and the error lists them all.
func Restore(m any, state map[string]tensor.Array) error {
	forms := map[string]safetensors.Form{}
	for name, a := range state {
		forms[name] = safetensors.Form{Shape: a.Shape(), Type: a.DType().String()}
	}
	if err := safetensors.Fit(Params(m), forms); err != nil {
		return fmt.Errorf("layers: %w", err)
	}
	for _, p := range parameters(m) {
		if err := p.Set(state[p.path]); err != nil {
			return fmt.Errorf("layers: setting %s: %w", p.path, err)
		}
	}
	return nil
}
