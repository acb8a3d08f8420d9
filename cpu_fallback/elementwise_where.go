package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// lane is an element that is only moved, by its size.
type lane interface{ uint8 | uint32 | uint64 }

// lanes is b's elements as integers of their size.
func lanes[U lane](b engine.Buffer) []U {
	raw := host(b)
	return unsafe.Slice((*U)(unsafe.Pointer(unsafe.SliceData(raw))), b.Len)
}

var zeroLane uint64

// absentLane is the one zero that stands for an absent operand.
func absentLane[U lane]() []U { return unsafe.Slice((*U)(unsafe.Pointer(&zeroLane)), 1) }

// Where is Y = Cond != 0 ? A : B, for elements of any type.
func (*Stream) Where(o engine.Where) error {
	if o.Y.DType == engine.BF16 || !allOf(o.Y.DType, o.A, o.B) {
		return engine.ErrUnsupported
	}
	switch o.Cond.DType {
	case engine.F32:
		whereBy[float32](o)
	case engine.F64:
		whereBy[float64](o)
	case engine.I32:
		whereBy[int32](o)
	case engine.U8:
		whereBy[uint8](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func whereBy[C number](o engine.Where) {
	switch o.Y.DType.Size() {
	case 1:
		where[C, uint8](o)
	case 4:
		where[C, uint32](o)
	case 8:
		where[C, uint64](o)
	}
}

func where[C number, U lane](o engine.Where) {
	xa, xb := lanes[U](o.A), lanes[U](o.B)
	if o.A.Absent() {
		xa, o.StrideA = absentLane[U](), shape{}
	}
	if o.B.Absent() {
		xb, o.StrideB = absentLane[U](), shape{}
	}
	run := &struct {
		layout
		y    []U
		cond operand[C]
		a, b operand[U]
	}{layout: newLayout(o.Dims, &o.StrideC, &o.StrideA, &o.StrideB), y: lanes[U](o.Y)}
	run.cond = newOperand(&run.layout, view[C](o.Cond), o.StrideC)
	run.a, run.b = newOperand(&run.layout, xa, o.StrideA), newOperand(&run.layout, xb, o.StrideB)
	parallelRuns(pieces(run.total, lightGrain), func(i int) {
		var bufC [tile]C
		var bufA, bufB [tile]U
		start, end := piece(i, run.total, lightGrain)
		for at := start; at < end; at += run.block {
			to, first := min(end, at+run.block), at == start
			cond := run.cond.at(&run.layout, &bufC, at, to, first)
			a, b := run.a.at(&run.layout, &bufA, at, to, first), run.b.at(&run.layout, &bufB, at, to, first)
			choose(run.y[at:to], cond, a, b)
		}
	})
}

// choose selects integers, which needs no branch (see bitsOf).
func choose[C number, U lane](y []U, cond []C, a, b []U) {
	cond, a, b = cond[:len(y)], a[:len(y)], b[:len(y)]
	for i := range y {
		v, w := a[i], b[i]
		if cond[i] == 0 {
			v = w
		}
		y[i] = v
	}
}
