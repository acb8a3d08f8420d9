package optime

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// gemm is c = a·b of batch row-major matrices.
func gemm(j *Job, o Operation, in map[string]tensor.Array) call {
	batch, m, n, k := o.Sizes["batch"], o.Sizes["m"], o.Sizes["n"], o.Sizes["k"]
	c := engine.MatMul{C: j.real(batch * m * n), A: j.input(in, "a"), B: j.input(in, "b"), Batch: batch, M: m, N: n, K: k, TransB: true}
	if batch > 1 {
		c.StrideA, c.StrideB = m*k, k*n
	}
	return call{run: func(s engine.Stream) error { return s.MatMul(c) }, outputs: map[string]result{"c": {c.C, []int{batch, m, n}}}}
}
