//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family thin -pkg cpu -out ../gemm_thin_amd64.s -stubs ../gemm_thin_amd64.go

// fastAddRows is addRows.
func fastAddRows[T float](y, x []T, ld int, a []T, step, rows int) bool {
	u, ok := float32s(y)
	if !ok || rows == 0 {
		return ok
	}
	v, _ := float32s(x[:(rows-1)*ld+len(y)])
	w, _ := float32s(a[:(rows-1)*step+1])
	f, g := addRows8AVX2, addRows1AVX2
	if useAVX512 {
		f, g = addRows8AVX512, addRows1AVX512
	}
	eights := rows &^ 7
	if eights > 0 {
		f(&u[0], len(u), &v[0], ld, &w[0], step, rows/8)
	}
	if rows > eights {
		g(&u[0], len(u), &v[eights*ld], ld, &w[eights*step], step, rows-eights)
	}
	return true
}

var (
	dotsAVX2   = [2]func(y *float32, ldy int, a *float32, lda int, x *float32, ldx, k, times int){dots1AVX2, dots2AVX2}
	dotsAVX512 = [4]func(y *float32, ldy int, a *float32, lda int, x *float32, ldx, k, times int){dots1AVX512, dots2AVX512, dots3AVX512, dots4AVX512}
)

// fastDots is dots. Columns are taken by four; the last four overlap those before them.
func fastDots[T float](y []T, ldy int, a []T, lda, rows int, x []T, ldx, cols, k int) bool {
	u, ok := float32s(y)
	if !ok || rows == 0 || cols == 0 || k == 0 {
		return false
	}
	_ = u[(rows-1)*ldy+cols-1]
	v, _ := float32s(a[:(rows-1)*lda+k])
	w, _ := float32s(x[:(cols-1)*ldx+k])
	kernels := dotsAVX2[:]
	if useAVX512 {
		kernels = dotsAVX512[:]
	}
	for i := 0; i < rows; i += len(kernels) {
		f := kernels[min(rows-i, len(kernels))-1]
		switch {
		case cols < 4: // the one column four times
			for j := range cols {
				var out [16]float32
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
