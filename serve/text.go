package serve

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// readText reads texts from their letters (BYTES), their tokens, or as vectors, whichever the model takes.
func (h *Handler) readText(g *given, s *sample) error {
	c := h.model.Config.Text
	switch {
	case c.Dense > 0:
		return h.readVectors(g, s)
	case g.Datatype == "BYTES" && h.vocab != nil:
		return h.readSentences(g, s)
	case g.Datatype == "INT32" || g.Datatype == "INT64":
		return h.readTokens(g, s)
	}
	expected := "BYTES, INT32 or INT64"
	if h.vocab == nil {
		expected = "INT32 or INT64 (the model was saved without its words)"
	}
	return g.fault("the datatype is %q: %s is expected", g.Datatype, expected)
}

func (h *Handler) readVectors(g *given, s *sample) error {
	if g.Datatype != "FP32" {
		return g.fault("the datatype is %q: FP32 is expected", g.Datatype)
	}
	n, err := g.count(-1, h.model.Config.Text.Dense)
	if err == nil {
		err = h.hold(g, s)
	}
	if err != nil {
		return err
	}
	values, err := g.floats(n)
	if err == nil {
		s.text = tensor.ArrayOf(values, g.Shape...)
	}
	return err
}

func (h *Handler) readTokens(g *given, s *sample) error {
	n, err := g.count(-1, -1)
	if err == nil {
		err = h.hold(g, s)
	}
	switch {
	case err != nil:
		return err
	case g.Shape[1] == 0 || g.Shape[1] > h.o.MaxTokens:
		return g.fault("the shape is %v: 1 to %d tokens are expected", g.Shape, h.o.MaxTokens)
	}
	long, err := g.integers(n)
	if err != nil {
		return err
	}
	tokens := make([]int32, n)
	for i, id := range long {
		if vocab := h.model.Config.Text.Vocab; id < 0 || id >= int64(vocab) {
			return g.fault("token %d is %d: 0 to %d is expected", i, id, vocab-1)
		}
		tokens[i] = int32(id)
	}
	s.text = tensor.ArrayOf(tokens, g.Shape...)
	return nil
}

func (h *Handler) readSentences(g *given, s *sample) error {
	if err := h.listed(g, s); err != nil {
		return err
	}
	raw, err := g.strings(g.Shape[0])
	if err != nil {
		return err
	}
	texts, longest := make([]string, len(raw)), 0
	cut := h.model.Config.Text.MaxTokens
	for i, text := range raw {
		if !utf8.Valid(text) {
			return g.fault("text %d is not UTF-8", i)
		}
		texts[i] = string(text)
		words := data.Tokenize(texts[i])
		if cut == 0 && len(words) > h.o.MaxTokens {
			return g.fault("text %d has %d words: at most %d are expected", i, len(words), h.o.MaxTokens)
		}
		if cut > 0 && len(words) > cut {
			words = words[:cut]
		}
		s.words, longest = append(s.words, words), max(longest, len(words))
	}
	if strange := h.vocab.Unknown(texts); len(strange) > 0 {
		return g.fault("the model knows no word of text %d, %s; it knows: %s", strange[0], quoted(texts[strange[0]]), h.someWords())
	}
	s.text = h.vocab.EncodeAll(texts, longest)
	return nil
}

// someWords lists what a message can hold of the model's words, in the order of the alphabet.
func (h *Handler) someWords() string {
	const most = 60
	words := h.vocab.Words[2:] // 0 is padding, 1 what is unknown
	list := slices.Sorted(slices.Values(words[:min(len(words), most)]))
	if len(words) > most {
		list = append(list, "…")
	}
	return strings.Join(list, " ")
}

// quoted is a text as a message can hold it.
func quoted(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return "“" + s + "”"
}
