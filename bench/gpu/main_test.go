//go:build linux && cgo && !cpu

package gpu

import (
	"errors"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/braidml/braid/internal/gputime"
	"github.com/braidml/braid/tensor"
)

var (
	full      = flag.Bool("full", false, "real sizes, 200 repeats")
	peersFile = flag.String("peers", "", "times of other libraries, by bench/peers/gpu.py")
	timesFile = flag.String("times", "", "where to write the times")
)

func open(t *testing.T, o tensor.Options) *tensor.Device {
	t.Helper()
	o.Engine = "cuda"
	dev, err := tensor.Open(&o)
	if errors.Is(err, gputime.ErrNoDevice) && !*full {
		t.Skipf("needs a GPU, or BRAID_LIBCUDA naming the emulated one: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

// effort is half a second a case, in graphs of ten milliseconds, or a single try.
func effort() gputime.Effort {
	if *full {
		return gputime.Effort{Graph: 10 * time.Millisecond, Series: 250 * time.Millisecond}
	}
	return gputime.Effort{}
}

// reals are numbers from [-1, 1), from which any sum of products differs if one term is missing.
func reals(rng *rand.Rand, shape []int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = 2*rng.Float32() - 1
	}
	return tensor.ArrayOf(v, shape...)
}

// below are integers from 0 to n-1.
func below(n int32) func(*rand.Rand, []int) tensor.Array {
	return func(rng *rand.Rand, shape []int) tensor.Array {
		of := reals(rng, shape).Floats()
		v := make([]int32, len(of))
		for i := range v {
			v[i] = rng.Int32N(n)
		}
		return tensor.ArrayOf(v, shape...)
	}
}
