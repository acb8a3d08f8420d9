package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// Binary is Y = A op B. On integers a quotient is cut towards zero and a division by zero gives 0; a power with a
// negative exponent is the real one cut towards zero, 0 for base 0.
func (*Stream) Binary(o engine.Binary) error {
	t := o.A.DType
	compared := o.Op >= engine.Eq
	if o.Op >= engine.BinaryOps || o.B.DType != t || o.Y.DType != t && !compared {
		return engine.ErrUnsupported
	}
	switch t {
	case engine.F32:
		return binaryTo[float32](o)
	case engine.F64:
		return binaryTo[float64](o)
	case engine.I32:
		return binaryTo[int32](o)
	}
	return engine.ErrUnsupported
}

func binaryTo[T float32 | float64 | int32](o engine.Binary) error {
	switch o.Y.DType {
	case engine.F32:
		binary[float32, T](o)
	case engine.F64:
		binary[float64, T](o)
	case engine.I32:
		if o.A.DType != engine.I32 {
			return engine.ErrUnsupported
		}
		binary[int32, T](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// binary works on blocks of Y, with A and B broadcast to slices of the same length.
func binary[Y, T float32 | float64 | int32](o engine.Binary) {
	run := &struct { // in one piece on the heap
		layout
		op   engine.BinaryOp
		y    []Y
		a, b operand[T]
	}{layout: newLayout(o.Dims, &o.StrideA, &o.StrideB), op: o.Op, y: view[Y](o.Y)}
	run.a, run.b = newOperand(&run.layout, view[T](o.A), o.StrideA), newOperand(&run.layout, view[T](o.B), o.StrideB)
	parallelRuns(pieces(run.total, lightGrain), func(i int) {
		var bufA, bufB [tile]T
		start, end := piece(i, run.total, lightGrain)
		for at := start; at < end; at += run.block {
			to, first := min(end, at+run.block), at == start
			a, b := run.a.at(&run.layout, &bufA, at, to, first), run.b.at(&run.layout, &bufB, at, to, first)
			apply(run.op, run.y[at:to], a, b)
		}
	})
}

// apply is y = a op b. It calls functions by name only, or the tiles would escape to the heap.
func apply[Y, T float32 | float64 | int32](op engine.BinaryOp, y []Y, a, b []T) {
	if op >= engine.Eq {
		compare(op, y, a, b)
		return
	}
	switch a := any(a).(type) { // y has the type of a and b
	case []float32:
		arithmeticReal(op, any(y).([]float32), a, any(b).([]float32))
	case []float64:
		arithmeticReal(op, any(y).([]float64), a, any(b).([]float64))
	case []int32:
		arithmeticInt(op, any(y).([]int32), a, any(b).([]int32))
	}
}

// arithmetic is y = a op b for what reals and integers have in common.
func arithmetic[T float32 | float64 | int32](op engine.BinaryOp, y, a, b []T) {
	a, b = a[:len(y)], b[:len(y)]
	switch op {
	case engine.Add:
		for i := range y {
			y[i] = a[i] + b[i]
		}
	case engine.Sub:
		for i := range y {
			y[i] = a[i] - b[i]
		}
	case engine.Mul:
		for i := range y {
			y[i] = a[i] * b[i]
		}
	case engine.Max:
		for i := range y {
			y[i] = max(a[i], b[i])
		}
	case engine.Min:
		for i := range y {
			y[i] = min(a[i], b[i])
		}
	}
}

func arithmeticReal[T float](op engine.BinaryOp, y, a, b []T) {
	if fastBinary(op, y, a, b) {
		return
	}
	switch op {
	case engine.Div:
		a, b = a[:len(y)], b[:len(y)]
		for i := range y {
			y[i] = a[i] / b[i]
		}
	case engine.Pow2:
		for i := range y {
			y[i] = T(math.Pow(float64(a[i]), float64(b[i])))
		}
	default:
		arithmetic(op, y, a, b)
	}
}

func arithmeticInt(op engine.BinaryOp, y, a, b []int32) {
	switch op {
	case engine.Div:
		for i := range y {
			q := int32(0)
			if b[i] != 0 {
				q = a[i] / b[i]
			}
			y[i] = q
		}
	case engine.Pow2:
		for i := range y {
			y[i] = powInt(a[i], b[i])
		}
	default:
		arithmetic(op, y, a, b)
	}
}

// powInt is a^b, modulo 2^32, by squaring.
func powInt(a, b int32) int32 {
	if b < 0 {
		switch a {
		case 1:
			return 1
		case -1:
			return 1 - 2*(b&1)
		}
		return 0
	}
	p := int32(1)
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p *= a
		}
		a *= a
	}
	return p
}

// compare is y = a op b as 1 or 0.
func compare[Y number, T float32 | float64 | int32](op engine.BinaryOp, y []Y, a, b []T) {
	a, b = a[:len(y)], b[:len(y)]
	switch op {
	case engine.Eq:
		for i := range y {
			y[i] = Y(one(a[i] == b[i]))
		}
	case engine.Ne:
		for i := range y {
			y[i] = Y(one(a[i] != b[i]))
		}
	case engine.Lt:
		for i := range y {
			y[i] = Y(one(a[i] < b[i]))
		}
	case engine.Le:
		for i := range y {
			y[i] = Y(one(a[i] <= b[i]))
		}
	case engine.Gt:
		for i := range y {
			y[i] = Y(one(a[i] > b[i]))
		}
	case engine.Ge:
		for i := range y {
			y[i] = Y(one(a[i] >= b[i]))
		}
	}
}
