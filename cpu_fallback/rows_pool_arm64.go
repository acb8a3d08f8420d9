//go:build !purego

package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// poolsFast reports whether the vectors can pool.
func poolsFast[T float, P place](d *engine.ConvDims) bool {
	return unsafe.Sizeof(T(0)) == 4 && unsafe.Sizeof(P(0)) == 1 && d.R*d.S <= poolTaps && useNEON
}

// poolPixels pools pixels of a row; see maxPoolNEON.
func poolPixels(y *float32, arg *uint8, x *float32, off *int, first uint32, taps, c, step, pixels int) {
	maxPoolNEON(y, arg, x, off, first, taps, c, step, pixels)
}

// poolPixelsBwd takes the gradients of pixels of a row to those that they chose; see maxPoolBwdNEON.
func poolPixelsBwd(dx, dy *float32, arg *uint8, tap *byte, taps, c, step, pixels int, add bool) {
	if add {
		maxPoolBwdAddNEON(dx, dy, arg, tap, taps, c, step, pixels)
	} else {
		maxPoolBwdNEON(dx, dy, arg, tap, taps, c, step, pixels)
	}
}
