//go:build (!amd64 && !arm64) || purego

package ceiling

import (
	"runtime"

	"github.com/braidml/braid/cpu_fallback"
)

// side is of matrices that the first caches hold.
const side = 64

// loops stands in the best product of small matrices for multiply-adds, where there are none in assembly.
func loops() []loop {
	a, b := make([]float32, side*side), make([]float32, side*side)
	for i := range a {
		a[i], b[i] = 0.5, 0.5
	}
	return []loop{{stand, 2 * side * side * side / 64, func(n int) {
		c := make([]float32, side*side)
		for range n / 64 {
			cpu.Sgemm(false, false, side, side, side, 1, a, side, b, side, 0, c, side)
		}
	}, 1, read, scale}}
}

func read(p []float32) {
	var s [4]float32
	for i := 0; i+4 <= len(p); i += 4 {
		q := p[i : i+4 : i+4]
		s[0] += q[0]
		s[1] += q[1]
		s[2] += q[2]
		s[3] += q[3]
	}
	runtime.KeepAlive(s) // or the sums would be left out
}

func scale(p []float32) {
	for i := range p {
		p[i] *= 0.5
	}
}
