package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"strconv"
)

// fault is what is wrong with the tensor.
func (g *given) fault(format string, args ...any) error {
	return bad("the input %q: "+format, append([]any{g.Name}, args...)...)
}

// count checks the shape against want, where -1 is any number from 0 on, and returns how many elements it has.
func (g *given) count(want ...int) (int, error) {
	ok := len(g.Shape) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = g.Shape[i] >= 0 && (want[i] < 0 || g.Shape[i] == want[i])
	}
	if !ok {
		return 0, g.fault("the shape of %s is %v: %v is expected, where -1 is any number", g.Datatype, g.Shape, want)
	}
	n := 1
	for _, d := range g.Shape {
		if d > 0 && n > math.MaxInt32/d {
			return 0, g.fault("the shape is %v: that is too large", g.Shape)
		}
		n *= d
	}
	return n, nil
}

// numbers are the elements of a numeric tensor of n elements, each width bytes wide in binary.
func numbers[T any](g *given, n, width int, fromBinary func([]byte) T, fromText func(string) (T, error)) ([]T, error) {
	if g.raw != nil || g.Data == nil {
		if len(g.raw) != n*width {
			return nil, g.fault("%d bytes of data for the shape %v of %s: %d are expected", len(g.raw), g.Shape, g.Datatype, n*width)
		}
		out := make([]T, n)
		for i := range out {
			out[i] = fromBinary(g.raw[i*width:])
		}
		return out, nil
	}
	out := make([]T, 0, min(n, len(g.Data)/2+1)) // each takes a digit and a comma
	err := g.each(n, func(element []byte) error {
		v, err := fromText(string(element))
		if err != nil {
			return g.fault("element %d is %s, which is no %s", len(out), shortened(element), g.Datatype)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

func (g *given) bytes8(n int) ([]uint8, error) {
	return numbers(g, n, 1, func(b []byte) uint8 { return b[0] }, func(s string) (uint8, error) {
		v, err := strconv.ParseUint(s, 10, 8)
		return uint8(v), err
	})
}

// floats are finite.
func (g *given) floats(n int) ([]float32, error) {
	out, err := numbers(g, n, 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
		func(s string) (float32, error) {
			if s[0] == '"' {
				return 0, strconv.ErrSyntax // ParseFloat reads "inf"
			}
			v, err := strconv.ParseFloat(s, 32)
			return float32(v), err
		})
	for i, v := range out {
		if d := v - v; d != 0 { // NaN for infinities and NaN
			return nil, g.fault("element %d is %v: finite numbers are expected", i, v)
		}
	}
	return out, err
}

func (g *given) integers(n int) ([]int64, error) {
	width, bits := 4, 32
	if g.Datatype == "INT64" {
		width, bits = 8, 64
	}
	return numbers(g, n, width, func(b []byte) int64 {
		if width == 8 {
			return int64(binary.LittleEndian.Uint64(b))
		}
		return int64(int32(binary.LittleEndian.Uint32(b)))
	}, func(s string) (int64, error) { return strconv.ParseInt(s, 10, bits) })
}

// strings are the elements of BYTES: in binary each has its length, of four bytes, before it.
func (g *given) strings(n int) ([][]byte, error) {
	var out [][]byte
	if g.raw != nil || g.Data == nil {
		for rest := g.raw; len(rest) > 0; {
			if len(rest) < 4 || uint64(binary.LittleEndian.Uint32(rest)) > uint64(len(rest)-4) {
				return nil, g.fault("element %d of BYTES is cut: its length in four bytes, and as many bytes, are expected", len(out))
			}
			end := 4 + int(binary.LittleEndian.Uint32(rest))
			out, rest = append(out, rest[4:end]), rest[end:]
		}
		if len(out) != n {
			return nil, g.fault("there are %d elements for the shape %v", len(out), g.Shape)
		}
		return out, nil
	}
	err := g.each(n, func(element []byte) error {
		var s string
		if element[0] != '"' || json.Unmarshal(element, &s) != nil {
			return g.fault("element %d is %s: BYTES are strings", len(out), shortened(element))
		}
		out = append(out, []byte(s))
		return nil
	})
	return out, err
}

// shortened is an element as a message can hold it.
func shortened(element []byte) string {
	if len(element) > 40 {
		return string(bytes.ToValidUTF8(element[:40], nil)) + "…"
	}
	return string(element)
}
