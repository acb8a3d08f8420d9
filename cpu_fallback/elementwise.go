package cpu

import "github.com/braidml/braid/internal/engine"

// allOf reports whether every buffer that is present has type t.
func allOf(t engine.DType, buffers ...engine.Buffer) bool {
	for _, b := range buffers {
		if !b.Absent() && b.DType != t {
			return false
		}
	}
	return true
}

// cheap reports whether a unary function costs about as much as the memory it moves.
func cheap(op engine.UnaryOp) bool {
	switch op {
	case engine.ReLU, engine.LeakyReLU, engine.Sqrt, engine.Square, engine.Neg, engine.Scale, engine.Shift, engine.Abs,
		engine.Sign, engine.Reciprocal, engine.Clamp, engine.Floor, engine.Ceil, engine.Round:
		return true
	}
	return false
}

func unaryGrain(op engine.UnaryOp) int {
	switch {
	case cheap(op), op == engine.Exp, op == engine.Log, op == engine.Tanh, op == engine.Sigmoid: // the latter have vectors
		return lightGrain
	}
	return heavyGrain
}

// Unary is Y = op(X).
func (*Stream) Unary(o engine.Unary) error {
	if o.Op >= engine.UnaryOps || o.X.DType != o.Y.DType {
		return engine.ErrUnsupported
	}
	switch o.Y.DType {
	case engine.F32:
		unary[float32](o)
	case engine.F64:
		unary[float64](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func unary[T float](o engine.Unary) {
	y, x := view[T](o.Y), view[T](o.X)
	n, grain := min(len(y), len(x)), unaryGrain(o.Op)
	parallelRuns(pieces(n, grain), func(i int) {
		from, to := piece(i, n, grain)
		if cheap(o.Op) {
			unaryLight(o.Op, y[from:to], x[from:to], T(o.A), T(o.B))
		} else {
			unaryHeavy(o.Op, y[from:to], x[from:to], o.A)
		}
	})
}

// UnaryBwd is DX = DY·op'(X).
func (*Stream) UnaryBwd(o engine.UnaryBwd) error {
	if o.Op >= engine.UnaryOps || !allOf(o.DX.DType, o.DY, o.X, o.Y) {
		return engine.ErrUnsupported
	}
	switch o.DX.DType {
	case engine.F32:
		unaryBwd[float32](o)
	case engine.F64:
		unaryBwd[float64](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func unaryBwd[T float](o engine.UnaryBwd) {
	dx, dy, x, y := view[T](o.DX), view[T](o.DY), view[T](o.X), view[T](o.Y)
	n, grain := min(len(dx), len(dy)), unaryGrain(o.Op)
	parallelRuns(pieces(n, grain), func(i int) {
		from, to := piece(i, n, grain)
		in := y
		if o.Op.NeedsX() {
			in = x
		}
		if in != nil { // absent where the derivative is a constant
			in = in[from:to]
		}
		if cheap(o.Op) || !o.Op.NeedsX() {
			unaryBwdLight(o.Op, dx[from:to], dy[from:to], in, T(o.A), T(o.B))
		} else {
			unaryBwdHeavy(o.Op, dx[from:to], dy[from:to], in, o.A)
		}
	})
}
