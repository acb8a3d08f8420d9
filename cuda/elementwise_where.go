//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Where is Y = Cond != 0 ? A : B, for elements of any type.
func (s *Stream) Where(o engine.Where) error {
	if !s.dev.Has(o.Y.DType) || !allOf(o.Y.DType, o.A, o.B) {
		return engine.ErrUnsupported
	}
	b := newBroadcast(o.Dims, o.StrideC, o.StrideA, o.StrideB)
	if !b.ok {
		return engine.ErrUnsupported
	}
	d, c, p, q := &b.dims, &b.stride[0], &b.stride[1], &b.stride[2]
	args := kernels.WhereF32B32{
		Y: addr(o.Y), C: addr(o.Cond), A: addr(o.A), B: addr(o.B), N: uint64(b.total), First: int32(b.first),
		Dim0: d[0], Dim1: d[1], Dim2: d[2], Dim3: d[3], Dim4: d[4], Dim5: d[5],
		StrideC0: c[0], StrideC1: c[1], StrideC2: c[2], StrideC3: c[3], StrideC4: c[4], StrideC5: c[5],
		StrideA0: p[0], StrideA1: p[1], StrideA2: p[2], StrideA3: p[3], StrideA4: p[4], StrideA5: p[5],
		StrideB0: q[0], StrideB1: q[1], StrideB2: q[2], StrideB3: q[3], StrideB4: q[4], StrideB5: q[5],
	}
	grid := s.strided(args.N)
	bytes := o.Y.DType == engine.U8
	switch {
	case o.Cond.DType == engine.F32 && bytes:
		return launch(s, kernels.WhereF32B8(args), grid, block, 0)
	case o.Cond.DType == engine.F32:
		return launch(s, args, grid, block, 0)
	case o.Cond.DType == engine.I32 && bytes:
		return launch(s, kernels.WhereI32B8(args), grid, block, 0)
	case o.Cond.DType == engine.I32:
		return launch(s, kernels.WhereI32B32(args), grid, block, 0)
	case o.Cond.DType == engine.U8 && bytes:
		return launch(s, kernels.WhereU8B8(args), grid, block, 0)
	case o.Cond.DType == engine.U8:
		return launch(s, kernels.WhereU8B32(args), grid, block, 0)
	}
	return engine.ErrUnsupported
}
