// Package tune searches for good settings of a training: the learning rate, widths, a merge.
//
// A [Search] draws settings from a [Space] at random, tries them, and keeps what it learned in a folder: a search that was
// stopped or killed goes on where it stood. With a Factor it trains most trials for a short time only and gives the
// better ones more (successive halving). What a trial is, and how it is trained, is a function of the caller's; a trial
// that fails, or whose score is no number, is recorded and does not stop the search.
//
// The learning rate alone is found faster by train's range test.
package tune

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// misuse is a caller's mistake.
func misuse(op, rule string, args ...any) {
	panic(&tensor.Error{Op: "tune." + op, Rule: fmt.Sprintf(rule, args...)})
}
