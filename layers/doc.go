// Package layers holds the building blocks of models.
//
// A layer is a struct with exported parameters and a Forward method; a model is a struct of layers. Nothing is
// registered: [Params] walks exported fields. Whether a layer trains or infers is a property of the pass
// its input belongs to, so a model has no mode to forget and may serve several goroutines at once.
//
// Everything is batch first: images are [n, h, w, c], sequences [n, time, d], tokens [n, time], features [n, d].
// Sizes are given to constructors, which draw the first weights from an explicit *rand.Rand; the one size that nobody
// wants to work out by hand, the width after a convolutional part, is what [OutShape] returns.
package layers

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// Layer maps one tensor to one tensor.
type Layer interface {
	Forward(x *tensor.Tensor) *tensor.Tensor
}

// Merge joins the features of several inputs, [n, d1], [n, d2], … -> [n, d].
type Merge interface {
	Forward(xs ...*tensor.Tensor) *tensor.Tensor
}

// expect panics with a caller's mistake unless ok.
func expect(ok bool, op, rule string, args ...any) {
	if !ok {
		panic(&tensor.Error{Op: "layers." + op, Rule: fmt.Sprintf(rule, args...)})
	}
}
