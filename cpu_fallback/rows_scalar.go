//go:build (!amd64 && !arm64) || purego

package cpu

import "github.com/braidml/braid/internal/engine"

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
func fastUnpool[T float](dx, dy []T, arg []uint8, taps []chosenTap, c, step int)     {}
func fastBinary[T float](op engine.BinaryOp, y, a, b []T) bool                       { return false }
func fastScale[T float](y, x []T, a T) bool                                          { return false }
func fastFoldRows[T float](op engine.ReduceOp, sum []float64, x []T, n int) bool     { return false }
func fastFold[T float](op engine.ReduceOp, acc []float64, x []T, n, stride int) bool { return false }
func fastAdam[T float](p, g, s1, s2 []T, numbers [11]T) bool                         { return false }
func fastAddRows[T float](y, x []T, ld int, a []T, step, rows int) bool              { return false }
func fastDots[T float](y []T, ldy int, a []T, lda, rows int, x []T, ldx, cols, k int) bool {
	return false
}
