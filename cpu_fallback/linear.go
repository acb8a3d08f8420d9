package cpu

import "github.com/braidml/braid/internal/engine"

// MatMul is C = act(A·Bᵀ + Bias + Residual), or that of its gradient, batched.
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
	if op.Batch == 0 {
		return
	}
	if op.StrideB == 0 && !op.TransA && op.StrideA == op.M*op.K {
		op.Batch, op.M = 1, op.Batch*op.M // one B for all: one tall product
	}
	if op.Batch == 1 {
		matmulOne[T](&op, 0)
		return
	}
	matmulBatch[T](op)
}

// matmulBatch computes several small products in a piece; large ones are cut up themselves, by the same pool.
func matmulBatch[T float](op engine.MatMul) {
	grain := max(1, pieceWork/max(1, op.M*op.N*op.K))
	parallel(pieces(op.Batch, grain), func(i int) {
		for from, to := piece(i, op.Batch, grain); from < to; from++ {
			matmulOne[T](&op, from)
		}
	})
}

// matmulOne computes product i of the batch.
func matmulOne[T float](op *engine.MatMul, i int) {
	p := product[T]{ldc: op.N, ldFrom: op.N, ldy: op.N, m: op.M, n: op.N, k: op.K, bias: view[T](op.Bias), act: op.Act}
	size := op.M * op.N
	p.c = view[T](op.C)[i*size:][:size]
	if !op.Residual.Absent() {
		p.from = view[T](op.Residual)[i*size:][:size]
	}
	if !op.Y.Absent() {
		p.y = view[T](op.Y)[i*size:][:size]
	}
	if op.M*op.N*op.K != 0 {
		p.operands(op, view[T](op.A)[i*op.StrideA:], view[T](op.B)[i*op.StrideB:])
	}
	gemm(p)
}

// operands sets A and B, which start at a and b.
func (p *product[T]) operands(op *engine.MatMul, a, b []T) {
	p.a, p.lda, p.turnedA = a, op.K, op.TransA
	if op.TransA {
		p.lda = op.M
	}
	p.b, p.ldb, p.turnedB = b, op.N, !op.TransB
	if !op.TransB {
		p.ldb = op.K
	}
}
