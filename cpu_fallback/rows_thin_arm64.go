//go:build !purego

package cpu

// rowAdders are the functions for eight rows and for one.
func rowAdders() (eight, one rowAdder) { return addRows8NEON, addRows1NEON }

// dotKernels are the functions for one vector and for more.
func dotKernels() []dotKernel { return dotsNEON[:] }

var dotsNEON = [...]dotKernel{dots1NEON, dots2NEON, dots3NEON, dots4NEON}
