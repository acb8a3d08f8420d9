package safetensors

import (
	stdbytes "bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

const metaKey = "__metadata__"

// header walks the JSON of a header token by token: encoding/json alone would keep the last of two equal keys, ignore
// unknown ones and mend broken text.
type header struct {
	dec     *json.Decoder
	meta    map[string]string
	entries map[string]entry
}

// parseHeader reads the bytes between the length and the data.
func parseHeader(b []byte) (*header, error) {
	switch {
	case len(b) == 0 || b[0] != '{':
		return nil, errors.New("the header does not start with {")
	case !utf8.Valid(b):
		return nil, errors.New("the header is not valid UTF-8")
	}
	trimmed := stdbytes.TrimRight(b, " ") // the padding
	if trimmed[len(trimmed)-1] != '}' || !json.Valid(trimmed) {
		return nil, errors.New("the header is not one JSON object padded with spaces")
	}
	h := &header{dec: json.NewDecoder(stdbytes.NewReader(trimmed)), entries: map[string]entry{}}
	h.dec.UseNumber()
	err := h.object("the header", func(key string) (err error) {
		if key == metaKey {
			h.meta, err = h.metadata()
			return err
		}
		if len(h.entries) == MaxTensors {
			return fmt.Errorf("the header has more than %d tensors", MaxTensors)
		}
		e, err := h.entry(key)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", key, err)
		}
		h.entries[key] = e
		return nil
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// object reads { "key": …, … } and calls value to read each value.
func (h *header) object(what string, value func(key string) error) error {
	if err := h.delim('{', what); err != nil {
		return err
	}
	seen := map[string]bool{}
	for h.dec.More() {
		key, err := h.text("a key of " + what)
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("%s has the key %q twice", what, key)
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	return h.delim('}', what)
}

func (h *header) delim(want json.Delim, what string) error {
	t, err := h.dec.Token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("%s: found %v where %v was expected", what, t, want)
	}
	return nil
}

// text reads a string. A lone surrogate (\ud800) arrives as U+FFFD; which text was meant is then unknown, so that
// character is refused wherever it comes from.
func (h *header) text(what string) (string, error) {
	t, err := h.dec.Token()
	if err != nil {
		return "", err
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%s: found %v where text was expected", what, t)
	}
	return s, checkText(what, s)
}

func checkText(what, s string) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) {
		return fmt.Errorf("%s: %q is broken text", what, s)
	}
	return nil
}

func (h *header) metadata() (map[string]string, error) {
	meta := map[string]string{}
	return meta, h.object(metaKey, func(key string) (err error) {
		meta[key], err = h.text(metaKey + ": " + strconv.Quote(key))
		return err
	})
}

// entry reads the description of one tensor and checks that its size is that of its type and shape.
func (h *header) entry(name string) (entry, error) {
	e := entry{name: name}
	if len(name) > MaxName {
		return e, fmt.Errorf("the name is longer than %d bytes", MaxName)
	}
	var offsets []int
	fields := 0
	err := h.object("its description", func(key string) (err error) {
		fields++
		switch key {
		case "dtype":
			var s string
			s, err = h.text(key)
			e.dtype = DType(s)
		case "shape":
			e.shape, err = h.numbers(key, MaxRank)
		case "data_offsets":
			offsets, err = h.numbers(key, 2)
		default:
			err = fmt.Errorf("unknown key %q; dtype, shape and data_offsets were expected", key)
		}
		return err
	})
	switch {
	case err != nil:
		return e, err
	case fields != 3:
		return e, errors.New("dtype, shape and data_offsets were expected")
	case sizes[e.dtype] == 0:
		return e, fmt.Errorf("unknown dtype %q", e.dtype)
	case len(offsets) != 2 || offsets[0] > offsets[1]:
		return e, fmt.Errorf("data_offsets %v: a begin and an end not before it were expected", offsets)
	}
	e.begin, e.end = uint64(offsets[0]), uint64(offsets[1])
	if n, ok := bytes(e.dtype, e.shape); !ok || n != e.end-e.begin {
		return e, fmt.Errorf("data_offsets %v are %d bytes, %s %v does not have that size", offsets, e.end-e.begin, e.dtype, e.shape)
	}
	return e, nil
}

// numbers reads a list of at most limit whole numbers.
func (h *header) numbers(what string, limit int) ([]int, error) {
	if err := h.delim('[', what); err != nil {
		return nil, err
	}
	list := []int{}
	for h.dec.More() {
		t, err := h.dec.Token()
		if err != nil {
			return nil, err
		}
		n, ok := t.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%s: found %v where a number was expected", what, t)
		}
		v, err := strconv.ParseUint(n.String(), 10, 64)
		if err != nil || v > math.MaxInt {
			return nil, fmt.Errorf("%s: %s is not a whole number from 0 to %d", what, n, math.MaxInt)
		}
		if len(list) == limit {
			return nil, fmt.Errorf("%s: more than %d numbers", what, limit)
		}
		list = append(list, int(v))
	}
	return list, h.delim(']', what)
}
