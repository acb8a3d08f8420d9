//go:build !purego

package cpu

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

var every = flag.Bool("every", false, "try the functions of all float32s, which takes minutes")

// vectorFunctions have the errors that they promise. The most of exp is a subnormal result's: 24 bits are rounded, and then
// 23. Sigmoid takes the rounding of a table's numbers, half a unit, for speed.
var vectorFunctions = []struct {
	name  string
	op    engine.UnaryOp
	want  func(float64) float64
	bound float64
}{
	{"exp", engine.Exp, math.Exp, 0.9},
	{"log", engine.Log, math.Log, 0.9},
	{"tanh", engine.Tanh, math.Tanh, 0.6},
	{"sigmoid", engine.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 1.3},
}

// worstVector is the largest error of f over every step-th float32.
func worstVector(step uint64, f func(y, x []float32), want func(float64) float64) (worst float64, at float32) {
	const run = 1 << 12
	var mu sync.Mutex
	var group sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		group.Go(func() {
			x, y := make([]float32, run), make([]float32, run)
			for first := w * run * step; first < 1<<32; first += workers * run * step {
				for i := range x {
					x[i] = math.Float32frombits(uint32(first + uint64(i)*step))
				}
				f(y, x)
				for i, v := range x {
					if u := ulpsOff(y[i], want(float64(v))); !(u <= 0.501) {
						mu.Lock()
						if !(u <= worst) {
							worst, at = u, v
						}
						mu.Unlock()
					}
				}
			}
		})
	}
	group.Wait()
	return worst, at
}

func TestVectorFunctions(t *testing.T) {
	step := uint64(997)
	if *every {
		step = 1
	}
	eachVectors(t, func(t *testing.T, _ func(func())) {
		for _, c := range vectorFunctions {
			worst, at := worstVector(step, func(y, x []float32) { unaryHeavy(c.op, y, x, 0) }, c.want)
			if !(worst <= c.bound) {
				t.Errorf("%s is wrong by %.3g ulp at %v", c.name, worst, at)
			}
			t.Logf("%s: at most %.3f ulp, at %v", c.name, max(worst, 0.501), at)
		}
	})
	if worst, _ := worstVector(99991, func(y, x []float32) {
		for i, v := range x {
			y[i] = v + v*v*v/3
		}
	}, math.Tan); worst <= 2 {
		t.Errorf("a series cut short is wrong by only %.3g ulp", worst)
	}
}

// Any number of elements at any address, and nothing around them.
func TestVectorFunctionsEnds(t *testing.T) {
	eachVectors(t, func(t *testing.T, _ func(func())) {
		for _, c := range vectorFunctions {
			for n := 1; n < 70; n++ {
				for lead := 1; lead < 4; lead++ {
					x, y := make([]float32, n), make([]float32, n+lead+20)
					for i := range y {
						y[i] = canary
					}
					for i := range x {
						x[i] = 0.1 * float32(1+i)
					}
					unaryHeavy(c.op, y[lead:lead+n], x, 0)
					for i, v := range y {
						if in := i >= lead && i < lead+n; !in && v != canary || in && !(ulpsOff(v, c.want(float64(x[i-lead]))) <= c.bound) {
							t.Fatalf("%s of %d elements, %d into memory: element %d is %v", c.name, n, lead, i, v)
						}
					}
				}
			}
		}
	})
}
