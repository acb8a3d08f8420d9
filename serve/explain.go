package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"net/http"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/explain"
	"github.com/braidml/braid/tensor"
)

// Explanation is what POST /v2/models/M/explain answers. The request is that of /infer with one row; its parameter
// "class" names what to explain, otherwise it is the most probable class, or the first number of a regression.
type Explanation struct {
	ModelName string   `json:"model_name"`
	ID        string   `json:"id,omitempty"`
	Kind      string   `json:"kind"`      // "classes", "labels" that are independent of each other, or "numbers"
	Answers   []Answer `json:"answers"`   // classes and labels with the largest first
	Explained string   `json:"explained"` // one of the answers

	Layer   string      `json:"layer,omitempty"`   // whose maps Grad-CAM weighs
	Map     [][]float32 `json:"map,omitempty"`     // Grad-CAM [h', w']: what raises the explained answer
	Overlay string      `json:"overlay,omitempty"` // the picture with the map over it, a PNG as a data: address
	Words   []Word      `json:"words,omitempty"`   // in the order of the text
}

// Answer is a class with its probability, or a number of a regression.
type Answer struct {
	Name  string  `json:"name"`
	Value float32 `json:"value"`
}

// Word is a word of the text with its gradient times input: above 0 it speaks for the explained answer.
type Word struct {
	Word   string  `json:"word"`
	Weight float32 `json:"weight"`
	Known  bool    `json:"known"` // to the model
}

// overlaySide is the size of an overlay, in pixels.
const overlaySide = 384

func (h *Handler) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := parse(r.Header, bodyOf(r))
	if err != nil {
		return err
	}
	s, err := h.sample(r.Context(), q)
	if err != nil {
		return err
	}
	if s.rows != 1 {
		return bad("there are %d rows: an explanation is of one", s.rows)
	}
	class, err := h.explainedClass(q)
	if err != nil {
		return err
	}
	out, err := h.predict(r.Context(), s)
	if err != nil {
		return err
	}
	values := out.Floats()
	if class < 0 {
		class = slices.Index(values, slices.Max(values))
	}
	e, err := h.why(r.Context(), s, class)
	if err != nil {
		return err
	}
	answer := &Explanation{ModelName: h.o.Name, ID: q.ID, Kind: h.kind(), Answers: h.answers(values), Explained: h.name(class), Layer: e.Layer}
	if s.words != nil {
		weights := e.Words.Floats()
		for i, word := range s.words[0] {
			answer.Words = append(answer.Words, Word{word, weights[i], h.vocab.ID(word) != data.Unknown})
		}
	}
	if !e.CAM.Absent() {
		if err := answer.draw(r.Context(), h, s, e.CAM); err != nil {
			return err
		}
	}
	return sendJSON(w, answer)
}

// explainedClass is the one that a request names, or -1.
func (h *Handler) explainedClass(q *request) (int, error) {
	c := h.model.Config
	v, ok := q.Parameters["class"]
	switch {
	case !ok && c.Regression:
		return 0, nil
	case !ok:
		return -1, nil
	}
	for i := range c.Outputs {
		if v == h.name(i) {
			return i, nil
		}
	}
	return 0, bad("the parameter class is %v: the name of one of the outputs is expected", v)
}

// why computes the explanation.
func (h *Handler) why(ctx context.Context, s *sample, class int) (e *explain.Explanation, err error) {
	if err := enter(ctx, h.computing); err != nil {
		return nil, err
	}
	defer func() {
		<-h.computing
		if p := recover(); p != nil {
			err = h.bug(p)
		}
	}()
	return explain.Explain(h.o.Device, h.model, s.image, padded(s.text), explain.Options{Classes: []int{class}})
}

// draw fills in the map and the picture under it.
func (e *Explanation) draw(ctx context.Context, h *Handler, s *sample, cam tensor.Array) error {
	rows, columns := cam.Shape()[1], cam.Shape()[2]
	heat := cam.Reshape(rows, columns)
	for i := range rows {
		e.Map = append(e.Map, heat.Slice(i, i+1).Floats())
	}
	if !h.drawable() {
		return nil
	}
	if err := enter(ctx, h.decoding); err != nil {
		return err
	}
	defer func() { <-h.decoding }()
	picture, err := s.picture()
	if err != nil {
		return err
	}
	over, err := explain.Overlay(picture, heat, overlaySide)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, over); err != nil {
		return err
	}
	e.Overlay = "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes())
	return nil
}

// picture is what the request shows: a file in its own proportions.
func (s *sample) picture() (image.Image, error) {
	if s.pictures == nil {
		return data.Grid(s.image, 1), nil
	}
	file := s.pictures[0]
	h, w, err := data.ImageSize(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if longer := max(h, w); longer > overlaySide {
		h, w = max(1, h*overlaySide/longer), max(1, w*overlaySide/longer)
	}
	pixels, err := data.DecodeImage(bytes.NewReader(file), h, w)
	if err != nil {
		return nil, err
	}
	return data.Grid(pixels.Reshape(1, h, w, 3), 1), nil
}
