//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// rnnWeightsArgs is the parameters of all kernels of the gradient of recurrent weights.
type rnnWeightsArgs = kernels.RNNWeightsF32

// rnnWeights is the sum over all steps of DZᵀ·H before the step: a matrix product, in the device's precision.
func (s *Stream) rnnWeights(o engine.RNNBwd) error {
	if o.N*o.T == 0 {
		return s.zero(addr(o.DWhh), o.DWhh.Bytes())
	}
	return s.rnnWeightsBy(o, chooseTiling(1, o.Hidden, o.Hidden, o.N*o.T, false, s.cores()))
}

func (s *Stream) rnnWeightsBy(o engine.RNNBwd, c tiling) error {
	mode := c.cores.mode | bit(wide(o.DZ, o.Hidden), wideA) | bit(wide(o.H, o.Hidden) && (o.H0.Absent() || wide(o.H0)), wideB)
	return s.inParts(c, o.DWhh, finish{columns: o.Hidden, elements: o.Hidden * o.Hidden}, func(y uint64, _ finish) error {
		k := rnnWeightsArgs{Dwhh: y, Dz: addr(o.DZ), H: addr(o.H), H0: addr(o.H0), Lengths: addr(o.Len), N: uint32(o.N),
			Steps: uint32(o.T), Hidden: uint32(o.Hidden), Parts: uint32(c.parts), Part: uint32(c.part), Mode: mode}
		switch large := c.side == largeTile; {
		case c.cores.tensor && large:
			return launchTiles(s, kernels.RNNWeightsLargeTc(k), c)
		case c.cores.tensor:
			return launchTiles(s, kernels.RNNWeightsTc(k), c)
		case large:
			return launchTiles(s, kernels.RNNWeightsLargeF32(k), c)
		}
		return launchTiles(s, k, c)
	})
}
