package cpu

// Sgemm is C = alpha·op(A)·op(B) + beta·C on float32 matrices in the caller's memory: BLAS's product, row-major.
//
// op(A) is m x k: row i starts at a[i·lda], or with transA column i does. op(B) is k x n: row l starts at b[l·ldb], or
// with transB column l does. C is m x n, its row i starts at c[i·ldc], and what lies between its rows is left alone.
// The caller has checked the sizes: leading dimensions are at least the rows' lengths and the slices are long enough.
// C must not overlap A or B.
//
// As in the reference BLAS, C is not read where beta is 0, and A and B are not read where alpha is 0.
func Sgemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m == 0 || n == 0 {
		return
	}
	if beta != 0 && beta != 1 {
		scaleRows(c, ldc, m, n, beta)
	}
	if alpha == 0 {
		k = 0
	}
	p := product[float32]{c: c, ldc: ldc, m: m, n: n, k: k}
	if beta != 0 {
		p.from, p.ldFrom = c, ldc
	}
	switch {
	case alpha == 1:
		p.a, p.lda, p.turnedA = a, lda, transA
	case transA:
		p.packA = scaled(packCols(a, lda), alpha)
	default:
		p.packA = scaled(packRows(a, lda), alpha)
	}
	p.b, p.ldb, p.turnedB = b, ldb, transB
	gemm(p)
}

// scaleRows multiplies the m x n matrix c by beta.
func scaleRows(c []float32, ldc, m, n int, beta float32) {
	grain := max(1, 1<<14/n)
	parallel(pieces(m, grain), func(i int) {
		for from, to := piece(i, m, grain); from < to; from++ {
			row := c[from*ldc:][:n]
			for j := range row {
				row[j] *= beta
			}
		}
	})
}

// packRows is a packA for a row-major matrix: element (i, k) at a[i·ld + k].
func packRows(a []float32, ld int) func(dst []float32, i0, i1, k0, k1 int) {
	return func(dst []float32, i0, i1, k0, k1 int) { turn(dst, mr(), a[i0*ld+k0:], ld, i1-i0, k1-k0) }
}

// scaled is a packA that multiplies by alpha: a pass over a panel that is in the first-level cache, where a pass over
// the finished C would be one over memory.
func scaled(pack func(dst []float32, i0, i1, k0, k1 int), alpha float32) func(dst []float32, i0, i1, k0, k1 int) {
	return func(dst []float32, i0, i1, k0, k1 int) {
		pack(dst, i0, i1, k0, k1)
		for k := range k1 - k0 {
			col := dst[k*mr():][:i1-i0]
			for i := range col {
				col[i] *= alpha
			}
		}
	}
}
