package metrics

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/tensor"
)

// labelled reports whether output and target have the form of several labels a sample: both [n, labels], more than one.
func labelled(output, target tensor.Array) bool {
	if output.Absent() || target.Absent() {
		return false
	}
	s := output.Shape()
	return len(s) == 2 && s[1] > 1 && slices.Equal(s, target.Shape())
}

// labelsOf checks an output and a target of several labels a sample, and returns the logits and which labels are set.
func labelsOf(op string, output, target tensor.Array) (logits []float32, is []bool) {
	fail := func(rule string) {
		panic(&tensor.Error{Op: op, Shapes: [][]int{output.Shape(), target.Shape()}, Rule: rule})
	}
	switch {
	case !labelled(output, target):
		fail("an output and a target [n, labels] of the same size were expected")
	case output.DType() != tensor.Float32 && output.DType() != tensor.Float64:
		fail(fmt.Sprintf("the output is %v, real logits were expected", output.DType()))
	}
	is = make([]bool, target.Len())
	for i, v := range target.Float64s() {
		if v != 0 && v != 1 {
			n := output.Shape()[1]
			fail(fmt.Sprintf("label %d of row %d is %v, 0 or 1 was expected", i%n, i/n, v))
		}
		is[i] = v == 1
	}
	return output.Floats(), is
}
