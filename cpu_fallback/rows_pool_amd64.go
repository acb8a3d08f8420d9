//go:build !purego

package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// poolsFast reports whether the vectors can pool.
func poolsFast[T float, P place](d *engine.ConvDims) bool {
	return unsafe.Sizeof(T(0)) == 4 && unsafe.Sizeof(P(0)) == 1 && d.R*d.S <= poolTaps && (useAVX512 || useAVX2 && d.C%8 == 0)
}

// poolPixels pools pixels of a row; see maxPoolAVX512.
func poolPixels(y *float32, arg *uint8, x *float32, off *int, first uint32, taps, c, step, pixels int) {
	if useAVX512 {
		maxPoolAVX512(y, arg, x, off, first, taps, c, step, pixels)
	} else {
		maxPoolAVX2(y, arg, x, off, first, taps, c, step, pixels)
	}
}

// poolPixelsBwd takes the gradients of pixels of a row to those that they chose; see maxPoolBwdAVX512.
func poolPixelsBwd(dx, dy *float32, arg *uint8, tap *byte, taps, c, step, pixels int, add bool) {
	switch {
	case useAVX512 && add:
		maxPoolBwdAddAVX512(dx, dy, arg, tap, taps, c, step, pixels)
	case useAVX512:
		maxPoolBwdAVX512(dx, dy, arg, tap, taps, c, step, pixels)
	case add:
		maxPoolBwdAddAVX2(dx, dy, arg, tap, taps, c, step, pixels)
	default:
		maxPoolBwdAVX2(dx, dy, arg, tap, taps, c, step, pixels)
	}
}
