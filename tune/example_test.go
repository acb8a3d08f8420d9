package tune_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/braidml/braid/tune"
)

// Successive halving of a function that stands for a training: it is best at a rate of 0.01.
func Example() {
	s := &tune.Search{
		Space:  tune.Space{{Name: "lr", Values: tune.LogUniform(1e-5, 1)}, {Name: "width", Values: tune.Integers(8, 64)}},
		Trials: 27, Max: 9, Factor: 3, Seed: 1,
		Try: func(_ context.Context, t *tune.Trial, epochs int) (losses []float64, err error) {
			for e := range epochs {
				losses = append(losses, math.Abs(math.Log10(t.Settings.Float("lr"))+2)+1/float64(e+1))
			}
			return losses, nil
		},
	}
	r, err := s.Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lr := r.Best.Settings.Float("lr")
	fmt.Println(s.Rungs(), r.Best.State, lr > 0.005 && lr < 0.02)
	// Output: [1 3 9] done true
}
