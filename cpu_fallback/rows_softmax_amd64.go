//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family softmax -pkg cpu -out ../softmax_amd64.s -stubs ../softmax_amd64.go

// fastMax is the largest of x, or NaN.
func fastMax[T float](x []T) (m float64, ok bool) {
	v, ok := float32s(x)
	switch {
	case !ok:
	case useAVX512:
		m = float64(rowMaxAVX512(&v[0], len(v)))
	default:
		m = float64(rowMaxAVX2(&v[0], len(v)))
	}
	return
}

// fastExpSum is the sum of e^(x-m), m the largest of x, and leaves the terms in y unless it is nil.
func fastExpSum[T float](y, x []T, m float64) (sum float64, ok bool) {
	v, ok := float32s(x)
	if !ok {
		return 0, false
	}
	var to *float32
	if y != nil {
		u, _ := float32s(y[:len(x)])
		to = &u[0]
	}
	if useAVX512 {
		return expSumAVX512(to, &v[0], float32(m), len(v)), true
	}
	return expSumAVX2(to, &v[0], float32(m), len(v)), true
}

// fastScaleShift is y = a·x + b.
func fastScaleShift[T float](y, x []T, a, b float64) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	if useAVX512 {
		scaleShiftAVX512(&u[0], &v[0], float32(a), float32(b), len(v))
	} else {
		scaleShiftAVX2(&u[0], &v[0], float32(a), float32(b), len(v))
	}
	return true
}

// fastLess is y = x - a.
func fastLess[T float](y, x []T, a float64) bool {
	u, ok := float32s(y[:len(x)])
	if !ok {
		return false
	}
	v, _ := float32s(x)
	if useAVX512 {
		lessAVX512(&u[0], &v[0], a, len(v))
	} else {
		lessAVX2(&u[0], &v[0], a, len(v))
	}
	return true
}
