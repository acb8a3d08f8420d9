package serve

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
)

// request is the protocol's inference request.
type request struct {
	ID         string         `json:"id"`
	Parameters map[string]any `json:"parameters"`
	Inputs     []given        `json:"inputs"`
	Outputs    []wanted       `json:"outputs"`
}

// given is a tensor of a request. Its elements are in Data, or, with the binary extension, in raw.
type given struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype"`
	Shape      []int           `json:"shape"`
	Parameters map[string]any  `json:"parameters"`
	Data       json.RawMessage `json:"data"`

	raw []byte
}

// wanted is an output that a request asks for.
type wanted struct {
	Name       string         `json:"name"`
	Parameters map[string]any `json:"parameters"`
}

// headerLength says where in a body the JSON ends and the binary tensors begin.
const headerLength = "Inference-Header-Content-Length"

// parse reads a request from its body.
func parse(header http.Header, body []byte) (*request, error) {
	text, rest := body, []byte(nil)
	if s := header.Get(headerLength); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 || n > len(body) {
			return nil, bad("%s is %q, and the body has %d bytes", headerLength, s, len(body))
		}
		text, rest = body[:n], body[n:]
	}
	q := &request{}
	if err := json.Unmarshal(text, q); err != nil {
		return nil, jsonFault(err)
	}
	seen := map[string]bool{}
	for i := range q.Inputs {
		in := &q.Inputs[i]
		if seen[in.Name] {
			return nil, bad("the input %q is given twice", in.Name)
		}
		seen[in.Name] = true
		size, ok := in.Parameters["binary_data_size"]
		if !ok {
			continue
		}
		n, ok := size.(float64)
		if !ok || !(n >= 0 && n <= float64(len(rest))) || n != math.Trunc(n) || in.Data != nil {
			return nil, bad("the input %q: binary_data_size is %v with %d bytes left in the body, and there may be no data beside it", in.Name, size, len(rest))
		}
		in.raw, rest = rest[:int(n):int(n)], rest[int(n):]
	}
	if len(rest) > 0 {
		return nil, bad("the body has %d bytes that belong to no input", len(rest))
	}
	return q, nil
}

// jsonFault is what is wrong with a JSON text, without Go's names for it.
func jsonFault(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return bad("%q in the request cannot be a JSON %s", kind.Field, kind.Value)
	case errors.As(err, &kind):
		return bad("the request is a JSON %s: an object is expected", kind.Value)
	case errors.As(err, &syntax):
		return bad("the body is not valid JSON, at byte %d: %v", syntax.Offset, syntax)
	}
	return bad("the body is not valid JSON: %v", err)
}
