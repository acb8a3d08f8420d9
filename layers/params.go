package layers

import (
	"iter"
	"reflect"

	"github.com/braidml/braid/tensor"
)

// Params yields the tensors in m's exported fields, slices, maps and interfaces, depth first in field order (maps in
// the order of their keys), named by path in snake case ("image.0.weight"); a shared tensor comes once, under its first
// name. It names the tensors so in messages too.
//
// The tag `param:"weight_ih"` gives a field another name and `param:"-"` leaves it out; the fields of an embedded
// struct count as their owner's. `param:"mean,state"` marks what no optimizer ever trains, so [Unfreeze] passes it by.
//
// A parameter behind an unexported field is a panic, because it would silently not be trained.
func Params(m any) iter.Seq2[string, *tensor.Tensor] {
	return func(yield func(string, *tensor.Tensor) bool) {
		for _, p := range parameters(m) {
			if p.Name() != p.path {
				p.SetName(p.path)
			}
			if !yield(p.path, p.Tensor) {
				return
			}
		}
	}
}

// Walk yields the pointers and slices within m that may lead to parameters, m among them, by path and depth first: what a
// converter of weights needs to know besides their names.
func Walk(m any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		var paths []string
		var nodes []any
		w := &walker{seen: map[place]bool{}}
		w.node = func(path string, v reflect.Value) {
			paths, nodes = append(paths, path), append(nodes, v.Interface())
		}
		w.walk("", reflect.ValueOf(m), false)
		for i, n := range nodes {
			if !yield(paths[i], n) {
				return
			}
		}
	}
}

// Count is the number of trained values in m.
func Count(m any) int {
	n := 0
	for _, p := range parameters(m) {
		if !p.Frozen() {
			n += p.Len()
		}
	}
	return n
}

// Freeze stops the training of all of m. Do it before making an optimizer. A frozen BatchNorm still follows the batches
// of training passes with its running mean and variance.
func Freeze(m any) {
	for _, p := range parameters(m) {
		p.Freeze()
	}
}

// Unfreeze lets optimizers train all of m again, but for running means and variances.
func Unfreeze(m any) {
	for _, p := range parameters(m) {
		if !p.state {
			p.Unfreeze()
		}
	}
}
