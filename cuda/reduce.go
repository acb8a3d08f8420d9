//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Reduce folds X over N. Sums are carried in two floats, so that as on the CPU little but the rounding of the result
// is left.
func (s *Stream) Reduce(o engine.Reduction) error {
	index := o.Op == engine.ArgMax || o.Op == engine.ArgMin
	if o.Op >= engine.ReduceOps || o.X.DType != engine.F32 || index != (o.Y.DType == engine.I32) || !index && o.Y.DType != engine.F32 {
		return engine.ErrUnsupported
	}
	if o.Outer*o.Inner == 0 {
		return nil
	}
	c := cutFold(o.Outer, o.N, o.Inner)
	var part uint64
	if c.chunks > 1 {
		var err error
		if part, err = s.workspace(o.Outer * c.chunks * o.Inner * partBytes); err != nil {
			return err
		}
	}
	if index {
		return s.argReduce(o, c, part)
	}
	return s.sumReduce(o, c, part)
}

// cut is how a reduction is shared out: lanes for each output, or tiles of cols columns and chunk rows, chunks to an N.
type cut struct{ lanes, cols, chunk, chunks, tiles int }

// cutFold depends on nothing but the sizes. A thread of a tile folds foldRun rows at least; shorter axes are left to
// lanes. Chunks are made where there are fewer tiles than maxParts.
func cutFold(outer, n, inner int) cut {
	const foldRun = 8
	cols := min(32, powerOver(inner))
	rows := foldThreads / cols // that a block folds at once
	if n < foldRun*rows {
		if inner >= 32 {
			return cut{lanes: 1} // neighbouring threads have neighbouring columns
		}
		return cut{lanes: min(32, powerOver(ceilDiv(n, 4)))}
	}
	tiles := outer * ceilDiv(inner, cols)
	chunks := max(1, min(maxParts/tiles, n/(foldRun*rows)))
	chunk := ceilDiv(ceilDiv(n, chunks), rows) * rows
	chunks = ceilDiv(n, chunk)
	return cut{cols: cols, chunk: chunk, chunks: chunks, tiles: tiles * chunks}
}

func (s *Stream) sumReduce(o engine.Reduction, c cut, part uint64) error {
	y, x, outputs, divisor, square := addr(o.Y), addr(o.X), o.Outer*o.Inner, float32(1), uint32(0)
	switch o.Op {
	case engine.Mean:
		divisor = float32(o.N)
	case engine.SumSquares:
		square = 1
	}
	if c.lanes > 0 {
		return launchFold(s, kernels.ReduceLanesF32{Y: y, X: x, Outputs: uint64(outputs), N: uint64(o.N), Inner: uint64(o.Inner),
			Lanes: uint32(c.lanes), Square: square, Divisor: divisor}, ceilDiv(outputs, foldThreads/c.lanes))
	}
	err := launchFold(s, kernels.ReduceTileF32{Y: y, Part: part, X: x, Outer: uint64(o.Outer), N: uint64(o.N), Inner: uint64(o.Inner),
		Cols: uint32(c.cols), Chunks: uint64(c.chunks), Chunk: uint64(c.chunk), Square: square, Divisor: divisor}, c.tiles)
	if err != nil || c.chunks == 1 {
		return err
	}
	return launchFold(s, kernels.ReducePartsF32{Y: y, Part: part, Outputs: uint64(outputs), Chunks: uint64(c.chunks),
		Inner: uint64(o.Inner), Divisor: divisor}, ceilDiv(outputs, foldThreads/32))
}

func (s *Stream) argReduce(o engine.Reduction, c cut, part uint64) error {
	y, x, outputs, sign := addr(o.Y), addr(o.X), o.Outer*o.Inner, float32(1)
	if o.Op == engine.ArgMin {
		sign = -1
	}
	if c.lanes > 0 {
		return launchFold(s, kernels.ArgreduceLanesF32{Y: y, X: x, Outputs: uint64(outputs), N: uint64(o.N), Inner: uint64(o.Inner),
			Lanes: uint32(c.lanes), Sign: sign}, ceilDiv(outputs, foldThreads/c.lanes))
	}
	err := launchFold(s, kernels.ArgreduceTileF32{Y: y, Part: part, X: x, Outer: uint64(o.Outer), N: uint64(o.N), Inner: uint64(o.Inner),
		Cols: uint32(c.cols), Chunks: uint64(c.chunks), Chunk: uint64(c.chunk), Sign: sign}, c.tiles)
	if err != nil || c.chunks == 1 {
		return err
	}
	return launchFold(s, kernels.ArgreducePartsF32{Y: y, Part: part, Outputs: uint64(outputs), Chunks: uint64(c.chunks),
		Inner: uint64(o.Inner)}, ceilDiv(outputs, foldThreads/32))
}
