package cpu

import "github.com/braidml/braid/internal/engine"

// MatMul is C = act(A·Bᵀ + Bias), batched.
func (s *Stream) MatMul(op engine.MatMul) error {
	switch op.C.DType {
	case engine.F32:
		matmul[float32](op)
	case engine.F64:
		matmul[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func matmul[T float](op engine.MatMul) {
	if op.StrideB == 0 && !op.TransA && op.StrideA == op.M*op.K {
		op.Batch, op.M = min(op.Batch, 1), op.Batch*op.M // one B for all: one tall product
	}
	c, a, b := view[T](op.C), view[T](op.A), view[T](op.B)
	p := product[T]{ldc: op.N, m: op.M, n: op.N, k: op.K, bias: view[T](op.Bias), act: op.Act, accumulate: op.Accumulate}
	one := func(i int) {
		p := p
		p.c = c[i*op.M*op.N:][:op.M*op.N]
		if op.M*op.N*op.K != 0 {
			p.operands(op, a[i*op.StrideA:], b[i*op.StrideB:])
		}
		gemm(p)
	}
	// Small products are computed several to a piece; large ones are cut up themselves, by the same pool.
	grain := min(op.Batch, max(1, pieceWork/max(1, op.M*op.N*op.K)))
	if op.Batch == 0 {
		return
	}
	parallel(pieces(op.Batch, grain), func(i int) {
		for from, to := piece(i, op.Batch, grain); from < to; from++ {
			one(from)
		}
	})
}

// operands sets A and B, which start at a and b.
func (p *product[T]) operands(op engine.MatMul, a, b []T) {
	if op.TransA {
		p.packA = packCols(a, op.M)
	} else {
		p.a, p.lda = a, op.K
	}
	if op.TransB {
		p.b, p.ldb = b, op.N
	} else {
		p.packB = packTall(b, op.K)
	}
}
