//go:build !purego

package cpu

//go:generate go -C _gen run ./rows -family random -pkg cpu -out ../random_amd64.s -stubs ../random_amd64.go

// fastWords sets words at the start of w to the draws from number at on, n or some more, as drawTile is whole batches.
func fastWords(d *draws, w *[drawTile]uint32, at, n int) bool {
	if !useAVX2 || n == 0 {
		return false
	}
	counter, keys := uint32(at/4), &d.keys[0]
	if useAVX512 {
		philoxAVX512(&w[0], keys, philoxM0, philoxM1, counter, d.site, d.step0, d.step1, (n+31)/32)
	} else {
		philoxAVX2(&w[0], keys, philoxM0, philoxM1, counter, d.site, d.step0, d.step1, (n+15)/16)
	}
	return true
}

// fastUniform is y = a + b·unit(w).
func fastUniform[T float](y []T, w *[drawTile]uint32, a, b T) bool {
	u, ok := float32s(y)
	if !ok {
		return false
	}
	if useAVX512 {
		uniformAVX512(&u[0], &w[0], float32(a), float32(b), 0x1p-24, len(u))
	} else {
		uniformAVX2(&u[0], &w[0], float32(a), float32(b), 0x1p-24, len(u))
	}
	return true
}

// fastDropout is y = x/keep where w>>8 >= least, else 0.
func fastDropout[T float](y, x []T, w *[drawTile]uint32, least uint32, keep T) bool {
	u, ok := float32s(y)
	if !ok {
		return false
	}
	v, _ := float32s(x[:len(y)])
	if useAVX512 {
		dropoutAVX512(&u[0], &v[0], &w[0], int32(least)-1, float32(keep), len(u))
	} else {
		dropoutAVX2(&u[0], &v[0], &w[0], int32(least)-1, float32(keep), len(u))
	}
	return true
}
