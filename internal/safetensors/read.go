package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/braidml/braid/tensor"
)

// Read reads the header of a file of the given size. The elements stay in r until [File.Tensor] asks for them.
func Read(r io.ReaderAt, size int64) (*File, error) {
	f, err := read(r, size)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// ReadFile is Read for the file at path, which stays open until Close.
func ReadFile(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a regular file")
	}
	var f *File
	if err == nil {
		f, err = read(file, info.Size())
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	f.closer = file
	return f, nil
}

func read(r io.ReaderAt, size int64) (*File, error) {
	var length [8]byte
	if size < 8 {
		return nil, fmt.Errorf("the file has %d bytes, the length of the header alone takes 8", size)
	}
	if err := readFull(r, length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > MaxHeader {
		return nil, fmt.Errorf("the header claims %d bytes, at most %d are allowed: is this a safetensors file?", n, MaxHeader)
	}
	if n > uint64(size)-8 {
		return nil, fmt.Errorf("the header claims %d bytes, the file has %d after the length", n, size-8)
	}
	text := make([]byte, n)
	if err := readFull(r, text, 8); err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	start := 8 + int64(n)
	list, err := layout(h.entries, uint64(size-start))
	if err != nil {
		return nil, err
	}
	f := &File{Meta: h.meta, Names: make([]string, len(list)), entries: h.entries, data: r, start: start}
	if f.Meta == nil {
		f.Meta = map[string]string{}
	}
	for i, e := range list {
		f.Names[i] = e.name
	}
	return f, nil
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// Tensor reads the tensor called name.
func (f *File) Tensor(name string) (tensor.Array, error) {
	e, ok := f.entries[name]
	if !ok {
		return tensor.Array{}, fmt.Errorf("safetensors: no tensor %q", name)
	}
	a, err := f.array(e)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("safetensors: tensor %q: %w", name, err)
	}
	return a, nil
}

// array chooses how the elements of e become elements of ours.
func (f *File) array(e entry) (tensor.Array, error) {
	le := binary.LittleEndian
	switch e.dtype {
	case F32:
		return own[float32](f, e)
	case F64:
		return own[float64](f, e)
	case I32:
		return own[int32](f, e)
	case U8:
		return own[uint8](f, e)
	case F16:
		return decode(f, e, func(b []byte) (float32, bool) { return half(le.Uint16(b)), true })
	case BF16:
		return decode(f, e, func(b []byte) (float32, bool) { return math.Float32frombits(uint32(le.Uint16(b)) << 16), true })
	case I64:
		return decode(f, e, func(b []byte) (int32, bool) { v := int64(le.Uint64(b)); return int32(v), int64(int32(v)) == v })
	}
	return tensor.Array{}, fmt.Errorf("%s cannot be read into an array; F64, F32, F16, BF16, I64, I32 and U8 can", e.dtype)
}

// own reads elements that are in memory as they are in the file.
func own[T tensor.Elem](f *File, e entry) (tensor.Array, error) {
	out := make([]T, (e.end-e.begin)/sizes[e.dtype])
	if err := readAs(f, e, out); err != nil {
		return tensor.Array{}, err
	}
	return tensor.ArrayOf(out, e.shape...), nil
}

// readAs reads all of e at once, straight to where it belongs: one thread takes what memory gives.
func readAs[T tensor.Elem](f *File, e entry, to []T) error {
	b := raw(to)
	if err := readFull(f.data, b, f.start+int64(e.begin)); err != nil {
		return err
	}
	swap(b, int(sizes[e.dtype]))
	return nil
}

// into reads e to the elements of dst, which are real and as many.
func (f *File) into(e entry, dst tensor.Array) error {
	switch d := dst.Any().(type) {
	case []float32:
		if e.dtype == F32 {
			return readAs(f, e, d)
		}
		a, err := f.array(e)
		copy(d, a.Floats())
		return err
	case []float64:
		if e.dtype == F64 {
			return readAs(f, e, d)
		}
		a, err := f.array(e)
		copy(d, a.Float64s())
		return err
	}
	return fmt.Errorf("elements of type %v", dst.DType())
}

// decode reads in pieces, so that a file costs no more memory than its array.
func decode[T tensor.Elem](f *File, e entry, one func([]byte) (T, bool)) (tensor.Array, error) {
	size := int(sizes[e.dtype])
	out := make([]T, (e.end-e.begin)/uint64(size))
	buf := make([]byte, min(1<<16, int(e.end-e.begin)))
	at := f.start + int64(e.begin)
	for done := 0; done < len(out); {
		piece := buf[:min(len(buf), (len(out)-done)*size)]
		if err := readFull(f.data, piece, at); err != nil {
			return tensor.Array{}, err
		}
		at += int64(len(piece))
		for ; len(piece) > 0; piece = piece[size:] {
			v, ok := one(piece)
			if !ok {
				return tensor.Array{}, fmt.Errorf("element %d does not fit into int32", done)
			}
			out[done] = v
			done++
		}
	}
	return tensor.ArrayOf(out, e.shape...), nil
}

// half is an IEEE 754 binary16 number: 1 bit sign, 5 bits exponent, 10 bits fraction. Every one is exact in float32.
func half(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0: // zero and subnormal: frac · 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*0x1p-24))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp-15+127)<<23 | frac<<13)
}
