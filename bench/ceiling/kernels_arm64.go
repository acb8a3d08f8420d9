//go:build !purego

package ceiling

// loops are NEON's.
func loops() []loop {
	return []loop{{"neon", 24 * 4 * 2, func(n int) { fmaNEON(n) }, 32,
		func(p []float32) { readNEON(&p[0], len(p)/32) }, func(p []float32) { scaleNEON(&p[0], len(p)/32) }}}
}
