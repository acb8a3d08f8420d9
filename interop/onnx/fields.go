package onnx

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of an encoded message.
type field struct {
	number protowire.Number
	typ    protowire.Type
	v      uint64 // of a number
	data   []byte // of text, bytes or a message
}

var errType = errors.New("a field of another type than ONNX's")

// fields calls f for each field of message b; what f does not know is passed over.
func fields(b []byte, f func(field) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		x := field{number: num, typ: typ}
		switch typ {
		case protowire.VarintType:
			x.v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			x.v = uint64(v)
		case protowire.Fixed64Type:
			x.v, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			x.data, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := f(x); err != nil {
			return err
		}
	}
	return nil
}

// inner reads a message within a message.
func inner[T any](x field, read func([]byte) (T, error), to *T, what string) error {
	if x.typ != protowire.BytesType {
		return fmt.Errorf("%s: %w", what, errType)
	}
	v, err := read(x.data)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	*to = v
	return nil
}

// each reads one message of a list.
func each[T any](x field, read func([]byte) (T, error), to *[]T, what string) error {
	var v T
	if err := inner(x, read, &v, fmt.Sprintf("%s %d", what, len(*to))); err != nil {
		return err
	}
	*to = append(*to, v)
	return nil
}

func (x field) text(to *string) error {
	if x.typ != protowire.BytesType {
		return errType
	}
	if !utf8.Valid(x.data) {
		return fmt.Errorf("field %d is not valid UTF-8", x.number)
	}
	*to = string(x.data)
	return nil
}

func (x field) texts(to *[]string) error {
	var s string
	if err := x.text(&s); err != nil {
		return err
	}
	*to = append(*to, s)
	return nil
}

// raw is bytes that need not be text.
func (x field) raw(to *string) error {
	if x.typ != protowire.BytesType {
		return errType
	}
	*to = string(x.data)
	return nil
}
