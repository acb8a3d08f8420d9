package cases

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

// recurrences are tanh RNNs, forward and with the gradients of input, weights and bias. Ragged ones take the last state
// of each row; rows are from a third of the time long to all of it.
func recurrences(precision string) (all []Case) {
	for _, s := range []struct {
		n, t, in, hidden int
		ragged           bool
	}{{64, 128, 512, 512, false}, {64, 20, 100, 128, false}, {64, 20, 100, 128, true}} {
		name := fmt.Sprintf("RNN T%d B%d %d to %d", s.t, s.n, s.in, s.hidden)
		if s.ragged {
			name += " ragged"
		}
		work := float64(s.n*s.t) * float64(s.in+s.hidden) * float64(s.hidden)
		all = append(all, Case{
			Case:  wire.Case{Name: name + " forward and backward", Kind: "rnn", Sizes: map[string]int{"n": s.n, "t": s.t, "in": s.in, "hidden": s.hidden}},
			Flops: 6 * work,
			Bytes: 4 * float64(s.n*s.t) * float64(2*s.in+4*s.hidden),
			// Errors of a state go into the next, and are damped there by the weights' norm, below one.
			Tolerance: Rounding(precision, s.t*s.hidden),
			Inputs: func(rng *rand.Rand) (Tensors, error) {
				scale := float32(1 / math.Sqrt(float64(s.hidden)))
				t := Tensors{
					"x": Reals(rng, s.n, s.t, s.in), "wih": times(Reals(rng, s.hidden, s.in), scale),
					"whh": times(Reals(rng, s.hidden, s.hidden), scale), "b": Reals(rng, s.hidden),
				}
				if !s.ragged {
					t["dh"] = Reals(rng, s.n, s.t, s.hidden)
					return t, nil
				}
				t["dlast"] = Reals(rng, s.n, s.hidden)
				t["lengths"] = Below(rng, s.t-s.t/3, s.n)
				for i := range tensor.Values[int32](t["lengths"]) {
					tensor.Values[int32](t["lengths"])[i] += int32(s.t/3) + 1
				}
				return t, nil
			},
		})
	}
	return all
}
