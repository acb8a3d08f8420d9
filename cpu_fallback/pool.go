package cpu

import "github.com/braidml/braid/internal/engine"

// poolGrain is how many elements one piece of work reads, about.
const poolGrain = 1 << 15

// MaxPool2D is Y and, if present, Arg from X.
func (s *Stream) MaxPool2D(op engine.Pool2D) error {
	switch op.Y.DType {
	case engine.F32:
		maxPool[float32](op)
	case engine.F64:
		maxPool[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// MaxPool2DBwd is X, the gradient of the map, from the gradient in Y and Arg.
func (s *Stream) MaxPool2DBwd(op engine.Pool2D) error {
	switch op.X.DType {
	case engine.F32:
		maxPoolBwd[float32](op)
	case engine.F64:
		maxPoolBwd[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// AvgPool2D is Y from X.
func (s *Stream) AvgPool2D(op engine.Pool2D) error {
	switch op.Y.DType {
	case engine.F32:
		avgPool[float32](op)
	case engine.F64:
		avgPool[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// AvgPool2DBwd is X, the gradient of the map, from the gradient in Y.
func (s *Stream) AvgPool2DBwd(op engine.Pool2D) error {
	switch op.X.DType {
	case engine.F32:
		avgPoolBwd[float32](op)
	case engine.F64:
		avgPoolBwd[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// forRows calls f with each of n rows of rowSize elements, several rows to a piece of work.
func forRows(n, rowSize int, f func(row int)) {
	grain := max(1, poolGrain/max(1, rowSize))
	parallelRuns(pieces(n, grain), func(i int) {
		from, to := piece(i, n, grain)
		for row := from; row < to; row++ {
			f(row)
		}
	})
}

// window is the taps [from, to) of a kernel that fall on a map of the given length, when its first tap is at start.
func window(start, taps, dil, length int) (from, to int) {
	if start < 0 {
		from = min(taps, (dil-1-start)/dil)
	}
	to = min(taps, (length-start+dil-1)/dil)
	return from, max(from, to)
}

// readers is the outputs [from, to) whose windows may hold input coordinate at.
// With a dilation some of them step over it; see tapOf.
func readers(at, taps, stride, pad, dil, outputs int) (from, to int) {
	from = max(0, (at+pad-(taps-1)*dil+stride-1)/stride)
	return from, min(outputs, (at+pad)/stride+1)
}

// tapOf is the tap through which output out reads input coordinate at, if it does. out comes from readers.
func tapOf(at, out, stride, pad, dil int) (tap int, ok bool) {
	distance := at + pad - out*stride
	return distance / dil, distance%dil == 0
}
