package metrics

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// batch is what classification metrics read of an output and a target.
type batch struct {
	op             string
	output, target tensor.Array
	binary         bool // one logit a sample
	n              int  // classes, at least 2
	logits         []float32
	labels         []int
}

// classes checks an output and a target against the forms in the package's documentation.
func classes(op string, output, target tensor.Array) *batch {
	b := &batch{op: op, output: output, target: target, n: 2}
	shape := output.Shape()
	switch {
	case output.Absent() || target.Absent():
		b.fail("an output and a target were expected")
	case output.DType() != tensor.Float32 && output.DType() != tensor.Float64:
		b.fail(fmt.Sprintf("the output is %v, real logits were expected", output.DType()))
	case len(shape) == 1, len(shape) == 2 && shape[1] == 1:
		b.binary = true
	case len(shape) == 2 && shape[1] > 1:
		b.n = shape[1]
	default:
		b.fail("an output [n, classes], [n, 1] or [n] was expected")
	}
	rows := shape[0]
	if s := target.Shape(); len(s) == 0 || s[0] != rows || target.Len() != rows {
		b.fail(fmt.Sprintf("a target [%d] was expected, a class for each row of the output", rows))
	}
	if target.DType() != tensor.Int32 && !b.binary {
		b.fail(fmt.Sprintf("the target is %v, Int32 classes were expected", target.DType()))
	}
	b.logits = output.Floats()
	b.labels = make([]int, rows)
	for i, v := range target.Float64s() {
		b.labels[i] = int(v)
		if float64(b.labels[i]) != v || v < 0 || b.labels[i] >= b.n {
			b.fail(fmt.Sprintf("the target of row %d is %v, a class from 0 to %d was expected", i, v, b.n-1))
		}
	}
	return b
}

func (b *batch) fail(rule string) {
	panic(&tensor.Error{Op: b.op, Shapes: [][]int{b.output.Shape(), b.target.Shape()}, Rule: rule})
}

// predicted is the class that row i of the output chooses. A NaN counts as the largest logit, as in PyTorch.
func (b *batch) predicted(i int) int {
	if b.binary {
		if b.logits[i] > 0 {
			return 1
		}
		return 0
	}
	row := b.logits[i*b.n : (i+1)*b.n]
	best := 0
	for c, v := range row {
		if larger(v, row[best], c < best) {
			best = c
		}
	}
	return best
}
