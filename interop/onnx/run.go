package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// run is one computation of a graph.
type run struct {
	*Model
	p      *tensor.Pass
	values map[string]*val
}

// get is a value by its name. A constant is shared with other runs: each has forms of its own of it.
func (r *run) get(name string) *val {
	v := r.values[name]
	if c := r.fixed[name]; v == nil && c != nil {
		own := *c
		v = &own
		r.values[name] = v
	}
	return v
}

// call is a node that is being computed. What an input that is left out is, is nil.
type call struct {
	*run
	n  *node
	in []*val
}

// operator computes a node. Its attributes are all that it understands.
type operator struct {
	run      func(c *call) []*val
	min, max int // inputs; max < 0: any number
	attrs    string
}

// known are all operators that there are, by ONNX's name; their files fill it.
var known = map[string]operator{}

// operatorOf is n's operator, or what is wrong with n.
func operatorOf(n *node) (op operator, fault string) {
	if n.domain != "" && n.domain != "ai.onnx" {
		return op, fmt.Sprintf("the operator is of the domain %s", n.domain)
	}
	op, ok := known[n.op]
	if !ok {
		return op, "there is no such operator here"
	}
	if len(n.in) < op.min || op.max >= 0 && len(n.in) > op.max {
		return op, fmt.Sprintf("%d inputs", len(n.in))
	}
	if slices.Contains(n.in[:min(op.min, len(n.in))], "") {
		return op, "an input that it needs is left out"
	}
	if len(n.out) == 0 {
		return op, "no outputs"
	}
	names := strings.Fields(op.attrs)
	for _, a := range n.attrs {
		if !slices.Contains(names, a.name) {
			return op, fmt.Sprintf("the attribute %q", a.name)
		}
	}
	return op, ""
}

// step computes a node.
func (r *run) step(n planned) {
	c := &call{run: r, n: n.node}
	for _, name := range n.in {
		v := r.get(name)
		if v == nil && name != "" {
			failf("%v: an output that its input %q should be was not computed", n.node, name)
		}
		c.in = append(c.in, v)
	}
	func() {
		defer func() {
			if f := recover(); f != nil {
				if f, ok := f.(fault); ok {
					panic(fault{fmt.Errorf("%v: %w", n.node, f.error)})
				}
				panic(f)
			}
		}()
		for i, v := range n.op.run(c) {
			if i < len(n.out) && n.out[i] != "" {
				c.values[n.out[i]] = v
			}
		}
	}()
}

// at is input i, or nil.
func (c *call) at(i int) *val {
	if i < len(c.in) {
		return c.in[i]
	}
	return nil
}

func (c *call) attr(name string) *attribute {
	for _, a := range c.n.attrs {
		if a.name == name {
			return a
		}
	}
	return nil
}

func (c *call) int(name string, otherwise int) int {
	if a := c.attr(name); a != nil {
		return int(a.i)
	}
	return otherwise
}

func (c *call) float(name string, otherwise float64) float64 {
	if a := c.attr(name); a != nil {
		return float64(a.f)
	}
	return otherwise
}

func (c *call) text(name, otherwise string) string {
	if a := c.attr(name); a != nil {
		return a.s
	}
	return otherwise
}

// list is an attribute of several integers, nil if it is not there.
func (c *call) list(name string) []int {
	a := c.attr(name)
	if a == nil {
		return nil
	}
	list := make([]int, len(a.ints))
	for i, v := range a.ints {
		list[i] = int(v)
	}
	return list
}

// listAt is what was an attribute once and is input i now; ok tells whether it is there.
func (c *call) listAt(i int, name string) (list []int, ok bool) {
	if v := c.at(i); v != nil {
		for _, n := range c.integers(v) {
			list = append(list, int(n))
		}
		return list, true
	}
	return c.list(name), c.attr(name) != nil
}

// axis is a dimension of rank, counted from the front.
func axis(d, rank int) int {
	if d < -rank || d >= rank {
		failf("there is no dimension %d of %d", d, rank)
	}
	if d < 0 {
		d += rank
	}
	return d
}

func axesOf(list []int, rank int) []int {
	out := make([]int, len(list))
	for i, d := range list {
		out[i] = axis(d, rank)
		if slices.Contains(out[:i], out[i]) {
			failf("dimension %d twice", out[i])
		}
	}
	return out
}

// room fails if a value of the shape would have too many elements.
func (c *call) room(dims []int) int {
	n := count(dims, c.most)
	if n < 0 {
		failf("a value of shape %v: sizes from 0, and %d elements at most, are expected", dims, c.most)
	}
	return n
}

// real fails unless input i is of reals.
func (c *call) real(i int) *val {
	v := c.in[i]
	if !v.elem.real() {
		failf("input %d is %v, which is not supported: reals are expected", i, v.elem)
	}
	return v
}

func one(v *val) []*val { return []*val{v} }
