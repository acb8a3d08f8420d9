package layers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/tensor"
)

// Save writes m's parameters, frozen ones too, to a safetensors file, replacing it in one step. The numbers are those
// that train, bit for bit.
func Save(path string, m any) error {
	var list []safetensors.Tensor
	for _, p := range parameters(m) {
		list = append(list, safetensors.Tensor{Name: p.path, Array: p.Array()})
	}
	if err := safetensors.WriteFile(path, nil, list); err != nil {
		return fmt.Errorf("layers: Save: %w", err)
	}
	return nil
}

// Load reads the parameters of m from a safetensors file. The error lists every name that is missing in the file,
// unknown to m or of another shape; m is then as before.
func Load(path string, m any) error {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return fmt.Errorf("layers: Load: %w", err)
	}
	defer f.Close()
	state := map[string]tensor.Array{}
	for _, name := range f.Names {
		if state[name], err = f.Tensor(name); err != nil {
			return fmt.Errorf("layers: Load: %w", err)
		}
	}
	if err := Restore(m, state); err != nil {
		return fmt.Errorf("%w (in %s)", err, path)
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
	params := parameters(m)
	if wrong := differences(params, state); len(wrong) > 0 {
		return fmt.Errorf("layers: the parameters do not fit the model: %s", strings.Join(wrong, "; "))
	}
	for _, p := range params {
		if err := p.Set(state[p.path]); err != nil {
			return fmt.Errorf("layers: setting %s: %w", p.path, err)
		}
	}
	return nil
}

// differences says what keeps state from being the values of params.
func differences(params []parameter, state map[string]tensor.Array) []string {
	var wrong, unknown []string
	known := map[string]bool{}
	for _, p := range params {
		known[p.path] = true
		a, ok := state[p.path]
		switch {
		case !ok:
			wrong = append(wrong, p.path+" is missing")
		case !slices.Equal(a.Shape(), p.Shape()):
			wrong = append(wrong, fmt.Sprintf("%s is %v, %v was expected", p.path, a.Shape(), p.Shape()))
		case a.DType() != tensor.Float32 && a.DType() != tensor.Float64:
			wrong = append(wrong, fmt.Sprintf("%s is %v, a real type was expected", p.path, a.DType()))
		}
	}
	for name := range state {
		if !known[name] {
			unknown = append(unknown, name+" is unknown")
		}
	}
	slices.Sort(unknown)
	return append(wrong, unknown...)
}
