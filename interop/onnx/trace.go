package onnx

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// sizesOf are what Batch and Time are in the first trace, and in that where they differ. They differ to see what follows them.
var sizesOf = [2][2]int{{5, 7}, {11, 13}}

// symbols are the names of dynamic sizes in the graph.
var symbols = [2]string{"batch", "time"}

// step is an operation of the trace.
type step struct {
	tensor.Recorded
	dims  []size
	other [2][]int // Shape with another batch, and with another time
	path  string   // of the layer it belongs to
}

// trace is the model as recorded operations, with the sizes that follow the batch.
type trace struct {
	steps   []step
	outputs []int
	inputs  []int
}

func (g *Graph) trace() (*trace, error) {
	var runs [3]*trace // the first, and one for each symbol
	for r := range runs {
		t, err := g.run(r - 1)
		if err != nil {
			return nil, err
		}
		runs[r] = t
	}
	t := runs[0]
	for r, u := range runs[1:] {
		if len(u.steps) != len(t.steps) || !slices.Equal(u.outputs, t.outputs) {
			return nil, fmt.Errorf("which operations there are depends on the %s: give that a fixed size", symbols[r])
		}
	}
	for i := range t.steps {
		s := &t.steps[i]
		for r, u := range runs[1:] {
			v := u.steps[i]
			if s.Op != v.Op || !slices.Equal(s.In, v.In) || len(s.Shape) != len(v.Shape) {
				return nil, fmt.Errorf("which operations there are depends on the %s: give that a fixed size", symbols[r])
			}
			if s.Op == "input" && !slices.Contains(t.inputs, i) && !reflect.DeepEqual(s.Value, v.Value) {
				return nil, fmt.Errorf("%s: a constant that the model makes depends on the %s: give that a fixed size", s.name(), symbols[r])
			}
			for name, n := range s.Number {
				if !slices.Equal(n, v.Number[name]) {
					return nil, fmt.Errorf("%s: its setting %q depends on the %s: give that a fixed size", s.name(), name, symbols[r])
				}
			}
		}
		s.other = [2][]int{runs[1].steps[i].Shape, runs[2].steps[i].Shape}
		for d := range s.Shape {
			s.dims = append(s.dims, sizeOf(s.Shape[d], s.other[0][d], s.other[1][d]))
		}
	}
	return t, nil
}

// run records the model once, with symbol's other size, or that of none.
func (g *Graph) run(symbol int) (t *trace, err error) {
	err = tensor.Shapes(tensor.Inference, func(p *tensor.Pass) error {
		t = &trace{}
		type sight struct {
			path string
			y    *tensor.Tensor
		}
		var sights []sight
		if g.Model != nil {
			for range layers.Params(g.Model) { // which names them
			}
			layers.Watch(p, g.Model, func(path string, _ any, y *tensor.Tensor) *tensor.Tensor {
				sights = append(sights, sight{path, y})
				return y
			})
		}
		var in []*tensor.Tensor
		for _, i := range g.Inputs {
			if i.Type == tensor.Float64 {
				return fmt.Errorf("input %s: its type is float64: a graph computes in float32", i.Name)
			}
			shape := slices.Clone(i.Shape)
			for d, n := range shape {
				if n <= free {
					return fmt.Errorf("input %s: a size of %d", i.Name, n)
				}
				if n < 0 {
					k := -1 - n
					other := 0
					if k == symbol {
						other = 1
					}
					shape[d] = sizesOf[k][other]
				}
			}
			in = append(in, p.Input(blank(i.Type, shape)))
		}
		all := append(slices.Clone(in), g.Forward(p, in)...)
		if len(all) != len(in)+len(g.Outputs) {
			return fmt.Errorf("there are %d values of Forward, %d names of outputs", len(all)-len(in), len(g.Outputs))
		}
		for _, s := range sights {
			all = append(all, s.y)
		}
		ops, at := p.Tape(all...)
		for _, o := range ops {
			t.steps = append(t.steps, step{Recorded: o})
		}
		t.inputs, t.outputs = at[:len(in)], at[len(in):len(in)+len(g.Outputs)]
		next := 0
		for i, s := range sights {
			for end := at[len(in)+len(g.Outputs)+i]; next <= end; next++ {
				t.steps[next].path = s.path
			}
		}
		for _, i := range t.inputs {
			t.steps[i].path = ""
		}
		return nil
	})
	return t, err
}

// blank is an array of the shape; within Shapes nobody reads its values.
func blank(t tensor.DType, shape []int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	switch t {
	case tensor.Int32:
		return tensor.ArrayOf(make([]int32, n), shape...)
	case tensor.Uint8:
		return tensor.ArrayOf(make([]uint8, n), shape...)
	}
	return tensor.ArrayOf(make([]float32, n), shape...)
}

// name is a step in messages.
func (s *step) name() string {
	if s.path == "" {
		return s.Op
	}
	return s.Op + " of " + s.path
}

func (s *step) number(name string) float64 { return s.Number[name][0] }

func (s *step) int(name string) int { return int(s.Number[name][0]) }

func (s *step) ints(name string) []int {
	n := make([]int, len(s.Number[name]))
	for i, v := range s.Number[name] {
		n[i] = int(v)
	}
	return n
}
