package optable

import (
	"math"
	"testing"

	"github.com/braidml/braid/tensor"
)

// What is not a number, infinite or a signed zero comes out of float32's fast paths as it does out of the plain
// float64 ones: a NaN in the data must reach the loss, and not be lost in a maximum or a product with zero. Only
// the first input has such values: a kernel may multiply the zeros of padding by a weight, which is NaN if that is infinite.
func TestSpecialValues(t *testing.T) {
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), 1}
	single, double := open(t, tensor.Options{}), open(t, tensor.Options{Float: tensor.Float64})
	for _, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			a, b := row.New(), row.New()
			for round := range 12 {
				xs := row.Draw(rng(row.Name, uint64(round)), batch)
				r := rng(row.Name, uint64(100+round))
				x := xs[0]
				if x.DType() != tensor.Float32 {
					continue
				}
				for j := range x.Len() {
					if r.IntN(2*round+2) == 0 {
						tensor.Values[float32](x)[j] = special[r.IntN(len(special))]
					}
				}
				got, want := run(t, a, single, xs), run(t, b, double, xs)
				got.Grads, want.Grads, got.State, want.State = nil, nil, nil, nil
				if m := row.Diff(got, want, batch); m != "" {
					t.Errorf("round %d: %s", round, m)
				}
			}
		})
	}
}
