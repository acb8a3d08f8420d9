package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// lightGrain and heavyGrain are how many elements one piece of work has: about 10 µs of a loop that moves memory, and
// of one that evaluates a function.
const (
	lightGrain = 1 << 14
	heavyGrain = 1 << 12
)

// host is the bytes of b.
func host(b engine.Buffer) []byte {
	if b.Absent() {
		return nil
	}
	return b.Mem.Host[b.Off : b.Off+b.Bytes()]
}

// Upload copies src into dst.
func (*Stream) Upload(dst engine.Buffer, src []byte) error {
	copy(host(dst), src)
	return nil
}

// Download copies src into dst.
func (*Stream) Download(dst []byte, src engine.Buffer) error {
	copy(dst, host(src))
	return nil
}

// Copy is Y = X with a change of type. Whole numbers that do not fit saturate as reals do.
func (*Stream) Copy(o engine.Copy) error {
	if o.Unit && (o.X.DType != engine.U8 || !o.Y.DType.Real()) {
		return engine.ErrUnsupported
	}
	switch o.Y.DType {
	case engine.F32:
		return copyTo[float32](o)
	case engine.F64:
		return copyTo[float64](o)
	case engine.I32:
		return copyTo[int32](o)
	case engine.U8:
		return copyTo[uint8](o)
	}
	return engine.ErrUnsupported
}

func copyTo[Y number](o engine.Copy) error {
	switch o.X.DType {
	case engine.F32:
		copyFrom[Y, float32](o)
	case engine.F64:
		copyFrom[Y, float64](o)
	case engine.I32:
		copyFrom[Y, int32](o)
	case engine.U8:
		copyFrom[Y, uint8](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func copyFrom[Y, X number](o engine.Copy) {
	y, x := view[Y](o.Y), view[X](o.X)
	n := min(len(y), len(x))
	parallelRuns(pieces(n, lightGrain), func(i int) {
		from, to := piece(i, n, lightGrain)
		convert(y[from:to], x[from:to], o.Unit)
	})
}

func convert[Y, X number](y []Y, x []X, unit bool) {
	if same, ok := any(x).([]Y); ok {
		copy(y, same)
		return
	}
	x = x[:len(y)]
	_, small := any(x).([]uint8) // fits every other type
	switch lo, hi, whole := limits[Y](); {
	case unit:
		for i := range y {
			y[i] = Y(x[i]) / Y(hi)
		}
	case whole && !small:
		for i := range y {
			y[i] = saturate[Y](float64(x[i]), lo, hi)
		}
	default:
		for i := range y {
			y[i] = Y(x[i])
		}
	}
}

// limits is the range of the integer types. For reals hi is what Unit divides by.
func limits[T number]() (lo, hi float64, whole bool) {
	switch any(T(0)).(type) {
	case int32:
		return math.MinInt32, math.MaxInt32, true
	case uint8:
		return 0, math.MaxUint8, true
	}
	return 0, math.MaxUint8, false
}

// saturate is v as an integer: cut to lo … hi, then towards zero; 0 for NaN.
func saturate[T number](v, lo, hi float64) T {
	if v != v {
		return 0
	}
	return T(min(max(v, lo), hi))
}

// Fill is Y = Value, converted as Copy converts.
func (*Stream) Fill(o engine.Fill) error {
	switch o.Y.DType {
	case engine.F32:
		fillBuffer[float32](o)
	case engine.F64:
		fillBuffer[float64](o)
	case engine.I32:
		fillBuffer[int32](o)
	case engine.U8:
		fillBuffer[uint8](o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func fillBuffer[T number](o engine.Fill) {
	y, v := view[T](o.Y), T(0)
	if lo, hi, whole := limits[T](); whole {
		v = saturate[T](o.Value, lo, hi)
	} else {
		v = T(o.Value)
	}
	parallelRuns(pieces(len(y), lightGrain), func(i int) {
		from, to := piece(i, len(y), lightGrain)
		repeat(y[from:to], v)
	})
}

// repeat sets every element of y to v. Copying what is there already moves whole vectors, a loop single elements.
func repeat[T any](y []T, v T) {
	head := min(len(y), 16)
	for i := range head {
		y[i] = v
	}
	for n := head; n < len(y); n *= 2 {
		copy(y[n:], y[:n])
	}
}
