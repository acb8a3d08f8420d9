// Package blas offers braid's CPU matrix product to gonum, and through gonum's interfaces to Gorgonia:
//
//	blas32.Use(blas.Implementation{}) // gonum.org/v1/gonum/blas/blas32
//	tensor.Use(blas.Implementation{}) // gorgonia.org/tensor
//
// Both settings are global to the program and belong at its start, before other goroutines multiply.
package blas

import (
	cpu "github.com/braidml/braid/cpu_fallback"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Implementation is gonum's BLAS, all of it, with a faster Sgemm. The zero value is ready for use by any number of
// goroutines.
type Implementation struct{ gonum.Implementation }

var (
	_ blas.Float32    = Implementation{}
	_ blas.Float64    = Implementation{}
	_ blas.Complex64  = Implementation{}
	_ blas.Complex128 = Implementation{}
)

// Sgemm is C = alpha·op(A)·op(B) + beta·C on row-major matrices: op(A) is m x k, op(B) k x n, C m x n, and op
// transposes where tA or tB says so. It panics as gonum's does when sizes, leading dimensions or slices do not fit.
//
// C is not read where beta is 0, and A and B are not read where alpha is 0. A zero in A does not hide a NaN or an
// infinity in B, as it sometimes does in gonum's. C must not overlap A or B. Sums are in another order than gonum's, so
// results differ by rounding; they do not depend on GOMAXPROCS.
func (i Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	// Adding nothing to C is how gonum's rules are asked for: it checks the arguments and returns.
	i.Implementation.Sgemm(tA, tB, m, n, k, 0, a, lda, b, ldb, 1, c, ldc)
	cpu.Sgemm(tA != blas.NoTrans, tB != blas.NoTrans, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
