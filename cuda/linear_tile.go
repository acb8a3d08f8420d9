//go:build linux && cgo && !cpu

package cuda

import (
	"math"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Sides of the tiles that kernels/gemm_core.cuh has: one block computes side x side elements.
const (
	smallTile = 64
	largeTile = 128
)

const (
	tileDepth    = 16        // steps of the sum in a tile
	shortestPart = 128       // steps that a part is worth
	partsMemory  = 256 << 20 // bytes that parts may take of the workspace
)

// tiling is how a product is shared out among blocks.
type tiling struct {
	side        int // of a tile
	tiles       int // of the result
	parts, part int // of the sum, and steps in each: more than one part goes through the workspace
	cores       cores
}

// cores is what multiplies: bits of a kernel's mode where it is tensor cores.
type cores struct {
	tensor bool
	mode   uint32
}

func (s *Stream) cores() cores {
	if s.dev.opt.Precision == FP32 || s.dev.arch < 80 {
		return cores{}
	}
	return cores{true, bit(s.dev.opt.Precision == BF16, bfloat16)}
}

func (c cores) index() int { return int(bit(c.tensor, 1)) }

func (c *tiling) index() int  { return int(bit(c.side == largeTile, 1)) }
func (c *tiling) blocks() int { return c.tiles * c.parts }

// chooseTiling is for batch products [m, n] with sums of k steps. It looks at the shape alone and not at the GPU: the
// order of additions, and so every bit, stays the same from one GPU to another.
func chooseTiling(batch, m, n, k int, small bool, with cores) tiling {
	const fewest = 128 // large tiles for which to take them
	large := tilesOf(largeTile, m, n) * batch
	if small || min(m, n) <= smallTile || large*max(1, k/(4*shortestPart)) < fewest {
		c := tiling{side: smallTile, tiles: tilesOf(smallTile, m, n) * batch, cores: with}
		return c.split(min(512/c.tiles, k/shortestPart, partsMemory/(4*batch*m*n)), k)
	}
	c := tiling{side: largeTile, tiles: large, cores: with}
	return c.split(min(256/c.tiles, k/shortestPart, partsMemory/(4*batch*m*n)), k)
}

// split cuts sums of k steps into about so many parts. Today's GPUs hold some 256 blocks of large tiles or 512 of small
// ones; with fewer, parts of long sums fill them.
func (c tiling) split(parts, k int) tiling {
	c.parts, c.part = 1, k
	if parts > 1 && k > tileDepth {
		steps := (k + tileDepth - 1) / tileDepth
		c.part = (steps + parts - 1) / parts * tileDepth
		c.parts = (k + c.part - 1) / c.part
	}
	return c
}

func tilesOf(side, m, n int) int { return (m + side - 1) / side * ((n + side - 1) / side) }

// fits reports whether all sizes are 32-bit numbers, as kernels take them. Offsets are computed with 64 bits there.
func fits(sizes ...int) bool {
	for _, n := range sizes {
		if n < 0 || n > math.MaxInt32/2 {
			return false
		}
	}
	return true
}

// launchTiles starts a product's kernel with a ring of stages that holds tiles of either order of memory.
func launchTiles[K kernels.Kernel](s *Stream, k K, c tiling) error {
	stages := 3
	if c.cores.tensor {
		stages = 4
	}
	const apart = 4 // floats that lines of a tile lie apart
	return launch(s, k, dim{x: c.blocks()}, dim{x: k.MaxThreads()}, stages*2*tileDepth*(c.side+apart)*4)
}

// finish is what is done with sums: bias, residual, and the activation, which is undone where its output y is given.
type finish struct {
	bias, residual, y engine.Buffer
	columns           int // of the bias
	act               engine.Act
	elements          int // of the result
}

// inParts runs a product, to where it says: into result, or in parts into the workspace, whose sum then goes there.
func (s *Stream) inParts(c tiling, result engine.Buffer, f finish, run func(to uint64, f finish) error) error {
	if !fits(c.blocks()) {
		return engine.ErrUnsupported
	}
	if c.parts == 1 {
		return run(addr(result), f)
	}
	work, err := s.workspace(4 * c.parts * f.elements)
	if err != nil {
		return err
	}
	if err := run(work, finish{}); err != nil {
		return err
	}
	return launch(s, kernels.SplitSumF32{C: addr(result), Part: work, Bias: addr(f.bias), Residual: addr(f.residual), Y: addr(f.y),
		Total: uint64(f.elements), Columns: uint32(f.columns), Parts: uint32(c.parts), Act: uint32(f.act)}, s.dev.spread(f.elements, threads), block, 0)
}

// The bits of a kernel's mode, as in gemm_core.cuh.
const (
	wideA = 1 << iota
	wideB
	bfloat16
)

func bit(on bool, b uint32) uint32 {
	if on {
		return b
	}
	return 0
}

// wide reports whether the runs of b, each so many elements long, can be copied by four.
func wide(b engine.Buffer, lengths ...int) bool {
	for _, n := range lengths {
		if n%4 != 0 {
			return false
		}
	}
	return addr(b)%16 == 0
}
