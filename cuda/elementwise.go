//go:build linux && cgo && !cpu

package cuda

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// threads is the block of elementwise kernels.
const threads = 256

var block = dim{x: threads}

// Kernels with the same parameters are one struct by many names; K(args) chooses the name.
type (
	unaryArgs  = kernels.ReLUFwdF32
	slopeArgs  = kernels.ReLUBwdF32
	binaryArgs = kernels.AddFwdF32
)

func unaryBy[K interface {
	kernels.Kernel
	~struct {
		Y, X uint64
		A, B float32
		N    uint64
	}
}](s *Stream, a unaryArgs) error {
	return launch(s, K(a), s.dev.spread(int(a.N), 4*threads), block, 0)
}

func slopeBy[K interface {
	kernels.Kernel
	~struct {
		Dx, Dy, In uint64
		A, B       float32
		N          uint64
	}
}](s *Stream, a slopeArgs) error {
	return launch(s, K(a), s.dev.spread(int(a.N), 4*threads), block, 0)
}

// A line for each unary function: forward and backward kernel.
var unaryKernels = [engine.UnaryOps]struct {
	forward  func(*Stream, unaryArgs) error
	backward func(*Stream, slopeArgs) error
}{
	engine.ReLU:       {unaryBy[kernels.ReLUFwdF32], slopeBy[kernels.ReLUBwdF32]},
	engine.LeakyReLU:  {unaryBy[kernels.LeakyReLUFwdF32], slopeBy[kernels.LeakyReLUBwdF32]},
	engine.Tanh:       {unaryBy[kernels.TanhFwdF32], slopeBy[kernels.TanhBwdF32]},
	engine.Sigmoid:    {unaryBy[kernels.SigmoidFwdF32], slopeBy[kernels.SigmoidBwdF32]},
	engine.Exp:        {unaryBy[kernels.ExpFwdF32], slopeBy[kernels.ExpBwdF32]},
	engine.Log:        {unaryBy[kernels.LogFwdF32], slopeBy[kernels.LogBwdF32]},
	engine.Sqrt:       {unaryBy[kernels.SqrtFwdF32], slopeBy[kernels.SqrtBwdF32]},
	engine.Square:     {unaryBy[kernels.SquareFwdF32], slopeBy[kernels.SquareBwdF32]},
	engine.Neg:        {unaryBy[kernels.NegFwdF32], slopeBy[kernels.NegBwdF32]},
	engine.Scale:      {unaryBy[kernels.ScaleFwdF32], slopeBy[kernels.ScaleBwdF32]},
	engine.Shift:      {unaryBy[kernels.ShiftFwdF32], slopeBy[kernels.ShiftBwdF32]},
	engine.Abs:        {unaryBy[kernels.AbsFwdF32], slopeBy[kernels.AbsBwdF32]},
	engine.Sign:       {unaryBy[kernels.SignFwdF32], slopeBy[kernels.SignBwdF32]},
	engine.Reciprocal: {unaryBy[kernels.ReciprocalFwdF32], slopeBy[kernels.ReciprocalBwdF32]},
	engine.Pow:        {unaryBy[kernels.PowFwdF32], slopeBy[kernels.PowBwdF32]},
	engine.Clamp:      {unaryBy[kernels.ClampFwdF32], slopeBy[kernels.ClampBwdF32]},
	engine.Sin:        {unaryBy[kernels.SinFwdF32], slopeBy[kernels.SinBwdF32]},
	engine.Cos:        {unaryBy[kernels.CosFwdF32], slopeBy[kernels.CosBwdF32]},
	engine.Softplus:   {unaryBy[kernels.SoftplusFwdF32], slopeBy[kernels.SoftplusBwdF32]},
	engine.GELU:       {unaryBy[kernels.GELUFwdF32], slopeBy[kernels.GELUBwdF32]},
	engine.ELU:        {unaryBy[kernels.ELUFwdF32], slopeBy[kernels.ELUBwdF32]},
	engine.Floor:      {unaryBy[kernels.FloorFwdF32], slopeBy[kernels.FloorBwdF32]},
	engine.Ceil:       {unaryBy[kernels.CeilFwdF32], slopeBy[kernels.CeilBwdF32]},
	engine.Round:      {unaryBy[kernels.RoundFwdF32], slopeBy[kernels.RoundBwdF32]},
}

// Unary is Y = op(X).
func (s *Stream) Unary(o engine.Unary) error {
	if o.Op >= engine.UnaryOps || !onlyF32(o.Y, o.X) {
		return engine.ErrUnsupported
	}
	return unaryKernels[o.Op].forward(s, unaryArgs{Y: addr(o.Y), X: addr(o.X), A: float32(o.A), B: float32(o.B),
		N: uint64(min(o.Y.Len, o.X.Len))})
}

// UnaryBwd is DX = DY·op'(X).
func (s *Stream) UnaryBwd(o engine.UnaryBwd) error {
	if o.Op >= engine.UnaryOps || !onlyF32(o.DX, o.DY, o.X, o.Y) {
		return engine.ErrUnsupported
	}
	in := o.Y
	if o.Op.NeedsX() {
		in = o.X
	}
	return unaryKernels[o.Op].backward(s, slopeArgs{Dx: addr(o.DX), Dy: addr(o.DY), In: addr(in),
		A: float32(o.A), B: float32(o.B), N: uint64(min(o.DX.Len, o.DY.Len))})
}
