//go:build !purego

package ceiling

import (
	"os"

	"golang.org/x/sys/cpu"
)

//go:generate go -C ../../cpu_fallback/_gen run ./ceiling -pkg ceiling -out ../../bench/ceiling/loops_amd64.s -stubs ../../bench/ceiling/loops_amd64.go

// loops are what this CPU has, the best last; not what is wider than braid may use.
func loops() (all []loop) {
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, loop{"avx2", 12 * 8 * 2, func(n int) { fma256(n) }, 64,
			func(p []float32) { read256(&p[0], len(p)/64) }, func(p []float32) { scale256(&p[0], len(p)/64) }})
	}
	if cpu.X86.HasAVX512F && os.Getenv("BRAID_CPU") != "avx2" {
		all = append(all, loop{"avx512", 12 * 16 * 2, func(n int) { fma512(n) }, 128,
			func(p []float32) { read512(&p[0], len(p)/128) }, func(p []float32) { scale512(&p[0], len(p)/128) }})
	}
	return all
}
