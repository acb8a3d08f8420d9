package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/braidml/braid/tensor"
)

// WriteNPY writes a in NumPy's format, version 1.0: numpy.load reads it with the same type and shape. It returns the
// writer's error, and panics on an absent array.
func WriteNPY(w io.Writer, a tensor.Array) error {
	if a.Absent() {
		misuse("WriteNPY", "the array is absent")
	}
	kind := map[tensor.DType]string{tensor.Uint8: "|u1", tensor.Int32: "<i4", tensor.Float32: "<f4", tensor.Float64: "<f8"}[a.DType()]
	var shape strings.Builder
	for _, d := range a.Shape() {
		fmt.Fprintf(&shape, "%d, ", d)
	}
	sizes := strings.TrimSuffix(shape.String(), " ")
	if len(a.Shape()) > 1 {
		sizes = strings.TrimSuffix(sizes, ",")
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, sizes)
	// The elements begin at a multiple of 64 bytes, so that they can be mapped into memory.
	before := len(npyMagic) + 4 + len(header) + 1
	header += strings.Repeat(" ", (64-before%64)%64) + "\n"
	if len(header) > math.MaxUint16 {
		misuse("WriteNPY", "the array has %d dimensions, expected a header of at most %d bytes", len(a.Shape()), math.MaxUint16)
	}

	b := bufio.NewWriterSize(w, 1<<16) // keeps the first error, which Flush returns
	b.WriteString(npyMagic + "\x01\x00")
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(header))))
	b.WriteString(header)
	writeElements(b, binary.LittleEndian, a)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("data: WriteNPY: %w", err)
	}
	return nil
}
