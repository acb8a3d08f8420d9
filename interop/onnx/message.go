package onnx

import (
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is an encoded message as the parts it consists of, so that weights are not copied for each message around them.
type message struct {
	parts [][]byte
	size  int
}

// append lets f add to the last part, which is never a borrowed one.
func (m *message) append(f func(b []byte) []byte) {
	if len(m.parts) == 0 {
		m.parts = append(m.parts, nil)
	}
	last := &m.parts[len(m.parts)-1]
	before := len(*last)
	*last = f(*last)
	m.size += len(*last) - before
}

func (m *message) integer(field protowire.Number, v int64) {
	m.append(func(b []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
	})
}

func (m *message) float(field protowire.Number, v float32) {
	m.append(func(b []byte) []byte {
		return protowire.AppendFixed32(protowire.AppendTag(b, field, protowire.Fixed32Type), math.Float32bits(v))
	})
}

// text writes s unless it is empty.
func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		m.item(field, s)
	}
}

// item writes s, which is one of a list, even if it is empty.
func (m *message) item(field protowire.Number, s string) {
	m.append(func(b []byte) []byte {
		return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
	})
}

// bytes writes data without copying it.
func (m *message) bytes(field protowire.Number, data []byte) {
	m.message(field, message{parts: [][]byte{data}, size: len(data)})
}

func (m *message) message(field protowire.Number, inner message) {
	m.append(func(b []byte) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.BytesType), uint64(inner.size))
	})
	for i, p := range inner.parts {
		inner.parts[i] = p[:len(p):len(p)]
	}
	m.parts = append(append(m.parts, inner.parts...), nil)
	m.size += inner.size
}

// WriteTo writes the message.
func (m *message) WriteTo(w io.Writer) (n int64, err error) {
	for _, p := range m.parts {
		k, err := w.Write(p)
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
