package safetensors

import (
	stdbytes "bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/tensor"
)

// WriteFile is [Write] to the file at path, which is replaced in one step or not at all.
func WriteFile(path string, meta map[string]string, tensors []Tensor) error {
	err := atomicfile.Write(path, 0o644, func(w io.Writer) error { return write(w, meta, tensors) })
	if err != nil {
		return fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return nil
}

// Write writes tensors and meta (nil: none). The same content gives the same bytes, and the bytes of the reference
// implementation: wide elements first, so that all are aligned, then by name.
func Write(w io.Writer, meta map[string]string, tensors []Tensor) error {
	if err := write(w, meta, tensors); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return nil
}

func write(w io.Writer, meta map[string]string, tensors []Tensor) error {
	list := slices.Clone(tensors)
	slices.SortStableFunc(list, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(rank(a.Array.DType()), rank(b.Array.DType())), cmp.Compare(a.Name, b.Name))
	})
	head, err := formatHeader(meta, list)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	buf := make([]byte, 0, 1<<16)
	for _, t := range list {
		if err := writeElements(w, buf, t.Array); err != nil {
			return err
		}
	}
	return nil
}

// rank orders types as the reference implementation does.
func rank(d tensor.DType) int {
	return slices.Index([]tensor.DType{tensor.Float64, tensor.Float32, tensor.Int32, tensor.Uint8}, d)
}

func dtype(d tensor.DType) DType { return []DType{F64, F32, I32, U8}[rank(d)] }

// formatHeader is the length, the JSON and the padding that aligns the data to 8 bytes.
func formatHeader(meta map[string]string, list []Tensor) ([]byte, error) {
	if len(list) > MaxTensors {
		return nil, fmt.Errorf("%d tensors, at most %d are allowed", len(list), MaxTensors)
	}
	b := []byte("12345678{")
	if len(meta) > 0 {
		b = append(b, `"`+metaKey+`":{`...)
		for i, key := range slices.Sorted(maps.Keys(meta)) {
			if err := cmp.Or(checkText(metaKey, key), checkText(metaKey, meta[key])); err != nil {
				return nil, err
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, quote(key)...), ':'), quote(meta[key])...)
		}
		b = append(b, "},"...)
	}
	seen := map[string]bool{metaKey: true} // reserved
	var at uint64
	for _, t := range list {
		if err := checkTensor(t, seen); err != nil {
			return nil, err
		}
		seen[t.Name] = true
		shape, _ := json.Marshal(append([]int{}, t.Array.Shape()...))
		n, _ := bytes(dtype(t.Array.DType()), t.Array.Shape())
		b = fmt.Appendf(b, `%s:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]},`,
			quote(t.Name), dtype(t.Array.DType()), shape, at, at+n)
		at += n
	}
	b = append(stdbytes.TrimSuffix(b, []byte(",")), '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if len(b)-8 > MaxHeader {
		return nil, fmt.Errorf("the header has %d bytes, at most %d are allowed", len(b)-8, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-8))
	return b, nil
}

func checkTensor(t Tensor, seen map[string]bool) error {
	switch {
	case t.Array.Absent():
		return fmt.Errorf("tensor %q has no array", t.Name)
	case seen[t.Name]:
		return fmt.Errorf("two tensors are called %q, or the name is reserved", t.Name)
	case len(t.Name) > MaxName:
		return fmt.Errorf("tensor %.40q…: the name is longer than %d bytes", t.Name, MaxName)
	case len(t.Array.Shape()) > MaxRank:
		return fmt.Errorf("tensor %q has more than %d dimensions", t.Name, MaxRank)
	}
	return checkText("a name", t.Name)
}

// quote is s as JSON, without the escapes that Go adds for HTML.
func quote(s string) []byte {
	var b stdbytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // text always encodes
	return stdbytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func writeElements(w io.Writer, buf []byte, a tensor.Array) error {
	le := binary.LittleEndian
	switch v := a.Any().(type) {
	case []float32:
		return encode(w, buf, v, func(b []byte, x float32) []byte { return le.AppendUint32(b, math.Float32bits(x)) })
	case []float64:
		return encode(w, buf, v, func(b []byte, x float64) []byte { return le.AppendUint64(b, math.Float64bits(x)) })
	case []int32:
		return encode(w, buf, v, func(b []byte, x int32) []byte { return le.AppendUint32(b, uint32(x)) })
	case []uint8:
		_, err := w.Write(v)
		return err
	}
	return fmt.Errorf("elements of type %T", a.Any())
}

// encode fills buf and empties it into w whenever the next element might not fit.
func encode[T tensor.Elem](w io.Writer, buf []byte, v []T, one func([]byte, T) []byte) error {
	for _, x := range v {
		if len(buf)+8 > cap(buf) {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
		buf = one(buf, x)
	}
	_, err := w.Write(buf)
	return err
}
