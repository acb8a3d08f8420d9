package gorgonia

import (
	"fmt"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// Engine is Gorgonia's standard engine with matrix products on a braid device. It is set on an array, as
// g.WithEngine(gorgonia.Engine{Device: dev}), and goes on to what is computed from that array; g.MatMul, g.Dot and
// g.Contract then use it.
//
// Float32 products run on any device. Float64 ones need a device opened with Options.Float set to Float64, for their
// precision's sake; on others, as for complex numbers, they stay with the standard engine. So does everything that
// uses an element only once or twice, such as MatVecMul and Outer: bringing it to the device would cost more.
type Engine struct {
	g.StdEng
	Device *tensor.Device // nil is the CPU
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
	product, err := e.multiply(left, right)
	if err != nil {
		return err
	}
	return scatter(z, product)
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

// multiply is a·b, on the device where it has the precision.
func (e Engine) multiply(a, b tensor.Array) (c tensor.Array, err error) {
	dev := e.Device
	if dev == nil {
		dev = tensor.CPU()
	}
	coarse := false
	err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		if coarse = a.DType() == tensor.Float64 && p.Full(0).DType() != tensor.Float64; coarse {
			return nil
		}
		c = p.Input(a).MatMul(p.Input(b)).Array()
		return nil
	})
	if err != nil || !coarse {
		return c, err
	}
	out := make([]float64, a.Shape()[0]*b.Shape()[1])
	c = tensor.ArrayOf(out, a.Shape()[0], b.Shape()[1])
	if a.Len() == 0 || b.Len() == 0 { // gonum's BLAS wants row lengths above 0
		return c, nil
	}
	return c, e.StdEng.MatMul(Dense(a), Dense(b), Dense(c))
}

// scatter copies a into d, which has its shape.
func scatter(d *g.Dense, a tensor.Array) error {
	if d.Dtype() == g.Float64 {
		return place(d, d.Float64s(), a.Float64s())
	}
	return place(d, d.Float32s(), a.Floats())
}

func place[T tensor.Elem](d *g.Dense, to, from []T) error {
	l, err := layoutOf(d, len(to))
	if err != nil {
		return fmt.Errorf("gorgonia: MatMul: result: %w", err)
	}
	if l.dense() {
		copy(to, from)
		return nil
	}
	l.each(func(i, at int) { to[at] = from[i] })
	return nil
}
