package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/braidml/braid/tensor"
)

// ReadNPY reads an array in NumPy's format (versions 1.0 to 3.0 of numpy.lib.format), in either byte order and either
// order of the axes. Float64, float32, int32 and uint8 come as they are, bool as Uint8, float16 as Float32; other
// integers become Int32, and one that does not fit is an error. Anything that is not exactly one such array is an error,
// so are strings, complex numbers, structures and pickled objects.
func ReadNPY(r io.Reader) (tensor.Array, error) {
	a, err := readNPY(r, maxArrayBytes)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadNPY: %w", err)
	}
	return a, nil
}

// ReadNPYFile is ReadNPY of a file; its errors name the file.
func ReadNPYFile(path string) (tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadNPY: %w", err)
	}
	defer f.Close()
	a, err := readNPY(f, maxArrayBytes)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadNPY: %s: %w", path, err)
	}
	return a, nil
}

// readNPY refuses arrays of more than limit bytes.
func readNPY(r io.Reader, limit int64) (tensor.Array, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	h, err := readNPYHeader(b)
	if err != nil {
		return tensor.Array{}, err
	}
	n, err := h.elements(limit)
	if err != nil {
		return tensor.Array{}, err
	}
	a, err := h.read(b, n)
	if err != nil {
		return tensor.Array{}, err
	}
	switch end, err := ends(b); {
	case err != nil:
		return tensor.Array{}, fmt.Errorf("after the %d elements of %v: %w", n, h.shape, cut(err))
	case !end:
		return tensor.Array{}, fmt.Errorf("there are bytes after the %d elements of %v, expected the end of the file", n, h.shape)
	}
	return a, nil
}

// elements is their number.
func (h *npyHeader) elements(limit int64) (int, error) {
	bytes := int64(h.width)
	for _, d := range h.shape {
		if d > 0 && bytes > limit/int64(d) { // before the product, which could overflow
			return 0, fmt.Errorf("the shape %v has more than %d bytes of elements, expected fewer: the header is damaged", h.shape, limit)
		}
		bytes *= int64(d)
	}
	return int(bytes / int64(h.width)), nil
}

func (h *npyHeader) read(r io.Reader, n int) (tensor.Array, error) {
	o := h.order
	switch h.kind {
	case "u1", "b1":
		return readElements(r, h, n, func(b []byte) (uint8, bool) { return b[0], h.kind == "u1" || b[0] <= 1 })
	case "f8":
		return readElements(r, h, n, func(b []byte) (float64, bool) { return math.Float64frombits(o.Uint64(b)), true })
	case "f4":
		return readElements(r, h, n, func(b []byte) (float32, bool) { return math.Float32frombits(o.Uint32(b)), true })
	case "f2":
		return readElements(r, h, n, func(b []byte) (float32, bool) { return halfFloat(o.Uint16(b)), true })
	case "i1":
		return readElements(r, h, n, func(b []byte) (int32, bool) { return int32(int8(b[0])), true })
	case "i2":
		return readElements(r, h, n, func(b []byte) (int32, bool) { return int32(int16(o.Uint16(b))), true })
	case "u2":
		return readElements(r, h, n, func(b []byte) (int32, bool) { return int32(o.Uint16(b)), true })
	case "i4":
		return readElements(r, h, n, func(b []byte) (int32, bool) { return int32(o.Uint32(b)), true })
	case "u4":
		return readElements(r, h, n, func(b []byte) (int32, bool) { v := o.Uint32(b); return int32(v), v <= math.MaxInt32 })
	case "i8":
		return readElements(r, h, n, func(b []byte) (int32, bool) { v := int64(o.Uint64(b)); return int32(v), v == int64(int32(v)) })
	default: // "u8", the last that the header's reader knows
		return readElements(r, h, n, func(b []byte) (int32, bool) { v := o.Uint64(b); return int32(v), v <= math.MaxInt32 })
	}
}

// readElements reads the n elements in the file's order of axes; element also tells whether its type can hold it.
func readElements[T tensor.Elem](r io.Reader, h *npyHeader, n int, element func([]byte) (T, bool)) (tensor.Array, error) {
	wrong, seen := -1, 0
	values, err := growElements(r, h.shape, n, h.width, func(b []byte) T {
		v, ok := element(b)
		if !ok && wrong < 0 {
			wrong = seen
		}
		seen++
		return v
	})
	if err != nil {
		return tensor.Array{}, err
	}
	if wrong >= 0 {
		return tensor.Array{}, fmt.Errorf("element %d of %v does not fit: its type in the file is %s, expected a value of %v (of a bool, 0 or 1)",
			wrong, h.shape, h.kind, tensor.ArrayOf([]T{}, 0).DType())
	}
	if h.fortran && len(h.shape) > 1 {
		values = lastAxisFastest(values, h.shape)
	}
	return tensor.ArrayOf(values, h.shape...), nil
}

// lastAxisFastest reorders elements that were stored with the first axis fastest, as Fortran does.
func lastAxisFastest[T any](stored []T, shape []int) []T {
	out := make([]T, len(stored))
	index := make([]int, len(shape))
	for i := range out {
		from := 0
		for axis := len(shape) - 1; axis >= 0; axis-- {
			from = from*shape[axis] + index[axis]
		}
		out[i] = stored[from]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return out
}

// halfFloat is the value of an IEEE 754 binary16.
func halfFloat(b uint16) float32 {
	exponent, fraction := int(b>>10&0x1f), float64(b&0x3ff)
	var v float64
	switch exponent {
	case 0: // subnormal
		v = math.Ldexp(fraction, -24)
	case 31:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(1024+fraction, exponent-25)
	}
	if b&0x8000 != 0 {
		v = -v
	}
	return float32(v)
}

// npyOrders are the byte orders that a type's first character names; "|" is for single bytes.
var npyOrders = map[byte]binary.ByteOrder{'<': binary.LittleEndian, '>': binary.BigEndian, '|': binary.LittleEndian}
