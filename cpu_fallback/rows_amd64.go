//go:build !purego

package cpu

import "unsafe"

//go:generate go -C _gen run ./rows -family act -pkg cpu -out ../act_amd64.s -stubs ../act_amd64.go
//go:generate go -C _gen run ./rows -family norm -pkg cpu -out ../norm_amd64.s -stubs ../norm_amd64.go
//go:generate go -C _gen run ./rows -family pool -pkg cpu -out ../pool_amd64.s -stubs ../pool_amd64.go

// useAVX2 and useAVX512 say which functions the loops over rows call; tests switch them.
var useAVX2, useAVX512 = hasAVX2, hasAVX512

// float32s is x where it holds float32s and there are vectors to compute with.
func float32s[T float](x []T) (_ []float32, ok bool) {
	if unsafe.Sizeof(T(0)) != 4 || !useAVX2 || len(x) == 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(x))), len(x)), true
}

// The functions below do the work of a loop in Go and are true, or are false and do nothing.

func fastReLU[T float](y, x []T) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	if useAVX512 {
		reluAVX512(&u[0], &v[0], len(v))
	} else {
		reluAVX2(&u[0], &v[0], len(v))
	}
	return true
}

func fastReLUGrad[T float](dx, dy, y []T) bool {
	u, ok := float32s(dx[:len(dy)])
	if !ok {
		return false
	}
	d, _ := float32s(dy)
	v, _ := float32s(y[:len(dy)])
	if useAVX512 {
		reluGradAVX512(&u[0], &d[0], &v[0], len(d))
	} else {
		reluGradAVX2(&u[0], &d[0], &v[0], len(d))
	}
	return true
}

// oneSweep reports whether the functions of batch normalisation take all c columns at once, so that they go down the rows a
// single time.
func oneSweep(c int) bool { return useAVX512 && (c <= 8 || c == 16 || c == 32) }

func fastMoments[T float](sum, sq []float64, pivot, x []T) bool {
	v, ok := float32s(x)
	if !ok || len(sum) == 0 {
		return false
	}
	w := len(sum)
	p, _ := float32s(pivot[:w])
	sq = sq[:w]
	if useAVX512 {
		normMomentsAVX512(&sum[0], &sq[0], &p[0], &v[0], w, len(v)/w)
	} else {
		normMomentsAVX2(&sum[0], &sq[0], &p[0], &v[0], w, len(v)/w)
	}
	return true
}

func fastSums[T float](sum, dot []float64, dz, x, mean, invstd []T) bool {
	v, ok := float32s(x)
	if !ok || len(sum) == 0 {
		return false
	}
	w := len(sum)
	d, _ := float32s(dz[:len(x)])
	m, _ := float32s(mean[:w])
	s, _ := float32s(invstd[:w])
	dot = dot[:w]
	if useAVX512 {
		normSumsAVX512(&sum[0], &dot[0], &d[0], &v[0], &m[0], &s[0], w, len(v)/w)
	} else {
		normSumsAVX2(&sum[0], &dot[0], &d[0], &v[0], &m[0], &s[0], w, len(v)/w)
	}
	return true
}

func fastApply[T float](y, x, center, gain, bias []T) bool {
	v, ok := float32s(x)
	if !ok || len(center) == 0 {
		return false
	}
	w := len(center)
	u, _ := float32s(y[:len(x)])
	c, _ := float32s(center)
	g, _ := float32s(gain[:w])
	b, _ := float32s(bias[:w])
	if useAVX512 {
		normApplyAVX512(&u[0], &v[0], &c[0], &g[0], &b[0], w, len(v)/w)
	} else {
		normApplyAVX2(&u[0], &v[0], &c[0], &g[0], &b[0], w, len(v)/w)
	}
	return true
}

func fastApplyBwd[T float](dx, dz, x, gain, mean, slope, bias []T) bool {
	v, ok := float32s(x)
	if !ok || len(gain) == 0 {
		return false
	}
	w := len(gain)
	u, _ := float32s(dx[:len(x)])
	d, _ := float32s(dz[:len(x)])
	g, _ := float32s(gain)
	m, _ := float32s(mean[:w])
	s, _ := float32s(slope[:w])
	b, _ := float32s(bias[:w])
	if useAVX512 {
		normApplyBwdAVX512(&u[0], &d[0], &v[0], &g[0], &m[0], &s[0], &b[0], w, len(v)/w)
	} else {
		normApplyBwdAVX2(&u[0], &d[0], &v[0], &g[0], &m[0], &s[0], &b[0], w, len(v)/w)
	}
	return true
}
