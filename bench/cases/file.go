package cases

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/braidml/braid/internal/safetensors"
)

// Write draws the case's inputs, always the same for a name, and writes them to a file.
func (c *Case) Write(path string) error {
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.Name)) // a hash takes all
	t, err := c.Inputs(rand.New(rand.NewPCG(h.Sum64(), 1)))
	if err != nil {
		return err
	}
	return WriteFile(path, t)
}

// WriteFile writes tensors to a safetensors file.
func WriteFile(path string, t Tensors) error {
	var list []safetensors.Tensor
	for name, a := range t {
		list = append(list, safetensors.Tensor{Name: name, Array: a})
	}
	return safetensors.WriteFile(path, nil, list)
}

// ReadFile reads all tensors of a file.
func ReadFile(path string) (t Tensors, err error) {
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	t = Tensors{}
	for _, name := range f.Names {
		if t[name], err = f.Tensor(name); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return t, nil
}

// Sums are the sums of each tensor, in float64 and in order.
func (t Tensors) Sums() map[string]float64 {
	sums := map[string]float64{}
	for name, a := range t {
		total := 0.0
		for _, v := range a.Float64s() {
			total += v
		}
		sums[name] = total
	}
	return sums
}
