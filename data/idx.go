package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/braidml/braid/tensor"
)

// The IDX format of MNIST (LeCun, Cortes and Burges): bytes 0, 0, type, number of dimensions; the dimensions as
// big-endian uint32; the elements, row-major and big-endian.
const (
	idxUint8   = 0x08
	idxInt16   = 0x0B
	idxInt32   = 0x0C
	idxFloat32 = 0x0D
	idxFloat64 = 0x0E

	idxMaxDims = 8

	maxArrayBytes = 1 << 33 // 8 GiB of elements; a header that asks for more is taken to be damaged
)

// ReadIDX reads an array in the IDX format, gzipped or not. Elements of 16 and 32 bits become Int32. Anything that is
// not exactly one such array, with no dimension of 0, is an error.
func ReadIDX(r io.Reader) (tensor.Array, error) {
	a, err := readIDX(r, maxArrayBytes)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadIDX: %w", err)
	}
	return a, nil
}

// ReadIDXFile is ReadIDX of a file; its errors name the file.
func ReadIDXFile(path string) (tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadIDX: %w", err)
	}
	defer f.Close()
	a, err := readIDX(f, maxArrayBytes)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("data: ReadIDX: %s: %w", path, err)
	}
	return a, nil
}

// readIDX refuses arrays of more than limit bytes.
func readIDX(r io.Reader, limit int64) (tensor.Array, error) {
	z, err := unzipped(r)
	if err != nil {
		return tensor.Array{}, err
	}
	kind, shape, n, err := readIDXHeader(z, limit)
	if err != nil {
		return tensor.Array{}, err
	}
	var a tensor.Array
	switch kind {
	case idxUint8:
		a, err = idxElements(z, shape, n, 1, func(b []byte) uint8 { return b[0] })
	case idxInt16:
		a, err = idxElements(z, shape, n, 2, func(b []byte) int32 { return int32(int16(binary.BigEndian.Uint16(b))) })
	case idxInt32:
		a, err = idxElements(z, shape, n, 4, func(b []byte) int32 { return int32(binary.BigEndian.Uint32(b)) })
	case idxFloat32:
		a, err = idxElements(z, shape, n, 4, func(b []byte) float32 { return math.Float32frombits(binary.BigEndian.Uint32(b)) })
	case idxFloat64:
		a, err = idxElements(z, shape, n, 8, func(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) })
	}
	if err != nil {
		return tensor.Array{}, err
	}
	switch end, err := ends(z); {
	case err != nil:
		return tensor.Array{}, fmt.Errorf("after the %d elements of %v: %w", n, shape, cut(err))
	case !end:
		return tensor.Array{}, fmt.Errorf("there are bytes after the %d elements of %v, expected the end of the file", n, shape)
	}
	return a, nil
}

func readIDXHeader(r io.Reader, limit int64) (kind byte, shape []int, n int, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, 0, fmt.Errorf("the header of 4 bytes: %w", cut(err))
	}
	width, known := map[byte]int64{idxUint8: 1, idxInt16: 2, idxInt32: 4, idxFloat32: 4, idxFloat64: 8}[head[2]]
	dims := int(head[3])
	switch {
	case head[0] != 0 || head[1] != 0:
		return 0, nil, 0, fmt.Errorf("the file begins with bytes %#02x %#02x, expected 0 0 (IDX)", head[0], head[1])
	case !known:
		return 0, nil, 0, fmt.Errorf("the element type is %#02x, expected 0x08, 0x0b, 0x0c, 0x0d or 0x0e", head[2])
	case dims < 1 || dims > idxMaxDims:
		return 0, nil, 0, fmt.Errorf("there are %d dimensions, expected 1 to %d", dims, idxMaxDims)
	}
	var raw [4 * idxMaxDims]byte
	if _, err := io.ReadFull(r, raw[:4*dims]); err != nil {
		return 0, nil, 0, fmt.Errorf("the %d dimensions: %w", dims, cut(err))
	}
	shape = make([]int, dims)
	bytes := width
	for i := range shape {
		d := int64(binary.BigEndian.Uint32(raw[4*i:]))
		if d == 0 {
			return 0, nil, 0, fmt.Errorf("dimension %d is 0, expected 1 or more", i)
		}
		if bytes > limit/d { // before the product, which could overflow
			return 0, nil, 0, fmt.Errorf("dimensions of more than %d bytes of elements, expected fewer: the header is damaged", limit)
		}
		bytes *= d
		shape[i] = int(d)
	}
	return head[2], shape, int(bytes / width), nil
}

func idxElements[T tensor.Elem](r io.Reader, shape []int, n, width int, element func([]byte) T) (tensor.Array, error) {
	values, err := growElements(r, shape, n, width, element)
	if err != nil {
		return tensor.Array{}, err
	}
	return tensor.ArrayOf(values, shape...), nil
}

// growElements reads n elements of width bytes. The slice grows as they come, so a header cannot ask for memory that
// the file does not fill.
func growElements[T any](r io.Reader, shape []int, n, width int, element func([]byte) T) ([]T, error) {
	const chunk = 1 << 14
	raw := make([]byte, min(chunk, max(n, 1))*width)
	values := make([]T, 0, min(n, chunk))
	for len(values) < n {
		part := raw[:min(chunk, n-len(values))*width]
		got, err := io.ReadFull(r, part)
		if err != nil {
			return nil, fmt.Errorf("%d of the %d elements of %v: %w", len(values)+got/width, n, shape, cut(err))
		}
		for i := 0; i < len(part); i += width {
			values = append(values, element(part[i:]))
		}
	}
	return values, nil
}

// cut says what the end of a file in the middle of something means.
func cut(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
	}
	return err
}
