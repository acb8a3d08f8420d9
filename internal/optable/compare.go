package optable

import (
	"fmt"
	"math"
	"slices"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// Diff compares a float32 result with the float64 one of the same inputs, for a batch of n, within the row's tolerance.
// It is "" when they agree. NaN agrees with NaN: a mean over an empty batch.
func (r Row) Diff(got, want Result, n int) string {
	k := 1
	if r.Terms != nil {
		k = r.Terms(n)
	}
	if m := diff("output", got.Y, want.Y, k, r.Roundings); m != "" {
		return m
	}
	if len(got.Grads) != len(want.Grads) || len(got.State) != len(want.State) {
		return fmt.Sprintf("%d gradients and %d parameters, want %d and %d",
			len(got.Grads), len(got.State), len(want.Grads), len(want.State))
	}
	// An element of a gradient is a sum over the outputs it reaches, at most all of them. Each term is a product with
	// something computed as the output was, and the chain rule reads it twice at most.
	for i := range got.Grads {
		what := fmt.Sprintf("gradient %d", i)
		if m := diff(what, got.Grads[i], want.Grads[i], max(k, want.Y.Len()), 2*max(r.Roundings, 1)); m != "" {
			return m
		}
	}
	for i := range got.State {
		if m := diff(fmt.Sprintf("parameter %d", i), got.State[i], want.State[i], k, max(r.Roundings, 1)); m != "" {
			return m
		}
	}
	return ""
}

func diff(what string, got, want tensor.Array, k int, roundings float64) string {
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Sprintf("%s: shape %v, want %v", what, got.Shape(), want.Shape())
	}
	w := want.Float64s()
	tol := check.Tolerance(k, roundings).At(max(1, check.Scale(w))) // what is summed is of order one
	tol.NaN = true
	if m := check.Diff(got.Float64s(), w, tol); m != "" {
		return what + ": " + m
	}
	return ""
}

// SameBits is "" when two results agree bit for bit.
func SameBits(a, b Result) string {
	lists := []struct {
		what string
		a, b []tensor.Array
	}{{"output", []tensor.Array{a.Y}, []tensor.Array{b.Y}}, {"gradient", a.Grads, b.Grads}, {"parameter", a.State, b.State}}
	for _, l := range lists {
		if len(l.a) != len(l.b) {
			return fmt.Sprintf("%d arrays of kind %s against %d", len(l.a), l.what, len(l.b))
		}
		for i := range l.a {
			if m := sameBits(l.a[i], l.b[i]); m != "" {
				return fmt.Sprintf("%s %d: %s", l.what, i, m)
			}
		}
	}
	return ""
}

func sameBits(a, b tensor.Array) string {
	if a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()) {
		return fmt.Sprintf("%v %v against %v %v", a.DType(), a.Shape(), b.DType(), b.Shape())
	}
	x, y := a.Float64s(), b.Float64s() // exact for every type
	for i := range x {
		if math.Float64bits(x[i]) != math.Float64bits(y[i]) {
			return fmt.Sprintf("element %d is %v against %v", i, x[i], y[i])
		}
	}
	return ""
}
