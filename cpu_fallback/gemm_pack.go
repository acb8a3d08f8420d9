package cpu

// Panels. A panel of A holds up to mr() rows, element (i, k) at dst[k·mr() + i]; a panel of B holds up to nr() columns,
// element (k, j) at dst[k·nr() + j]. A last panel of B with fewer columns is filled up with zeros; what stands in the
// unused rows of a panel of A is never read.

// packRows is a packA for a row-major matrix: element (i, k) at a[i·ld + k].
func packRows[T float](a []T, ld int) func(dst []T, i0, i1, k0, k1 int) {
	return func(dst []T, i0, i1, k0, k1 int) {
		turn(dst, mr(), a[i0*ld+k0:], ld, i1-i0, k1-k0)
	}
}

// packCols is a packA for a matrix stored transposed: element (i, k) at a[k·ld + i].
func packCols[T float](a []T, ld int) func(dst []T, i0, i1, k0, k1 int) {
	return func(dst []T, i0, i1, k0, k1 int) {
		w := mr()
		for k := k0; k < k1; k++ {
			copy(dst[:w], a[k*ld+i0:k*ld+i1])
			dst = dst[w:]
		}
	}
}

// packWide is a packB for a row-major matrix: element (k, j) at b[k·ld + j].
func packWide[T float](b []T, ld int) func(dst []T, j0, j1, k0, k1 int) {
	return func(dst []T, j0, j1, k0, k1 int) {
		w := nr()
		for k := k0; k < k1; k++ {
			clear(dst[copy(dst[:w], b[k*ld+j0:k*ld+j1]):w])
			dst = dst[w:]
		}
	}
}

// packTall is a packB for a matrix stored transposed: element (k, j) at b[j·ld + k].
func packTall[T float](b []T, ld int) func(dst []T, j0, j1, k0, k1 int) {
	return func(dst []T, j0, j1, k0, k1 int) {
		w := nr()
		if j1-j0 < w {
			clear(dst[:(k1-k0)*w])
		}
		turn(dst, w, b[j0*ld+k0:], ld, j1-j0, k1-k0)
	}
}

// turn transposes: dst[k·w + r] = src[r·ld + k] for r < rows and k < cols.
func turn[T float](dst []T, w int, src []T, ld, rows, cols int) {
	for r := range rows {
		row := src[r*ld:][:cols]
		for k, v := range row {
			dst[k*w+r] = v
		}
	}
}
