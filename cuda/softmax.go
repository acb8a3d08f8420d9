//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Softmax is e^(x-m)/Σe^(x-m), m the row's maximum; with Log x - m - log Σe^(x-m).
func (s *Stream) Softmax(o engine.Softmax) error {
	if !onlyF32(o.Y, o.X) {
		return engine.ErrUnsupported
	}
	if o.N == 0 {
		return nil
	}
	lanes := rowLanes(o.N)
	return launchFold(s, kernels.SoftmaxFwdF32{Y: addr(o.Y), X: addr(o.X), Rows: uint64(o.Rows), N: uint64(o.N),
		Lanes: uint32(lanes), Log: flag(o.Log)}, ceilDiv(o.Rows, foldThreads/lanes))
}

// SoftmaxBwd is DX = Y·(DY - Σ DY·Y); with Log DX = DY - e^Y·Σ DY.
func (s *Stream) SoftmaxBwd(o engine.SoftmaxBwd) error {
	if !onlyF32(o.DX, o.DY, o.Y) {
		return engine.ErrUnsupported
	}
	if o.N == 0 {
		return nil
	}
	lanes := rowLanes(o.N)
	return launchFold(s, kernels.SoftmaxBwdF32{Dx: addr(o.DX), Dy: addr(o.DY), Y: addr(o.Y), Rows: uint64(o.Rows), N: uint64(o.N),
		Lanes: uint32(lanes), Log: flag(o.Log)}, ceilDiv(o.Rows, foldThreads/lanes))
}

// flag is how a kernel gets a bool.
func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
