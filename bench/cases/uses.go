package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
)

// uses are what a user waits for beside training steps: answers, the start of a program, checkpoints, and an accuracy.
func uses() (all []Case) {
	fusion := func(rng *rand.Rand) (Tensors, error) {
		t := Tensors{"image": shifted(Reals(rng, 64, 32, 32, 3)), "text": questions(rng, 64), "label": Below(rng, FusionClasses, 64)}
		t.parameters("p.", NewModel("fusion", rng))
		return t, nil
	}
	for _, callers := range []int{1, 8} {
		all = append(all, Case{
			Case:      wire.Case{Name: fmt.Sprintf("answers of the fusion model %d at a time", callers), Kind: "latency", Op: "fusion", Sizes: map[string]int{"callers": callers}},
			Items:     1,
			Tolerance: each(1e-4),
			Fresh:     true,
			Inputs:    fusion,
		})
	}
	all = append(all, Case{
		Case:      wire.Case{Name: "start to first step of the fusion model", Kind: "step", Op: "fusion", Pass: "start", Sizes: map[string]int{"batch": 64}},
		Tolerance: stepTolerance("fp32"),
		Start:     true,
		Fresh:     true,
		Inputs:    fusion,
	})
	for _, op := range []string{"save", "load"} {
		all = append(all, Case{
			Case:      wire.Case{Name: "checkpoint of the Keras listing " + op, Kind: "checkpoint", Op: op, Sizes: map[string]int{}},
			Bytes:     4 * 16e6,
			Tolerance: each(1e-7),
			Memory:    1e9,
			Inputs: func(rng *rand.Rand) (Tensors, error) {
				t := Tensors{}
				t.parameters("p.", NewModel("listing", rng))
				return t, nil
			},
		})
	}
	return all
}
