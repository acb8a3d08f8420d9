package pytorch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// State is a state_dict: parameters by PyTorch's names, in PyTorch's layouts.
type State map[string]tensor.Array

// Open reads a safetensors file, such as safetensors.torch.save_file(model.state_dict(), path) writes. Halves become
// float32.
func Open(path string) (State, error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("pytorch: %w", err)
	}
	defer f.Close()
	s := State{}
	for _, name := range f.Names {
		if s[name], err = f.Tensor(name); err != nil {
			return nil, fmt.Errorf("pytorch: %s: %w", path, err)
		}
	}
	return s, nil
}

// Save writes s to a safetensors file: model.load_state_dict(safetensors.torch.load_file(path)) reads it.
func (s State) Save(path string) error {
	var list []safetensors.Tensor
	for _, name := range slices.Sorted(maps.Keys(s)) {
		list = append(list, safetensors.Tensor{Name: name, Array: s[name]})
	}
	if err := safetensors.WriteFile(path, nil, list); err != nil {
		return fmt.Errorf("pytorch: %w", err)
	}
	return nil
}

// Below is the part of s whose names begin with prefix and a dot, without that: what belongs to one module.
func (s State) Below(prefix string) State {
	part := State{}
	for name, a := range s {
		if rest, ok := strings.CutPrefix(name, prefix+"."); ok {
			part[rest] = a
		}
	}
	return part
}

// StateOf is what the twin of m in PyTorch would have as its state_dict.
func StateOf(m any) (State, error) {
	all, err := rules(m)
	if err != nil {
		return nil, err
	}
	s := State{}
	for path, a := range layers.State(m) {
		r, ok := all[path]
		if !ok {
			s[path] = a
			continue
		}
		s[r.name] = r.convert(a, false)
		if r.second != "" {
			s[r.second] = tensor.ArrayOf(make([]float32, a.Len()), a.Len())
		}
	}
	return s, nil
}

// Restore sets m's parameters to those of s. If one is missing, unknown to m, or of another shape, m stays as it was and
// the error lists them all by PyTorch's names.
func (s State) Restore(m any) error { return s.restore(m, false) }

// RestorePart is Restore of a part of a larger model: names that m has not are passed over. To train on from the first
// layers of another model, and keep them:
//
//	first := image[:6]
//	if err := state.Below("features").RestorePart(first); err != nil { … }
//	layers.Freeze(first)
func (s State) RestorePart(m any) error { return s.restore(m, true) }

func (s State) restore(m any, part bool) error {
	all, err := rules(m)
	if err != nil {
		return err
	}
	left := maps.Clone(s)
	var wrong []string
	ours := map[string]tensor.Array{}
	for path, p := range layers.Params(m) {
		r, ok := all[path]
		if !ok {
			r = rule{name: path}
		}
		a, ok := s[r.name]
		delete(left, r.name)
		if ok && r.second != "" {
			if a, err = r.both(a, left); err != nil {
				wrong = append(wrong, err.Error())
				continue
			}
		}
		want := r.theirs(p.Shape())
		switch {
		case !ok:
			wrong = append(wrong, r.name+" is missing")
		case !slices.Equal(a.Shape(), want):
			wrong = append(wrong, fmt.Sprintf("%s is %v, %v was expected", r.name, a.Shape(), want))
		case a.DType() != p.DType():
			wrong = append(wrong, fmt.Sprintf("%s is %v, %v was expected", r.name, a.DType(), p.DType()))
		default:
			ours[path] = r.convert(a, true)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if !part && !strings.HasSuffix(name, "num_batches_tracked") {
			wrong = append(wrong, name+" is unknown")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("pytorch: the state does not fit the model: %s", strings.Join(wrong, "; "))
	}
	return layers.Restore(m, ours)
}

// both adds an RNN's second bias to the first.
func (r rule) both(a tensor.Array, left State) (tensor.Array, error) {
	b, ok := left[r.second]
	delete(left, r.second)
	if !ok {
		return a, nil // an older file, or one written here
	}
	x, y := a.Floats(), b.Floats()
	if len(x) != len(y) {
		return a, fmt.Errorf("%s is %v, %v was expected", r.second, b.Shape(), a.Shape())
	}
	sum := make([]float32, len(x))
	for i := range x {
		sum[i] = x[i] + y[i]
	}
	return tensor.ArrayOf(sum, len(sum)), nil
}
