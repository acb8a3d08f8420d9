//go:build !amd64 || purego

package cpu

import "github.com/braidml/braid/internal/engine"

func oneSweep(c int) bool                                          { return false }
func fastUnary[T float](op engine.UnaryOp, y, x []T) bool          { return false }
func fastMax[T float](x []T) (float64, bool)                       { return 0, false }
func fastExpSum[T float](y, x []T, m float64) (float64, bool)      { return 0, false }
func fastLess[T float](y, x []T, a float64) bool                   { return false }
func fastLeaky[T float](y, x []T, a T) bool                        { return false }
func fastGrad[T float](op engine.UnaryOp, dx, dy, y []T, a T) bool { return false }
func fastScaleShift[T float](y, x []T, a, b float64) bool          { return false }

func fastWords(d *draws, w *[drawTile]uint32, at, n int) bool                       { return false }
func fastUniform[T float](y []T, w *[drawTile]uint32, a, b T) bool                  { return false }
func fastDropout[T float](y, x []T, w *[drawTile]uint32, least uint32, keep T) bool { return false }

func winogradForward(engine.Conv2D) bool       { return false }
func winogradTranspose(engine.Conv2D) bool     { return false }
func winogradBwdWeights(engine.Conv2DBwd) bool { return false }

func polyphaseForward(engine.Conv2D) bool         { return false }
func polyphaseTranspose(engine.Conv2D) bool       { return false }
func winogradRowBwdWeights(engine.Conv2DBwd) bool { return false }

func polyphaseBwdWeights(engine.Conv2DBwd) bool { return false }
