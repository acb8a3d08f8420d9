package serve

import (
	"context"

	"github.com/braidml/braid/tensor"
)

// sample is what a request asks about, checked so far that the model takes it.
type sample struct {
	image tensor.Array // [rows, h, w, c] Uint8 or Float32; absent: missing
	text  tensor.Array // [rows, time] Int32 or [rows, d] Float32; absent: missing
	rows  int

	pictures [][]byte   // the files that image was read from; nil: it was given as numbers
	words    [][]string // of each text; nil: it was given as numbers
}

// sample reads the inputs of a request.
func (h *Handler) sample(ctx context.Context, q *request) (*sample, error) {
	s := &sample{}
	for i := range q.Inputs {
		var err error
		switch in := &q.Inputs[i]; in.Name {
		case "image":
			err = h.readImage(ctx, in, s)
		case "text":
			err = h.readText(in, s)
		default:
			err = bad("there is no input %q: image and text are expected", in.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	c := h.model.Config
	switch {
	case s.rows == 0:
		return nil, bad("the request has no inputs: image, text or both are expected")
	case s.image.Absent() && !c.Missing:
		return nil, bad("the input image is missing, and the model was trained with a picture for every text")
	case s.text.Absent() && !c.Missing:
		return nil, bad("the input text is missing, and the model was trained with a text for every picture")
	}
	return s, nil
}

// hold notes how many rows an input has.
func (h *Handler) hold(g *given, s *sample) error {
	n := g.Shape[0]
	switch {
	case n == 0:
		return g.fault("the shape is %v: at least one row is expected", g.Shape)
	case n > h.o.MaxBatch:
		return g.fault("there are %d rows: at most %d are expected", n, h.o.MaxBatch)
	case s.rows != 0 && s.rows != n:
		return g.fault("there are %d rows, and %d of the other input: as many are expected", n, s.rows)
	}
	s.rows = n
	return nil
}

// listed checks the shape of a list of BYTES: [n], or [n 1] as some clients have it.
func (h *Handler) listed(g *given, s *sample) error {
	if len(g.Shape) == 2 && g.Shape[1] == 1 {
		if _, err := g.count(-1, 1); err != nil {
			return err
		}
	} else if _, err := g.count(-1); err != nil {
		return err
	}
	return h.hold(g, s)
}
