//go:build linux && cgo && !cpu

package cuda

import (
	"math"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// fits31 reports whether every size can be counted in 31 bits.
func fits31(sizes ...int) bool {
	for _, n := range sizes {
		if n > math.MaxInt32 {
			return false
		}
	}
	return true
}

// Gather looks rows of a table up. An id outside the table reads as NaN.
func (s *Stream) Gather(o engine.Gather) error {
	if !onlyF32(o.Y, o.Table) || !allOf(engine.I32, o.Ids) || !fits31(o.Rows, o.Dim) {
		return engine.ErrUnsupported
	}
	grid, block := s.dev.across(o.N, o.Dim)
	return launch(s, kernels.GatherFwdF32{Y: addr(o.Y), Table: addr(o.Table), IDs: addr(o.Ids), N: uint64(o.N),
		Rows: uint32(o.Rows), Dim: uint32(o.Dim), Pad: int32(o.Pad)}, grid, block, 0)
}

// ScatterAdd adds rows up by id. An id outside the table counts nowhere.
func (s *Stream) ScatterAdd(o engine.Gather) error {
	if !onlyF32(o.Y, o.Table) || !allOf(engine.I32, o.Ids) || !fits31(o.Rows, o.Dim) {
		return engine.ErrUnsupported
	}
	if o.Dim == 0 {
		return nil
	}
	const warps, columns = 8, 256 // of a block
	grid := dim{x: ceilDiv(o.Rows, warps), y: ceilDiv(o.Dim, columns)}
	if grid.y > math.MaxUint16 {
		return engine.ErrUnsupported
	}
	return launch(s, kernels.ScatterAddF32{Table: addr(o.Table), Y: addr(o.Y), IDs: addr(o.Ids), N: uint64(o.N),
		Rows: uint32(o.Rows), Dim: uint32(o.Dim), Pad: int32(o.Pad)}, grid, dim{x: threads}, 0)
}

// TakeAlong picks elements along an axis. An id outside it reads as NaN.
func (s *Stream) TakeAlong(o engine.TakeAlong) error {
	if !onlyF32(o.Y, o.X) || !allOf(engine.I32, o.Ids) || !fits31(o.N, o.M, o.Inner) {
		return engine.ErrUnsupported
	}
	grid, block := s.dev.across(o.Outer*o.M, o.Inner)
	return launch(s, kernels.TakeAlongF32{Y: addr(o.Y), X: addr(o.X), IDs: addr(o.Ids), Rows: uint64(o.Outer * o.M),
		N: uint32(o.N), M: uint32(o.M), Inner: uint32(o.Inner)}, grid, block, 0)
}

// PutAlong adds elements up along an axis.
func (s *Stream) PutAlong(o engine.TakeAlong) error {
	if !onlyF32(o.Y, o.X) || !allOf(engine.I32, o.Ids) || !fits31(o.Outer, o.N, o.M, o.Inner) {
		return engine.ErrUnsupported
	}
	if err := s.zero(addr(o.X), o.X.Bytes()); err != nil || o.M == 0 {
		return err
	}
	grid, block := s.dev.across(o.Outer, o.Inner)
	return launch(s, kernels.PutAlongF32{X: addr(o.X), Y: addr(o.Y), IDs: addr(o.Ids), Outer: uint32(o.Outer),
		N: uint32(o.N), M: uint32(o.M), Inner: uint32(o.Inner)}, grid, block, 0)
}
