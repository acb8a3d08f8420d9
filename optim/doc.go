// Package optim updates parameters: rules (SGD, Adam, RMSProp), schedules of the learning rate, and the Optimizer that
// applies a rule to a model's parameters.
//
//	opt := optim.New(layers.Params(model), optim.Adam{WeightDecay: 1e-4})
//	opt.Schedule = optim.OneCycle(3e-3, epochs*loader.Len())
//	...
//	opt.Minimize(loss) // in a training pass
package optim

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// expect panics with a caller's mistake unless ok.
func expect(ok bool, op, rule string, args ...any) {
	if !ok {
		panic(&tensor.Error{Op: "optim." + op, Rule: fmt.Sprintf(rule, args...)})
	}
}
