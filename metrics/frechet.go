package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/braidml/braid/tensor"
)

// FrechetDistance is the squared Fréchet distance between two sets of features [n, d] and [m, d], each taken for a normal
// distribution (Dowson and Landau 1982), the measure of generated images of Heusel et al. 2017:
//
//	|μ1-μ2|² + tr(Σ1 + Σ2 - 2·(Σ1·Σ2)^½)
//
// with unbiased covariances. Its value depends on who computes the features, so that only distances in the features of one
// classifier compare, and on the number of samples: it falls as they grow. Features that are not finite are an error.
func FrechetDistance(a, b tensor.Array) (float64, error) {
	x, y := features("FrechetDistance", a), features("FrechetDistance", b)
	n, d := x.Dims()
	m, e := y.Dims()
	if d != e || n < 2 || m < 2 {
		panic(&tensor.Error{Op: "metrics.FrechetDistance", Shapes: [][]int{a.Shape(), b.Shape()}, Rule: "features of the same width, and two samples of each, were expected"})
	}
	for i, s := range []*mat.Dense{x, y} {
		if total := mat.Sum(s); math.IsNaN(total) || math.IsInf(total, 0) {
			return math.NaN(), fmt.Errorf("metrics: FrechetDistance: the features of set %d are not finite", i+1)
		}
	}
	distance := 0.0
	for j := range d {
		apart := stat.Mean(mat.Col(nil, j, x), nil) - stat.Mean(mat.Col(nil, j, y), nil)
		distance += apart * apart
	}
	var s1, s2 mat.SymDense
	stat.CovarianceMatrix(&s1, x, nil)
	stat.CovarianceMatrix(&s2, y, nil)
	root, err := traceOfRoot(&s1, &s2)
	if err != nil {
		return math.NaN(), err
	}
	return max(0, distance+mat.Trace(&s1)+mat.Trace(&s2)-2*root), nil
}

// traceOfRoot is tr((A·B)^½) of two covariances. A·B is not symmetric, but A^½·B·A^½ has the same eigenvalues and is; so
// no complex root is needed, and what rounding makes negative is 0.
func traceOfRoot(a, b *mat.SymDense) (float64, error) {
	half, values, err := eigen(a, true)
	if err != nil {
		return 0, err
	}
	var scaled, product, all mat.Dense
	roots := make([]float64, len(values))
	for i, v := range values {
		roots[i] = math.Sqrt(max(v, 0))
	}
	scaled.Mul(half, mat.NewDiagDense(len(roots), roots)) // A^½ = V·√λ·Vᵀ; without the last factor the eigenvalues are the same
	product.Mul(scaled.T(), b)
	all.Mul(&product, &scaled)
	n := len(values)
	inner := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			inner.SetSym(i, j, (all.At(i, j)+all.At(j, i))/2)
		}
	}
	_, values, err = eigen(inner, false)
	trace := 0.0
	for _, v := range values {
		trace += math.Sqrt(max(v, 0))
	}
	return trace, err
}

func eigen(a *mat.SymDense, vectors bool) (*mat.Dense, []float64, error) {
	var e mat.EigenSym
	if !e.Factorize(a, vectors) {
		return nil, nil, fmt.Errorf("metrics: FrechetDistance: the eigenvalues of a covariance were not found")
	}
	var v mat.Dense
	if vectors {
		e.VectorsTo(&v)
	}
	return &v, e.Values(nil), nil
}

// features is an array [n, d] as a matrix.
func features(op string, a tensor.Array) *mat.Dense {
	if a.Absent() || len(a.Shape()) != 2 || a.Len() == 0 {
		panic(&tensor.Error{Op: "metrics." + op, Shapes: [][]int{a.Shape()}, Rule: "[n, d], at least one row, was expected"})
	}
	return mat.NewDense(a.Shape()[0], a.Shape()[1], a.Float64s())
}
