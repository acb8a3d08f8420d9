// Package models assembles layers into models that read an image and a text together.
//
// [NewFusion] builds one from a configuration and [OpenFusion] from a file. A [Fusion] is also a plain struct that can
// be filled with any layers, as [NewListing] does.
package models

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// expect panics with a caller's mistake unless ok.
func expect(ok bool, op, rule string, args ...any) {
	if !ok {
		panic(&tensor.Error{Op: "models." + op, Rule: fmt.Sprintf(rule, args...)})
	}
}
