package serve

import (
	"cmp"
	"fmt"
	"slices"
)

// kind is what the model answers with.
func (h *Handler) kind() string {
	switch c := h.model.Config; {
	case c.Regression:
		return "numbers"
	case c.MultiLabel:
		return "labels"
	}
	return "classes"
}

// name is that of an output, or its number.
func (h *Handler) name(i int) string {
	if names := h.model.Config.Classes; len(names) > 0 {
		return names[i]
	}
	return fmt.Sprint(i)
}

// answers are the outputs with their names; the largest first, but for numbers, which keep their order.
func (h *Handler) answers(values []float32) []Answer {
	all := make([]Answer, len(values))
	for i, v := range values {
		all[i] = Answer{h.name(i), v}
	}
	if !h.model.Config.Regression {
		slices.SortStableFunc(all, func(a, b Answer) int { return cmp.Compare(b.Value, a.Value) })
	}
	return all
}
