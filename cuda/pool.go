//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// across is a launch over rows x cols elements, neighbours for neighbouring threads: blocks of powers of two, as wide as
// a row at most, in a grid that loops.
func (d *Device) across(rows, cols int) (grid, block dim) {
	if rows == 0 || cols == 0 {
		return dim{}, dim{x: 1}
	}
	block.x = min(threads, powerOver(cols))
	for block.x > 32 && ceilDiv(cols, block.x)*block.x-cols > cols/8 { // threads without an element
		block.x /= 2
	}
	block.y = threads / block.x
	const blocksPerUnit = 16 // twice what an SM holds: short blocks make room for others
	busy := blocksPerUnit * d.units
	grid.y = min(ceilDiv(cols, block.x), busy)
	grid.x = max(1, min(ceilDiv(rows, block.y), busy/grid.y))
	return grid, block
}

// MaxPool2D takes the maximum of each window.
func (s *Stream) MaxPool2D(o engine.Pool2D) error {
	if !onlyF32(o.Y, o.X) || !placeType(o.Arg) || !poolFits(o.ConvDims) {
		return engine.ErrUnsupported
	}
	d := &o.ConvDims
	grid, block := s.dev.across(d.N*d.OutH, d.OutW*d.C)
	k := kernels.Maxpool2dFwdF32U8{Y: addr(o.Y), Arg: addr(o.Arg), X: addr(o.X), N: uint32(d.N), C: uint32(d.C),
		InH: int32(d.H), InW: int32(d.W), OutH: int32(d.OutH), OutW: int32(d.OutW), R: int32(d.R), S: int32(d.S),
		StrideH: int32(d.StrideH), StrideW: int32(d.StrideW), PadH: int32(d.PadH), PadW: int32(d.PadW),
		DilH: int32(d.DilH), DilW: int32(d.DilW)}
	if o.Arg.DType == engine.I32 {
		return launch(s, kernels.Maxpool2dFwdF32I32(k), grid, block, 0)
	}
	return launch(s, k, grid, block, 0)
}

// MaxPool2DBwd gives each window's gradient to its winner.
func (s *Stream) MaxPool2DBwd(o engine.Pool2D) error {
	if !onlyF32(o.Y, o.X) || !placeType(o.Arg) || !poolFits(o.ConvDims) {
		return engine.ErrUnsupported
	}
	d := &o.ConvDims
	grid, block := s.dev.across(d.N*d.H, d.W*d.C)
	k := kernels.Maxpool2dBwdF32U8{Dx: addr(o.X), Dy: addr(o.Y), Arg: addr(o.Arg), N: uint32(d.N), C: uint32(d.C),
		InH: int32(d.H), InW: int32(d.W), OutH: int32(d.OutH), OutW: int32(d.OutW), R: int32(d.R), S: int32(d.S),
		StrideH: int32(d.StrideH), StrideW: int32(d.StrideW), PadH: int32(d.PadH), PadW: int32(d.PadW),
		DilH: int32(d.DilH), DilW: int32(d.DilW)}
	if o.Arg.DType == engine.I32 {
		return launch(s, kernels.Maxpool2dBwdF32I32(k), grid, block, 0)
	}
	return launch(s, k, grid, block, 0)
}

// AvgPool2D takes the mean of each window.
func (s *Stream) AvgPool2D(o engine.Pool2D) error {
	if !onlyF32(o.Y, o.X) || !poolFits(o.ConvDims) {
		return engine.ErrUnsupported
	}
	d := &o.ConvDims
	grid, block := s.dev.across(d.N*d.OutH, d.OutW*d.C)
	return launch(s, kernels.Avgpool2dFwdF32{Y: addr(o.Y), X: addr(o.X), N: uint32(d.N), C: uint32(d.C),
		InH: int32(d.H), InW: int32(d.W), OutH: int32(d.OutH), OutW: int32(d.OutW), R: int32(d.R), S: int32(d.S),
		StrideH: int32(d.StrideH), StrideW: int32(d.StrideW), PadH: int32(d.PadH), PadW: int32(d.PadW),
		DilH: int32(d.DilH), DilW: int32(d.DilW)}, grid, block, 0)
}

// AvgPool2DBwd shares each window's gradient among its pixels.
func (s *Stream) AvgPool2DBwd(o engine.Pool2D) error {
	if !onlyF32(o.Y, o.X) || !poolFits(o.ConvDims) {
		return engine.ErrUnsupported
	}
	d := &o.ConvDims
	grid, block := s.dev.across(d.N*d.H, d.W*d.C)
	return launch(s, kernels.Avgpool2dBwdF32{Dx: addr(o.X), Dy: addr(o.Y), N: uint32(d.N), C: uint32(d.C),
		InH: int32(d.H), InW: int32(d.W), OutH: int32(d.OutH), OutW: int32(d.OutW), R: int32(d.R), S: int32(d.S),
		StrideH: int32(d.StrideH), StrideW: int32(d.StrideW), PadH: int32(d.PadH), PadW: int32(d.PadW),
		DilH: int32(d.DilH), DilW: int32(d.DilW)}, grid, block, 0)
}

// placeType reports whether winners can be kept in b.
func placeType(b engine.Buffer) bool {
	return b.Absent() || b.DType == engine.U8 || b.DType == engine.I32
}

// poolFits reports whether rows, and the elements of a row, can be counted in 31 bits. A map of more has 8 GB.
func poolFits(d engine.ConvDims) bool {
	return fits31(d.N*d.OutH, d.N*d.H, d.OutW*d.C, d.W*d.C)
}
