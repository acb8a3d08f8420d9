package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

func (x field) integer(to *int64) error {
	if x.typ != protowire.VarintType {
		return errType
	}
	*to = int64(x.v)
	return nil
}

// integers reads one or, packed, several numbers of a list.
func (x field) integers(to *[]int64) error {
	switch x.typ {
	case protowire.VarintType:
		*to = append(*to, int64(x.v))
		return nil
	case protowire.BytesType:
		for b := x.data; len(b) > 0; {
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return protowire.ParseError(n)
			}
			*to, b = append(*to, int64(v)), b[n:]
		}
		return nil
	}
	return errType
}

func (x field) float(to *float32) error {
	if x.typ != protowire.Fixed32Type {
		return errType
	}
	*to = math.Float32frombits(uint32(x.v))
	return nil
}

func (x field) floats(to *[]float32) error {
	if x.typ == protowire.Fixed32Type {
		*to = append(*to, math.Float32frombits(uint32(x.v)))
		return nil
	}
	if x.typ != protowire.BytesType || len(x.data)%4 != 0 {
		return errType
	}
	for b := x.data; len(b) > 0; b = b[4:] {
		*to = append(*to, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return nil
}

func (x field) doubles(to *[]float64) error {
	if x.typ == protowire.Fixed64Type {
		*to = append(*to, math.Float64frombits(x.v))
		return nil
	}
	if x.typ != protowire.BytesType || len(x.data)%8 != 0 {
		return errType
	}
	for b := x.data; len(b) > 0; b = b[8:] {
		*to = append(*to, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return nil
}
