//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

type copyArgs = kernels.CopyF32I32

func copyBy[K interface {
	kernels.Kernel
	~struct{ Y, X, N uint64 }
}](s *Stream, a copyArgs) error {
	return launch(s, K(a), s.dev.spread(int(a.N), 4*threads), block, 0)
}

// conversion is from one type to another.
type conversion struct {
	from, to engine.DType
	unit     bool
}

var conversions = map[conversion]func(*Stream, copyArgs) error{
	{from: engine.F32, to: engine.I32}:            copyBy[kernels.CopyF32I32],
	{from: engine.F32, to: engine.U8}:             copyBy[kernels.CopyF32U8],
	{from: engine.I32, to: engine.F32}:            copyBy[kernels.CopyI32F32],
	{from: engine.I32, to: engine.U8}:             copyBy[kernels.CopyI32U8],
	{from: engine.U8, to: engine.F32}:             copyBy[kernels.CopyU8F32],
	{from: engine.U8, to: engine.I32}:             copyBy[kernels.CopyU8I32],
	{from: engine.U8, to: engine.F32, unit: true}: copyBy[kernels.CopyUnitU8F32],
}

// Copy is Y = X with a change of type.
func (s *Stream) Copy(o engine.Copy) error {
	n := min(o.Y.Len, o.X.Len)
	if o.X.DType == o.Y.DType && !o.Unit && s.dev.Has(o.Y.DType) {
		return s.copyBytes(addr(o.Y), addr(o.X), n*o.Y.DType.Size())
	}
	convert := conversions[conversion{o.X.DType, o.Y.DType, o.Unit}]
	if convert == nil {
		return engine.ErrUnsupported
	}
	return convert(s, copyArgs{Y: addr(o.Y), X: addr(o.X), N: uint64(n)})
}
