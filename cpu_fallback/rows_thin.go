//go:build (amd64 || arm64) && !purego

package cpu

type (
	rowAdder  = func(y *float32, n int, x *float32, ld int, a *float32, step, times int)
	dotKernel = func(y *float32, ldy int, a *float32, lda int, x *float32, ldx, k, times int)
)

// fastAddRows is addRows.
func fastAddRows[T float](y, x []T, ld int, a []T, step, rows int) bool {
	u, ok := float32s(y)
	if !ok || rows == 0 {
		return ok
	}
	v, _ := float32s(x[:(rows-1)*ld+len(y)])
	w, _ := float32s(a[:(rows-1)*step+1])
	f, g := rowAdders()
	eights := rows &^ 7
	if eights > 0 {
		f(&u[0], len(u), &v[0], ld, &w[0], step, rows/8)
	}
	if rows > eights {
		g(&u[0], len(u), &v[eights*ld], ld, &w[eights*step], step, rows-eights)
	}
	return true
}

// fastDots is dots. Columns are taken by four; the last four overlap those before them.
func fastDots[T float](y []T, ldy int, a []T, lda, rows int, x []T, ldx, cols, k int) bool {
	u, ok := float32s(y)
	if !ok || rows == 0 || cols == 0 || k == 0 {
		return false
	}
	_ = u[(rows-1)*ldy+cols-1]
	v, _ := float32s(a[:(rows-1)*lda+k])
	w, _ := float32s(x[:(cols-1)*ldx+k])
	kernels := dotKernels()
	var out []float32
	if cols < 4 { // not on the stack: kernels called through a variable would move it to the heap for every column
		out = borrow[float32](16)
		defer giveBack(out)
	}
	for i := 0; i < rows; i += len(kernels) {
		f := kernels[min(rows-i, len(kernels))-1]
		switch {
		case cols < 4: // the one column four times
			for j := range cols {
				f(&out[0], 4, &v[i*lda], lda, &w[j*ldx], 0, k, 1)
				for r := range min(rows-i, len(kernels)) {
					u[(i+r)*ldy+j] = out[r*4]
				}
			}
		default:
			f(&u[i*ldy], ldy, &v[i*lda], lda, &w[0], ldx, k, cols/4)
			if cols%4 != 0 {
				f(&u[i*ldy+cols-4], ldy, &v[i*lda], lda, &w[(cols-4)*ldx], ldx, k, 1)
			}
		}
	}
	return true
}
