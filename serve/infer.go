package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/braidml/braid/tensor"
)

// reply is the protocol's inference response.
type reply struct {
	ModelName    string   `json:"model_name"`
	ModelVersion string   `json:"model_version"`
	ID           string   `json:"id,omitempty"`
	Outputs      []result `json:"outputs"`
}

// result is a tensor of a reply.
type result struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int          `json:"shape"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Data       any            `json:"data,omitempty"` // []float32 or []string
}

func (h *Handler) infer(w http.ResponseWriter, r *http.Request) error {
	q, err := parse(r.Header, bodyOf(r))
	if err != nil {
		return err
	}
	chosen, err := h.chosen(q)
	if err != nil {
		return err
	}
	s, err := h.sample(r.Context(), q)
	if err != nil {
		return err
	}
	out, err := h.predict(r.Context(), s)
	if err != nil {
		return err
	}
	answer := reply{ModelName: h.o.Name, ModelVersion: h.o.Version, ID: q.ID}
	var raw bytes.Buffer
	for _, c := range chosen {
		t := result{Name: c.name, Datatype: "FP32", Shape: out.Shape(), Data: out.Floats()}
		if c.name == "class" {
			t.Datatype, t.Shape, t.Data = "BYTES", out.Shape()[:1], h.best(out)
		}
		if c.binary {
			before := raw.Len()
			writeBinary(&raw, t.Data)
			t.Data, t.Parameters = nil, map[string]any{"binary_data_size": raw.Len() - before}
		}
		answer.Outputs = append(answer.Outputs, t)
	}
	if raw.Len() == 0 {
		return sendJSON(w, answer)
	}
	head, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set(headerLength, fmt.Sprint(len(head)))
	send(w, http.StatusOK, "application/octet-stream", append(head, raw.Bytes()...))
	return nil
}

// choice is an output that is sent.
type choice struct {
	name   string
	binary bool
}

// chosen are the outputs that a request asks for; all if it names none.
func (h *Handler) chosen(q *request) (chosen []choice, err error) {
	binary, err := truth(q.Parameters, "binary_data_output", false)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range outputs(h.model.Config) {
		names = append(names, o.Name)
		if len(q.Outputs) == 0 {
			chosen = append(chosen, choice{o.Name, binary})
		}
	}
	for _, o := range q.Outputs {
		c := choice{name: o.Name}
		if c.binary, err = truth(o.Parameters, "binary_data", binary); err != nil {
			return nil, err
		}
		switch {
		case !slices.Contains(names, o.Name):
			return nil, bad("there is no output %q: one of %v is expected", o.Name, names)
		case slices.ContainsFunc(chosen, func(c choice) bool { return c.name == o.Name }):
			return nil, bad("the output %q is asked for twice", o.Name)
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

// truth is a parameter that is true or false.
func truth(parameters map[string]any, name string, otherwise bool) (bool, error) {
	v, ok := parameters[name]
	if !ok {
		return otherwise, nil
	}
	b, ok := v.(bool)
	if !ok {
		return false, bad("the parameter %s is %v: true or false is expected", name, v)
	}
	return b, nil
}

// best is the name of each row's most probable class.
func (h *Handler) best(out tensor.Array) []string {
	names := make([]string, out.Shape()[0])
	for i := range names {
		row := out.Slice(i, i+1).Floats()
		names[i] = h.model.Config.Classes[slices.Index(row, slices.Max(row))]
	}
	return names
}

// writeBinary writes a tensor's elements, little-endian; strings each with their length in four bytes before them.
func writeBinary(b *bytes.Buffer, data any) {
	switch data := data.(type) {
	case []float32:
		for _, v := range data {
			b.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	case []string:
		for _, s := range data {
			b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(s))))
			b.WriteString(s)
		}
	}
}
