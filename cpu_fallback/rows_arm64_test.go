//go:build !purego

package cpu

import "testing"

// eachVectors runs f with the vectors that there are. scalar runs a function without any.
func eachVectors(t *testing.T, f func(t *testing.T, scalar func(func()))) {
	f(t, func(g func()) {
		useNEON = false
		defer func() { useNEON = true }()
		g()
	})
}
