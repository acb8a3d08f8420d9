//go:build linux && cgo && !cpu

package cuda

import (
	"math/bits"

	"github.com/braidml/braid/kernels"
)

// What the families that fold share; the kernels' side is kernels/fold.cuh.
const (
	foldThreads = 256  // a block, always
	maxParts    = 1024 // blocks that leave a sum for a second stage, at most: it does not depend on the GPU, so bits do not
	partBytes   = 8    // a sum in two floats, or a value and its index
)

// powerOver is the smallest power of two that is not below n, at least 1.
func powerOver(n int) int { return 1 << bits.Len(uint(max(n, 1)-1)) }

func ceilDiv(n, d int) int { return (n + d - 1) / d }

// rowLanes is how many threads fold a row of n: about one for four elements within a warp, a block for long rows.
func rowLanes(n int) int {
	if n > 1024 {
		return foldThreads
	}
	return min(32, powerOver(ceilDiv(n, 4)))
}

// launchFold queues k with blocks of foldThreads; it loops over `tiles` pieces of work, each of which takes a block.
func launchFold[K kernels.Kernel](s *Stream, k K, tiles int) error {
	return launch(s, k, s.dev.spread(tiles*foldThreads, foldThreads), dim{x: foldThreads}, 0)
}

// launchParts queues k with exactly so many blocks, as each leaves a part.
func launchParts[K kernels.Kernel](s *Stream, k K, blocks int) error {
	return launch(s, k, dim{x: blocks}, dim{x: foldThreads}, 0)
}
