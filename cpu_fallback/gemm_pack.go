package cpu

// Panels. A panel of A holds up to mr() rows, element (i, k) at dst[k·mr() + i]; a panel of B holds up to nr() columns,
// element (k, j) at dst[k·nr() + j]. A last panel of B with fewer columns is filled up with zeros; what stands in the
// unused rows of a panel of A is never read.

// packCols is a packA for a matrix stored transposed: element (i, k) at a[k·ld + i].
func packCols[T float](a []T, ld int) func(dst []T, i0, i1, k0, k1 int) {
	return func(dst []T, i0, i1, k0, k1 int) { copyRows(dst, mr(), mr(), a[k0*ld+i0:], ld, i1-i0, k1-k0) }
}

// packWide is a packB for a row-major matrix: element (k, j) at b[k·ld + j].
func packWide[T float](b []T, ld int) func(dst []T, j0, j1, k0, k1 int) {
	return func(dst []T, j0, j1, k0, k1 int) { copyWide(dst, b[k0*ld+j0:], ld, j1-j0, k1-k0) }
}

// copyWide packs the first rows x n elements of b, whose rows are ld apart, as a panel of B.
func copyWide[T float](dst, b []T, ld, n, rows int) { copyRows(dst, nr(), nr(), b, ld, n, rows) }

// copyRows is dst[k·step + i] = src[k·ld + i] for i < n, and zeros for n <= i < w, where k < rows.
func copyRows[T float](dst []T, w, step int, src []T, ld, n, rows int) {
	if n == 0 || rows == 0 {
		return
	}
	if d, ok := any(dst).([]float32); ok && copyRows32(d, w, step, any(src).([]float32), ld, n, rows) {
		return
	}
	for k := range rows {
		to := dst[k*step:][:w]
		clear(to[copy(to, src[k*ld:][:n]):])
	}
}

// copyBand packs rows x n elements of a row-major matrix as panels of B, panel elements apart. It goes through the
// matrix row by row: reading one panel's columns of many rows would defeat the CPU's prefetching.
func copyBand[T float](dst []T, panel int, b []T, ld, n, rows int) {
	w := nr()
	rest := n % w
	for k := range rows {
		copyRows(dst[k*w:], w, panel, b[k*ld:], w, w, n/w)
		if rest > 0 {
			copyRows(dst[n/w*panel+k*w:], w, w, b[k*ld+n-rest:], rest, rest, 1)
		}
	}
}

// packTall is a packB for a matrix stored transposed: element (k, j) at b[j·ld + k].
func packTall[T float](b []T, ld int) func(dst []T, j0, j1, k0, k1 int) {
	return func(dst []T, j0, j1, k0, k1 int) {
		copyTall(dst, b[j0*ld+k0:], ld, j1-j0, k1-k0)
	}
}

// copyTall packs n rows of b, up to their element rows, as the columns of a panel of B.
func copyTall[T float](dst, b []T, ld, n, rows int) {
	w := nr()
	if n < w {
		clear(dst[:rows*w])
	}
	turn(dst, w, b, ld, n, rows)
}

// turn transposes: dst[k·w + r] = src[r·ld + k] for r < rows and k < cols.
func turn[T float](dst []T, w int, src []T, ld, rows, cols int) {
	if d, ok := any(dst).([]float32); ok && turn32(d, w, any(src).([]float32), ld, rows, cols) {
		return
	}
	turnGo(dst, w, src, ld, rows, cols)
}

func turnGo[T float](dst []T, w int, src []T, ld, rows, cols int) {
	for r := range rows {
		row := src[r*ld:][:cols]
		for k, v := range row {
			dst[k*w+r] = v
		}
	}
}
