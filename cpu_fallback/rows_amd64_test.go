//go:build !purego

package cpu

import "testing"

// eachVectors runs f with the vectors of every kind that this CPU has. scalar runs a function without any.
func eachVectors(t *testing.T, f func(t *testing.T, scalar func(func()))) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	defer func() { useAVX2, useAVX512 = hasAVX2, hasAVX512 }()
	for _, name := range []string{"AVX2", "AVX512"} {
		wide := name == "AVX512"
		if wide && !hasAVX512 {
			continue
		}
		useAVX2, useAVX512 = true, wide
		t.Run(name, func(t *testing.T) {
			f(t, func(g func()) {
				useAVX2, useAVX512 = false, false
				g()
				useAVX2, useAVX512 = true, wide
			})
		})
	}
}
