//go:build !amd64 || purego

package cpu

import "github.com/braidml/braid/internal/engine"

const useAVX2, useAVX512 = false, false

func fastReLU[T float](y, x []T) bool                                                 { return false }
func fastReLUGrad[T float](dx, dy, y []T) bool                                        { return false }
func fastMoments[T float](sum, sq []float64, pivot, x []T) bool                       { return false }
func fastSums[T float](sum, dot []float64, dz, x, mean, invstd []T) bool              { return false }
func fastApply[T float](y, x, center, gain, bias []T) bool                            { return false }
func fastApplyBwd[T float](dx, dz, x, gain, mean, slope, bias []T) bool               { return false }
func poolsFast[T float, P place](*engine.ConvDims) bool                               { return false }
func fastMaxPool[T float, P place](op *engine.Pool2D, row, r0, r1, from, to int) bool { return false }
func fastMaxPoolBwd[T float, P place](op *engine.Pool2D, taps []tapPlace, n, i, from, to, first, end int, add bool) bool {
	return false
}
