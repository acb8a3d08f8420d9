//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

func binaryBy[K interface {
	kernels.Kernel
	~struct{ Y, A, B, N uint64 }
}](s *Stream, a binaryArgs) error {
	return launch(s, K(a), s.dev.spread(int(a.N), 4*threads), block, 0)
}

// A line for each binary function: reals, integers, and integers compared into reals.
var binaryKernels = [engine.BinaryOps]struct {
	f32, i32, mixed func(*Stream, binaryArgs) error
}{
	engine.Add:  {binaryBy[kernels.AddFwdF32], binaryBy[kernels.AddFwdI32], nil},
	engine.Sub:  {binaryBy[kernels.SubFwdF32], binaryBy[kernels.SubFwdI32], nil},
	engine.Mul:  {binaryBy[kernels.MulFwdF32], binaryBy[kernels.MulFwdI32], nil},
	engine.Div:  {binaryBy[kernels.DivFwdF32], binaryBy[kernels.DivFwdI32], nil},
	engine.Max:  {binaryBy[kernels.MaxFwdF32], binaryBy[kernels.MaxFwdI32], nil},
	engine.Min:  {binaryBy[kernels.MinFwdF32], binaryBy[kernels.MinFwdI32], nil},
	engine.Pow2: {binaryBy[kernels.Pow2FwdF32], binaryBy[kernels.Pow2FwdI32], nil},
	engine.Eq:   {binaryBy[kernels.EqFwdF32], binaryBy[kernels.EqFwdI32], binaryBy[kernels.EqFwdI32F32]},
	engine.Ne:   {binaryBy[kernels.NeFwdF32], binaryBy[kernels.NeFwdI32], binaryBy[kernels.NeFwdI32F32]},
	engine.Lt:   {binaryBy[kernels.LtFwdF32], binaryBy[kernels.LtFwdI32], binaryBy[kernels.LtFwdI32F32]},
	engine.Le:   {binaryBy[kernels.LeFwdF32], binaryBy[kernels.LeFwdI32], binaryBy[kernels.LeFwdI32F32]},
	engine.Gt:   {binaryBy[kernels.GtFwdF32], binaryBy[kernels.GtFwdI32], binaryBy[kernels.GtFwdI32F32]},
	engine.Ge:   {binaryBy[kernels.GeFwdF32], binaryBy[kernels.GeFwdI32], binaryBy[kernels.GeFwdI32F32]},
}

// Binary is Y = A op B.
func (s *Stream) Binary(o engine.Binary) error {
	if o.Op >= engine.BinaryOps || o.A.DType != o.B.DType {
		return engine.ErrUnsupported
	}
	flat, strided := binaryKernels[o.Op].f32, arithmeticF32
	switch compared := o.Op >= engine.Eq; {
	case o.A.DType == engine.F32 && o.Y.DType == engine.F32:
		if compared {
			strided = compareF32
		}
	case o.A.DType == engine.I32 && o.Y.DType == engine.I32:
		flat, strided = binaryKernels[o.Op].i32, arithmeticI32
		if compared {
			strided = compareI32
		}
	case o.A.DType == engine.I32 && o.Y.DType == engine.F32 && compared:
		flat, strided = binaryKernels[o.Op].mixed, compareMixed
	default:
		return engine.ErrUnsupported
	}
	b := newBroadcast(o.Dims, o.StrideA, o.StrideB)
	if !b.ok {
		return engine.ErrUnsupported
	}
	if b.flat(2) {
		return flat(s, binaryArgs{Y: addr(o.Y), A: addr(o.A), B: addr(o.B), N: uint64(b.total)})
	}
	d, p, q := &b.dims, &b.stride[0], &b.stride[1]
	return strided(s, stridedArgs{
		Y: addr(o.Y), A: addr(o.A), B: addr(o.B), N: uint64(b.total), Op: uint32(o.Op), First: int32(b.first),
		Dim0: d[0], Dim1: d[1], Dim2: d[2], Dim3: d[3], Dim4: d[4], Dim5: d[5],
		StrideA0: p[0], StrideA1: p[1], StrideA2: p[2], StrideA3: p[3], StrideA4: p[4], StrideA5: p[5],
		StrideB0: q[0], StrideB1: q[1], StrideB2: q[2], StrideB3: q[3], StrideB4: q[4], StrideB5: q[5],
	})
}

type stridedArgs = kernels.ArithmeticStridedF32

func (s *Stream) strided(n uint64) dim { return s.dev.spread(int(n), threads) }

func arithmeticF32(s *Stream, a stridedArgs) error { return launch(s, a, s.strided(a.N), block, 0) }
func arithmeticI32(s *Stream, a stridedArgs) error {
	return launch(s, kernels.ArithmeticStridedI32(a), s.strided(a.N), block, 0)
}
func compareF32(s *Stream, a stridedArgs) error {
	return launch(s, kernels.CompareStridedF32(a), s.strided(a.N), block, 0)
}
func compareI32(s *Stream, a stridedArgs) error {
	return launch(s, kernels.CompareStridedI32(a), s.strided(a.N), block, 0)
}
func compareMixed(s *Stream, a stridedArgs) error {
	return launch(s, kernels.CompareStridedI32F32(a), s.strided(a.N), block, 0)
}
