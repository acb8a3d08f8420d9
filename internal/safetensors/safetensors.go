// Package safetensors reads and writes the safetensors format of Hugging Face: named arrays in one file, no code in it.
//
// A file is the length of the header (8 bytes, little endian), the header (a JSON object, padded with spaces) and the
// elements, little endian and row-major. The reader holds to every rule of the format, because files come from
// strangers: it never panics, never allocates more than the size of the file justifies, and accepts nothing that has two
// meanings. The format: https://huggingface.co/docs/safetensors.
package safetensors

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/braidml/braid/tensor"
)

// Limits of a file. The first is the format's own; the others are far above any model and keep a hostile header small
// in memory.
const (
	MaxHeader  = 100_000_000 // bytes
	MaxTensors = 200_000
	MaxName    = 4096 // bytes
	MaxRank    = 64
)

// DType is an element type by its name in the format, such as "F32".
type DType string

// The types that can be read. F16 and BF16 become float32, and I64 int32 where every value fits; the others keep their
// type, and only they are written.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	U8   DType = "U8"
)

// sizes are the bytes of an element, also of types that a file may hold but that no array of ours can.
var sizes = map[DType]uint64{
	F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1,
	"U64": 8, "U32": 4, "U16": 2, "I16": 2, "I8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "C64": 8,
}

// Tensor is a named array, to be written.
type Tensor struct {
	Name  string
	Array tensor.Array
}

// File is an open safetensors file. Several goroutines may read from it.
type File struct {
	Meta  map[string]string // the header's __metadata__; empty if there is none
	Names []string          // of the tensors, in the order of their data

	entries map[string]entry
	data    io.ReaderAt
	start   int64 // of the elements
	closer  io.Closer
}

// entry is what the header says about a tensor.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	begin, end uint64 // relative to the first element of the file
}

// Shape is the shape of the tensor called name, nil if there is none. Do not change it.
func (f *File) Shape(name string) []int { return f.entries[name].shape }

// DType is the element type of the tensor called name, "" if there is none.
func (f *File) DType(name string) DType { return f.entries[name].dtype }

// Has reports whether there is a tensor called name.
func (f *File) Has(name string) bool {
	_, ok := f.entries[name]
	return ok
}

// Close closes a file that [ReadFile] opened. Otherwise it does nothing.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// bytes is the size of a tensor; ok is false where it does not fit. The multiplication goes from left to right and each
// product must fit, a later 0 or not: so the reference implementation has it.
func bytes(t DType, shape []int) (n uint64, ok bool) {
	n = 1
	for _, d := range shape {
		if d != 0 && n > math.MaxInt64/uint64(d) {
			return 0, false
		}
		n *= uint64(d)
	}
	size := sizes[t]
	if n > math.MaxInt64/size {
		return 0, false
	}
	return n * size, true
}

// layout checks that the tensors lie one after the other from 0 to size, and returns them in that order.
func layout(entries map[string]entry, size uint64) ([]entry, error) {
	list := make([]entry, 0, len(entries))
	for _, e := range entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b entry) int {
		switch {
		case a.begin != b.begin:
			return cmp.Compare(a.begin, b.begin)
		case a.end != b.end:
			return cmp.Compare(a.end, b.end)
		}
		return cmp.Compare(a.name, b.name) // empty tensors share a place
	})
	var at uint64
	for _, e := range list {
		if e.begin != at {
			return nil, fmt.Errorf("tensor %q begins at byte %d of the data, where %d was expected: gaps and overlaps are not allowed",
				e.name, e.begin, at)
		}
		at = e.end
	}
	if at != size {
		return nil, fmt.Errorf("the header describes %d bytes of data, the file has %d", at, size)
	}
	return list, nil
}
