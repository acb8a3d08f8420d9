//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// normCut is how sums over rows are shared out: blocks of threads, tiles of columns, chunks of rows. The second stage has
// narrower blocks, as many threads share the chunks. It depends on the sizes alone, so that bits do not depend on the GPU.
type normCut struct {
	block, settle  dim
	tiles, settled int // blocks across the columns, of both stages
	chunk, chunks  int // rows, and how many
}

func cutNorm(rows, c int) normCut {
	const (
		most    = 512 // blocks
		shortly = 8   // rows that a thread adds at least
	)
	cut := normCut{block: dim{x: min(32, powerOver(c))}, settle: dim{x: min(8, powerOver(c))}}
	cut.block.y, cut.settle.y = threads/cut.block.x, threads/cut.settle.x
	cut.tiles, cut.settled = ceilDiv(c, cut.block.x), ceilDiv(c, cut.settle.x)
	chunks := max(1, min(most/cut.tiles, rows/(shortly*cut.block.y)))
	cut.chunk = ceilDiv(rows, chunks)
	if cut.chunk > 0 {
		cut.chunks = ceilDiv(rows, cut.chunk)
	}
	return cut
}

const normFactors = 3 // numbers for each column that the last stage works with

// normSpace is a workspace for the factors of c columns and the parts of the chunks.
func (s *Stream) normSpace(c int, cut normCut) (factors, part uint64, err error) {
	factors, err = s.workspace((normFactors + 2*cut.chunks) * c * 4)
	return factors, factors + uint64(normFactors*c*4), err
}

// BatchNorm normalises columns.
func (s *Stream) BatchNorm(o engine.Norm) error {
	if !onlyF32(o.Y, o.X, o.Gamma, o.Beta, o.Mean, o.InvStd, o.RunMean, o.RunVar) || !normFits(o.Rows, o.C) {
		return engine.ErrUnsupported
	}
	if o.C == 0 {
		return nil
	}
	cut := cutNorm(o.Rows, o.C)
	factors, part, err := s.normSpace(o.C, cut)
	if err != nil {
		return err
	}
	training := uint32(0)
	if o.Training {
		training = 1
		err = launch(s, kernels.BatchnormStatsF32{Part: part, X: addr(o.X), Rows: uint64(o.Rows), C: uint32(o.C),
			Chunk: uint32(cut.chunk)}, dim{x: cut.chunks, y: cut.tiles}, cut.block, 0)
		if err != nil {
			return err
		}
	}
	err = launch(s, kernels.BatchnormSettleF32{Factors: factors, Mean: addr(o.Mean), Invstd: addr(o.InvStd),
		RunMean: addr(o.RunMean), RunVar: addr(o.RunVar), Part: part, X: addr(o.X), Gamma: addr(o.Gamma), Beta: addr(o.Beta),
		Rows: uint64(o.Rows), C: uint32(o.C), Chunk: uint32(cut.chunk), Chunks: uint32(cut.chunks),
		Eps: float32(o.Eps), Momentum: float32(o.Momentum), Training: training}, dim{x: cut.settled}, cut.settle, 0)
	if err != nil {
		return err
	}
	grid, block := s.dev.across(o.Rows, o.C)
	return launch(s, kernels.BatchnormFwdF32{Y: addr(o.Y), X: addr(o.X), Factors: factors, Rows: uint64(o.Rows),
		C: uint32(o.C), Act: uint32(o.Act)}, grid, block, 0)
}

// BatchNormBwd is the gradient of BatchNorm.
func (s *Stream) BatchNormBwd(o engine.NormBwd) error {
	if !onlyF32(o.DX, o.DGamma, o.DBeta, o.DY, o.X, o.Y, o.Gamma, o.Mean, o.InvStd) || !normFits(o.Rows, o.C) {
		return engine.ErrUnsupported
	}
	if o.C == 0 {
		return nil
	}
	cut := cutNorm(o.Rows, o.C)
	factors, part, err := s.normSpace(o.C, cut)
	if err != nil {
		return err
	}
	if o.Training && !o.DX.Absent() || !o.DGamma.Absent() || !o.DBeta.Absent() {
		if err := s.normSums(&o, part, cut, false); err != nil {
			return err
		}
	} else {
		part = 0
	}
	if err := s.normSettleBwd(&o, factors, part, cut); err != nil || o.DX.Absent() {
		return err
	}
	training := uint32(0)
	if o.Training {
		training = 1
	}
	grid, block := s.dev.across(o.Rows, o.C)
	return launch(s, kernels.BatchnormBwdF32{Dx: addr(o.DX), Dy: addr(o.DY), X: addr(o.X), Y: addr(o.Y), Mean: addr(o.Mean),
		Factors: factors, Rows: uint64(o.Rows), C: uint32(o.C), Act: uint32(o.Act), Training: training}, grid, block, 0)
}

// normSums leaves the sums of dz and dz·xhat of all chunks in part.
func (s *Stream) normSums(o *engine.NormBwd, part uint64, cut normCut, ofRows bool) error {
	k := kernels.NormSumsF32{Part: part, Dy: addr(o.DY), X: addr(o.X), Y: addr(o.Y), Mean: addr(o.Mean), Invstd: addr(o.InvStd),
		Rows: uint64(o.Rows), C: uint32(o.C), Chunk: uint32(cut.chunk), Act: uint32(o.Act)}
	if ofRows {
		k.OfRows = 1
	}
	return launch(s, k, dim{x: cut.chunks, y: cut.tiles}, cut.block, 0)
}

func (s *Stream) normSettleBwd(o *engine.NormBwd, factors, part uint64, cut normCut) error {
	return launch(s, kernels.NormSettleBwdF32{Factors: factors, Dgamma: addr(o.DGamma), Dbeta: addr(o.DBeta), Part: part,
		Gamma: addr(o.Gamma), Invstd: addr(o.InvStd), Rows: uint64(o.Rows), C: uint32(o.C), Chunks: uint32(cut.chunks)},
		dim{x: cut.settled}, cut.settle, 0)
}

// normFits reports whether columns can be counted in 31 bits, their tiles in 16 and the rows of a chunk in 32.
func normFits(rows, c int) bool { return c < 1<<20 && rows < 1<<32 }

// layerShort is the longest row that a warp normalises; longer ones get a block.
const layerShort = 1024

// LayerNorm normalises rows.
func (s *Stream) LayerNorm(o engine.Norm) error {
	if !onlyF32(o.Y, o.X, o.Gamma, o.Beta, o.Mean, o.InvStd) || !fits31(o.C) {
		return engine.ErrUnsupported
	}
	k := kernels.LayernormWarpFwdF32{Y: addr(o.Y), X: addr(o.X), Gamma: addr(o.Gamma), Beta: addr(o.Beta), Mean: addr(o.Mean),
		Invstd: addr(o.InvStd), Rows: uint64(o.Rows), C: uint32(o.C), Eps: float32(o.Eps), Act: uint32(o.Act)}
	if o.C > layerShort {
		return launch(s, kernels.LayernormBlockFwdF32(k), s.dev.spread(o.Rows*threads, threads), block, 0)
	}
	return launch(s, k, s.dev.spread(o.Rows*32, threads), block, 0)
}

// LayerNormBwd is the gradient of LayerNorm, which always takes its statistics from X, whatever Training says.
func (s *Stream) LayerNormBwd(o engine.NormBwd) error {
	if !onlyF32(o.DX, o.DGamma, o.DBeta, o.DY, o.X, o.Y, o.Gamma, o.Mean, o.InvStd) || !normFits(o.Rows, o.C) {
		return engine.ErrUnsupported
	}
	if o.C == 0 {
		return nil
	}
	if !o.DGamma.Absent() || !o.DBeta.Absent() {
		cut := cutNorm(o.Rows, o.C)
		part, err := s.workspace(2 * cut.chunks * o.C * 4)
		if err != nil {
			return err
		}
		if err := s.normSums(&o, part, cut, true); err != nil {
			return err
		}
		if err := s.normSettleBwd(&o, 0, part, cut); err != nil {
			return err
		}
	}
	if o.DX.Absent() {
		return nil
	}
	k := kernels.LayernormWarpBwdF32{Dx: addr(o.DX), Dy: addr(o.DY), X: addr(o.X), Y: addr(o.Y), Gamma: addr(o.Gamma),
		Mean: addr(o.Mean), Invstd: addr(o.InvStd), Rows: uint64(o.Rows), C: uint32(o.C), Act: uint32(o.Act)}
	if o.C > layerShort {
		return launch(s, kernels.LayernormBlockBwdF32(k), s.dev.spread(o.Rows*threads, threads), block, 0)
	}
	return launch(s, k, s.dev.spread(o.Rows*32, threads), block, 0)
}
