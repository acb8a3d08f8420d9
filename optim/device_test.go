package optim

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// named is what New takes, in the given order: name, parameter, name, parameter, …
func named(list ...any) iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for i := 0; i < len(list); i += 2 {
			if !yield(list[i].(string), list[i+1].(*tensor.Tensor)) {
				return
			}
		}
	}
}

// open opens a device in float64.
func open(t testing.TB) *tensor.Device {
	t.Helper()
	return tensorcheck.Open(t, tensor.Options{Float: tensor.Float64})
}

// step minimises what loss computes, in a pass of its own.
func step(t testing.TB, dev *tensor.Device, o *Optimizer, loss func(p *tensor.Pass) *tensor.Tensor) {
	t.Helper()
	if err := tryStep(dev, o, loss); err != nil {
		t.Fatal(err)
	}
}

func tryStep(dev *tensor.Device, o *Optimizer, loss func(p *tensor.Pass) *tensor.Tensor) error {
	return dev.Run(tensor.Training, func(p *tensor.Pass) error {
		o.Minimize(loss(p))
		return nil
	})
}

var errBroken = errors.New("broken")

func wantMistake(t *testing.T, want string, f func()) {
	t.Helper()
	err := tensor.Try(func() error { f(); return nil })
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the mistake is %v, want %q in it", err, want)
	}
}
