//go:build linux && cgo && !cpu

package cuda

import (
	"math"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// drawsPerThread is how many draws one counter gives.
const drawsPerThread = 4

func launchDraws[K kernels.Kernel](s *Stream, k K, n int) error {
	return launch(s, k, s.dev.spread(ceilDiv(n, drawsPerThread), foldThreads), dim{x: foldThreads}, 0)
}

func drawable(o engine.Noise) bool { return o.State.DType == engine.I32 && o.Y.DType == engine.F32 }

// Uniform is Y = A + B·draw, uniform in [0, 1).
func (s *Stream) Uniform(o engine.Noise) error {
	if !drawable(o) {
		return engine.ErrUnsupported
	}
	return launchDraws(s, uniformOf(o), o.Y.Len)
}

// Normal is Y = A + B·draw, normally distributed.
func (s *Stream) Normal(o engine.Noise) error {
	if !drawable(o) {
		return engine.ErrUnsupported
	}
	return launchDraws(s, kernels.NormalFwdF32(uniformOf(o)), o.Y.Len)
}

func uniformOf(o engine.Noise) kernels.UniformFwdF32 {
	return kernels.UniformFwdF32{Y: addr(o.Y), State: addr(o.State), Site: o.Site, A: float32(o.A), B: float32(o.B), N: uint64(o.Y.Len)}
}

// Dropout zeroes elements with probability Rate and divides the others by 1-Rate.
func (s *Stream) Dropout(o engine.Dropout) error {
	if o.State.DType != engine.I32 || !onlyF32(o.Y, o.X) {
		return engine.ErrUnsupported
	}
	n := min(o.Y.Len, o.X.Len)
	return launchDraws(s, kernels.DropoutFwdF32{Y: addr(o.Y), X: addr(o.X), State: addr(o.State), Site: o.Site,
		// A draw is a multiple of 2⁻²⁴, so comparing integers is exact for every Rate.
		Least: uint32(math.Ceil(o.Rate * (1 << 24))), Keep: float32(1 - o.Rate), N: uint64(n)}, n)
}
