package gorgonia

import (
	"fmt"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// Engine is Gorgonia's standard engine with these operations on a braid device, for float32 and float64: MatMul,
// MatVecMul, Inner, Outer; Add, Sub, Mul, Div, Pow of two arrays or of an array and a number, FMA; Neg, Inv, Square,
// Cube, Exp, Log, Tanh, Sqrt, InvSqrt, Abs, Sign, Clamp; Sum, Max, Min, Argmax, Argmin. It is set on an array, as
// g.WithEngine(gorgonia.Engine{Device: dev}), and goes on to what is computed from that array.
//
// Arrays may be transposed, sliced or column-major; WithReuse, WithIncr and UseUnsafe mean what they mean in Gorgonia.
// All else is left to the standard engine: other operations and types, masked arrays, scalars, arrays without elements,
// and arguments that are wrong, so that the errors are Gorgonia's own. Float64 needs a device opened with Options.Float
// set to Float64, for its precision's sake; on other devices it is left to the standard engine too.
//
// Where an order of summation or an approximation differs, results differ from Gorgonia's by rounding.
type Engine struct {
	g.StdEng
	Device *tensor.Device // nil is the CPU

	// FasterOnly leaves to the standard engine what it does faster. Elements come from the host's memory and go back
	// with every operation, so that only those that compute long gain by a device: MatMul, Exp, Log, Tanh, Argmax and
	// Argmin stay. docs/gorgonia.md has the figures.
	FasterOnly bool
}

var _ g.MatMuler = Engine{}

// MatMul is prealloc = a·b, [m k] by [k n], where all three may be transposed, sliced or column-major. (The standard
// engine takes a slice of columns for a whole matrix.) Operands are *g.Dense of one type; prealloc may be an operand.
func (e Engine) MatMul(a, b, prealloc g.Tensor) error {
	x, y, z, err := denses(a, b, prealloc)
	if err != nil {
		return err
	}
	if x.Dtype() != g.Float32 && x.Dtype() != g.Float64 {
		return e.StdEng.MatMul(a, b, prealloc)
	}
	left, err := Array(x)
	if err != nil {
		return err
	}
	right, err := Array(y)
	if err != nil {
		return err
	}
	if left.Len() == 0 || right.Len() == 0 { // gonum's BLAS wants row lengths above 0
		return scatter(z, tensor.ArrayOf(make([]float32, z.Shape().TotalSize()), z.Shape()...))
	}
	return e.product(z, matMul, e.StdEng.MatMul, left, right)
}

// denses checks what does not need the elements.
func denses(a, b, prealloc g.Tensor) (x, y, z *g.Dense, err error) {
	d := [3]*g.Dense{}
	for i, t := range []g.Tensor{a, b, prealloc} {
		ok := false
		if d[i], ok = t.(*g.Dense); !ok || d[i] == nil {
			return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: want *Dense, got %T", t)
		}
	}
	x, y, z = d[0], d[1], d[2]
	r, s, out := x.Shape(), y.Shape(), z.Shape()
	switch {
	case !z.IsNativelyAccessible():
		return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: result %v: not in memory that Go can write", out)
	case x.Dtype() != y.Dtype() || x.Dtype() != z.Dtype():
		return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: %v by %v into %v: the types differ", x.Dtype(), y.Dtype(), z.Dtype())
	case len(r) != 2 || len(s) != 2 || len(out) != 2:
		return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: %v by %v into %v: want three matrices", r, s, out)
	case r[1] != s[0]:
		return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: %v by %v: inner dimensions differ (%d, %d)", r, s, r[1], s[0])
	case out[0] != r[0] || out[1] != s[1]:
		return nil, nil, nil, fmt.Errorf("gorgonia: MatMul: %v by %v into %v: want room for (%d, %d)", r, s, out, r[0], s[1])
	}
	return x, y, z, nil
}
