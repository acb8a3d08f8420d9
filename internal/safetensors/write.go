package safetensors

import (
	stdbytes "bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/tensor"
)

// WriteFile is [Write] to the file at path, which is replaced in one step or not at all.
func WriteFile(path string, meta map[string]string, tensors []Tensor) error {
	return writeFile(path, meta, items(tensors))
}

// WriteParams is WriteFile for parameters: where their values lie in host memory they go to the file from there.
func WriteParams(path string, meta map[string]string, params iter.Seq2[string, *tensor.Tensor]) error {
	var list []item
	for name, p := range params {
		list = append(list, item{name, p.DType(), p.Shape(), p.View})
	}
	return writeFile(path, meta, list)
}

func writeFile(path string, meta map[string]string, list []item) error {
	err := atomicfile.Write(path, 0o644, func(w io.Writer) error { return write(w, meta, list) })
	if err != nil {
		return fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return nil
}

// Write writes tensors and meta (nil: none). The same content gives the same bytes, and the bytes of the reference
// implementation: wide elements first, so that all are aligned, then by name. Each tensor is one Write.
func Write(w io.Writer, meta map[string]string, tensors []Tensor) error {
	if err := write(w, meta, items(tensors)); err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return nil
}

// An item is a tensor to be written; view lends its elements.
type item struct {
	name  string
	dtype tensor.DType
	shape []int
	view  func(func(tensor.Array) error) error
}

func items(tensors []Tensor) []item {
	list := make([]item, len(tensors))
	for i, t := range tensors {
		list[i] = item{name: t.Name, dtype: t.Array.DType(), shape: t.Array.Shape()}
		if !t.Array.Absent() {
			list[i].view = func(f func(tensor.Array) error) error { return f(t.Array) }
		}
	}
	return list
}

func write(w io.Writer, meta map[string]string, list []item) error {
	slices.SortStableFunc(list, func(a, b item) int {
		return cmp.Or(cmp.Compare(rank(a.dtype), rank(b.dtype)), cmp.Compare(a.name, b.name))
	})
	head, err := formatHeader(meta, list)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, t := range list {
		err := t.view(func(a tensor.Array) error {
			if a.DType() != t.dtype {
				return fmt.Errorf("tensor %q became %v while it was being written", t.name, a.DType())
			}
			return writeElements(w, a)
		})
		if err != nil {
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
func formatHeader(meta map[string]string, list []item) ([]byte, error) {
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
		seen[t.name] = true
		shape, _ := json.Marshal(append([]int{}, t.shape...))
		n, _ := bytes(dtype(t.dtype), t.shape)
		b = fmt.Appendf(b, `%s:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]},`, quote(t.name), dtype(t.dtype), shape, at, at+n)
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

func checkTensor(t item, seen map[string]bool) error {
	switch {
	case t.view == nil:
		return fmt.Errorf("tensor %q has no array", t.name)
	case seen[t.name]:
		return fmt.Errorf("two tensors are called %q, or the name is reserved", t.name)
	case len(t.name) > MaxName:
		return fmt.Errorf("tensor %.40q…: the name is longer than %d bytes", t.name, MaxName)
	case len(t.shape) > MaxRank:
		return fmt.Errorf("tensor %q has more than %d dimensions", t.name, MaxRank)
	}
	return checkText("a name", t.name)
}

// quote is s as JSON, without the escapes that Go adds for HTML.
func quote(s string) []byte {
	var b stdbytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // text always encodes
	return stdbytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func writeElements(w io.Writer, a tensor.Array) error {
	var b []byte
	switch v := a.Any().(type) {
	case []float32:
		b = raw(v)
	case []float64:
		b = raw(v)
	case []int32:
		b = raw(v)
	case []uint8:
		b = v
	default:
		return fmt.Errorf("elements of type %T", v)
	}
	if bigEndian {
		b = slices.Clone(b)
		swap(b, int(sizes[dtype(a.DType())]))
	}
	_, err := w.Write(b)
	return err
}
