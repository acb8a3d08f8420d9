package tensor_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/braidml/braid/interop/gorgonia"
	braid "github.com/braidml/braid/tensor"
	"gorgonia.org/tensor"
)

// TestMain makes the engine that BRAID_GORGONIA_ENGINE names the default of Gorgonia's own tests.
func TestMain(m *testing.M) {
	name := os.Getenv("BRAID_GORGONIA_ENGINE")
	if name == "own" {
		os.Exit(m.Run())
	}
	o := &braid.Options{}
	if name == "float64" {
		o.Float = braid.Float64
	}
	dev, err := braid.Open(o)
	if err != nil {
		panic(err)
	}
	tensor.Default = gorgonia.Engine{Device: dev}
	if name == "wrong" {
		tensor.Default = wrong{gorgonia.Engine{Device: dev}}
	}
	code := m.Run()
	s := dev.Stats()
	fmt.Println("braid operations:", s.Ops+s.Replays)
	os.Exit(code)
}

// wrong multiplies where it should add, and multiplies matrices into nothing.
type wrong struct{ gorgonia.Engine }

func (w wrong) Add(a, b tensor.Tensor, opts ...tensor.FuncOpt) (tensor.Tensor, error) {
	return w.Mul(a, b, opts...)
}

func (w wrong) MatMul(a, b, prealloc tensor.Tensor) error { return nil }
