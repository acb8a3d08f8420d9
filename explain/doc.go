// Package explain shows why a model that reads an image and a text decides as it does: which places of the picture and
// which words speak for a class, and which against it.
//
// [Explain] needs one forward and one backward pass for a whole batch: Grad-CAM and the saliency of the picture, gradient
// times input for each word. [Integrate] attributes the score itself: its parts add up to what the inputs changed.
// [Figure] draws all of it in one picture.
//
// An explanation tells what the model uses, not whether that is right; and it is no measurement: two methods may answer
// differently. What a map is worth shows when the weights are randomised (Adebayo et al. 2018): it must change.
package explain

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// Model gives scores of classes (logits, or the values of a regression), [n, classes], for a batch. An input may be nil
// where the model can do without. *models.Fusion is a Model.
type Model interface {
	Forward(image, text *tensor.Tensor) *tensor.Tensor
}

// expect panics with a caller's mistake unless ok; Device.Run returns it as an error.
func expect(ok bool, op, rule string, args ...any) {
	if !ok {
		panic(&tensor.Error{Op: "explain." + op, Rule: fmt.Sprintf(rule, args...)})
	}
}
