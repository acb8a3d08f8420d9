package layers

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// Orthogonal makes the rows of w, seen as a matrix with fanIn columns, orthonormal, or its columns where it has fewer
// columns than rows: a repeated product with it neither grows nor shrinks (Saxe et al. 2014). For recurrent weights.
func Orthogonal(rng *rand.Rand, w []float32, fanIn, fanOut int) {
	cols := fanIn
	expect(cols >= 1 && len(w)%cols == 0, "Orthogonal", "%d values are not rows of fanIn %d", len(w), fanIn)
	rows := len(w) / cols
	q := orthonormal(rng, max(rows, cols), min(rows, cols))
	for i := range rows {
		for j := range cols {
			a, b := i, j
			if rows < cols {
				a, b = j, i
			}
			w[i*cols+j] = float32(q.Data[a*q.Stride+b])
		}
	}
}

// orthonormal draws a tall matrix with orthonormal columns, uniformly: the Q of a normal matrix, whose columns take the
// signs that make the diagonal of R positive (Mezzadri 2007). It calls LAPACK because mat.QR only gives Q in full,
// rows x rows.
func orthonormal(rng *rand.Rand, rows, cols int) blas64.General {
	q := blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
	for i := range q.Data {
		q.Data[i] = rng.NormFloat64()
	}
	tau := make([]float64, cols)
	work := make([]float64, 64*max(cols, 1))
	lapack64.Geqrf(q, tau, work, len(work))
	sign := make([]float64, cols)
	for j := range sign {
		sign[j] = 1
		if q.Data[j*q.Stride+j] < 0 {
			sign[j] = -1
		}
	}
	lapack64.Orgqr(q, tau, work, len(work))
	for i := range q.Data {
		q.Data[i] *= sign[i%cols]
	}
	return q
}
