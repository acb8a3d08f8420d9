package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/braidml/braid/tensor"
)

// WriteIDX writes a in the IDX format, not gzipped: Uint8 as 0x08, Int32 as 0x0C, Float32 as 0x0D, Float64 as 0x0E.
// It returns the writer's error. It panics on an array that the format cannot hold or [ReadIDX] would refuse: an absent
// one, one of no or more than eight dimensions, one with a dimension of 0.
func WriteIDX(w io.Writer, a tensor.Array) error {
	shape := a.Shape()
	if a.Absent() || len(shape) < 1 || len(shape) > idxMaxDims {
		misuse("WriteIDX", "the array has shape %v, expected 1 to %d dimensions", shape, idxMaxDims)
	}
	kind := map[tensor.DType]byte{tensor.Uint8: idxUint8, tensor.Int32: idxInt32, tensor.Float32: idxFloat32, tensor.Float64: idxFloat64}[a.DType()]
	head := []byte{0, 0, kind, byte(len(shape))}
	for i, d := range shape {
		if d < 1 || d > math.MaxUint32 {
			misuse("WriteIDX", "dimension %d is %d, expected 1 to %d", i, d, math.MaxUint32)
		}
		head = binary.BigEndian.AppendUint32(head, uint32(d))
	}
	b := bufio.NewWriter(w) // keeps the first error, which Flush returns
	b.Write(head)
	writeElements(b, binary.BigEndian, a)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("data: WriteIDX: %w", err)
	}
	return nil
}

// writeElements writes a's elements one after the other; b keeps the first error.
func writeElements(b *bufio.Writer, order binary.AppendByteOrder, a tensor.Array) {
	var e [8]byte
	switch v := a.Any().(type) {
	case []uint8:
		b.Write(v)
	case []int32:
		for _, x := range v {
			b.Write(order.AppendUint32(e[:0], uint32(x)))
		}
	case []float32:
		for _, x := range v {
			b.Write(order.AppendUint32(e[:0], math.Float32bits(x)))
		}
	case []float64:
		for _, x := range v {
			b.Write(order.AppendUint64(e[:0], math.Float64bits(x)))
		}
	}
}
