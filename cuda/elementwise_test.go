//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"math"
	"testing"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// constants are A and B of the functions that have them.
var constants = map[engine.UnaryOp][2]float64{
	engine.LeakyReLU: {0.2}, engine.Scale: {-1.7}, engine.Shift: {0.3}, engine.Pow: {2.5}, engine.Clamp: {-0.5, 1.5}, engine.ELU: {1.3},
}

// samples are inputs of op where it is defined, and away from where float32 overflows.
func samples(op engine.UnaryOp, n int) []float64 {
	x := gaussian(n, uint64(op))
	for i := range x {
		x[i] *= 2
		switch op {
		case engine.Log, engine.Sqrt, engine.Pow:
			x[i] = math.Abs(x[i]) + 0.01
		}
	}
	return x
}

// roundings bounds the error of a function in units of ε: that of the longest formula of correctly rounded operations
// and of functions which CUDA gives 2, and pow 8, units in the last place.
const roundings = 16

// forward is op on the CPU.
func forward(t *testing.T, op engine.UnaryOp, x []float64) []float64 {
	t.Helper()
	v, err := compute(cpu.New(), []operand{output(engine.F32, len(x)), reals(x...)}, 0, unary(op))
	must(t, err)
	return v[0]
}

func unary(op engine.UnaryOp) operation {
	return func(s engine.Stream, b []engine.Buffer) error {
		return s.Unary(engine.Unary{Op: op, Y: b[0], X: b[1], A: constants[op][0], B: constants[op][1]})
	}
}

func TestUnary(t *testing.T) {
	for op := range engine.UnaryOps {
		for _, n := range []int{0, 1, 3, 1027} {
			x := samples(op, n)
			parity(t, fmt.Sprintf("function %d of %d", op, n), check.Tolerance(1, roundings).At(check.Scale(x)),
				[]operand{output(engine.F32, n), reals(x...)}, unary(op))
		}
		special := []float64{0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, math.Inf(1), math.Inf(-1), math.NaN()}
		tol := check.Tolerance(1, roundings)
		tol.NaN = true
		parity(t, fmt.Sprintf("function %d of special values", op), tol,
			[]operand{output(engine.F32, len(special)), reals(special...)}, unary(op))
	}
}

func TestUnaryBwd(t *testing.T) {
	for op := range engine.UnaryOps {
		for _, n := range []int{0, 1, 3, 1027} {
			x, dy := samples(op, n), gaussian(n, 99)
			in := []operand{reals(dy...), reals(x...), {}}
			if !op.NeedsX() {
				in[1], in[2] = operand{}, reals(forward(t, op, x)...)
			}
			tol := check.Tolerance(1, roundings).At(4 * max(1, check.Scale(x)))
			parity(t, fmt.Sprintf("derivative %d of %d, over the gradient", op, n), tol, in, func(s engine.Stream, b []engine.Buffer) error {
				return s.UnaryBwd(engine.UnaryBwd{Op: op, DX: b[0], DY: b[0], X: b[1], Y: b[2], A: constants[op][0], B: constants[op][1]})
			})
		}
	}
}

// Where the derivative is a constant, neither operand needs to be there.
func TestUnaryBwdWithoutOperands(t *testing.T) {
	for _, op := range []engine.UnaryOp{engine.Neg, engine.Scale, engine.Shift, engine.Sign, engine.Floor, engine.Ceil, engine.Round} {
		parity(t, fmt.Sprintf("derivative %d", op), check.Tolerance(1, 1), []operand{output(engine.F32, 9), reals(gaussian(9, 1)...)},
			func(s engine.Stream, b []engine.Buffer) error {
				return s.UnaryBwd(engine.UnaryBwd{Op: op, DX: b[0], DY: b[1], A: 2})
			})
	}
}

// Kinks are where two engines could choose differently.
func TestUnaryBwdAtKinks(t *testing.T) {
	x := []float64{-2, -0.5, 0, 1.5, 2, math.NaN()}
	tol := check.Tolerance(1, 4)
	tol.NaN = true
	for _, op := range []engine.UnaryOp{engine.ReLU, engine.LeakyReLU, engine.Abs, engine.Sign, engine.Clamp, engine.ELU} {
		parity(t, fmt.Sprintf("derivative %d", op), tol, []operand{output(engine.F32, 6), reals(3, 3, 3, 3, 3, 3), reals(x...)},
			func(s engine.Stream, b []engine.Buffer) error {
				return s.UnaryBwd(engine.UnaryBwd{Op: op, DX: b[0], DY: b[1], X: b[2], Y: b[2], A: constants[op][0], B: constants[op][1]})
			})
	}
}
