//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// gemmArgs is the parameters of all product kernels.
type gemmArgs = kernels.GEMMNTF32

func gemmBy[K interface {
	kernels.Kernel
	~struct {
		C, A, B, Bias, Residual, Y, StrideA, StrideB uint64
		Batch, M, N, K, Parts, Part, Act, Mode       uint32
	}
}](s *Stream, a gemmArgs, c tiling) error {
	return launchTiles(s, K(a), c)
}

// gemmLayouts is the kernels for A [m, k] and B [n, k], B [k, n], then A [k, m] and B [n, k], B [k, n].
type gemmLayouts [4]func(*Stream, gemmArgs, tiling) error

// gemmKernels is indexed by tensor cores and by large tiles. The third layout is rare and has no large tiles.
var gemmKernels = [2][2]gemmLayouts{
	{
		{gemmBy[kernels.GEMMNTF32], gemmBy[kernels.GEMMNNF32], gemmBy[kernels.GEMMTtF32], gemmBy[kernels.GEMMTNF32]},
		{gemmBy[kernels.GEMMNTLargeF32], gemmBy[kernels.GEMMNNLargeF32], nil, gemmBy[kernels.GEMMTNLargeF32]},
	}, {
		{gemmBy[kernels.GEMMNTTc], gemmBy[kernels.GEMMNNTc], gemmBy[kernels.GEMMTtTc], gemmBy[kernels.GEMMTNTc]},
		{gemmBy[kernels.GEMMNTLargeTc], gemmBy[kernels.GEMMNNLargeTc], nil, gemmBy[kernels.GEMMTNLargeTc]},
	},
}

// MatMul is C = act(A·Bᵀ + Bias + Residual), or that of its gradient, batched.
func (s *Stream) MatMul(o engine.MatMul) error {
	if !onlyF32(o.C, o.A, o.B, o.Bias, o.Residual, o.Y) {
		return engine.ErrUnsupported
	}
	if o.StrideB == 0 && !o.TransA && o.StrideA == o.M*o.K {
		o.Batch, o.M = 1, o.Batch*o.M // one B for all: one tall product
	}
	if o.Batch*o.M*o.N == 0 {
		return nil
	}
	if !fits(o.Batch, o.M, o.N, o.K) {
		return engine.ErrUnsupported
	}
	return s.multiply(o, chooseTiling(o.Batch, o.M, o.N, o.K, gemmKernels[0][1][layout(&o)] == nil, s.cores()))
}

func layout(o *engine.MatMul) int { return int(bit(o.TransA, 2) | bit(o.TransB, 1)) }

// multiply is a product of some elements, done as the tiling says.
func (s *Stream) multiply(o engine.MatMul, c tiling) error {
	lineA, lineB := o.K, o.K
	if o.TransA {
		lineA = o.M
	}
	if o.TransB {
		lineB = o.N
	}
	mode := c.cores.mode | bit(wide(o.A, lineA, o.StrideA), wideA) | bit(wide(o.B, lineB, o.StrideB), wideB)
	f := finish{bias: o.Bias, residual: o.Residual, y: o.Y, columns: o.N, act: o.Act, elements: o.Batch * o.M * o.N}
	return s.inParts(c, o.C, f, func(to uint64, f finish) error {
		return gemmKernels[c.cores.index()][c.index()][layout(&o)](s, gemmArgs{C: to, A: addr(o.A), B: addr(o.B), Bias: addr(f.bias),
			Residual: addr(f.residual), Y: addr(f.y), StrideA: uint64(o.StrideA), StrideB: uint64(o.StrideB), Batch: uint32(o.Batch), M: uint32(o.M), N: uint32(o.N), K: uint32(o.K),
			Parts: uint32(c.parts), Part: uint32(c.part), Act: uint32(f.act), Mode: mode}, c)
	})
}
