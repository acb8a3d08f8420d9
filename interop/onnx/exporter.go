package onnx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// layout is how a value lies in the graph.
type layout uint8

const (
	plain   layout = iota
	nchw           // [n, h, w, c] as [n, c, h, w]
	columns        // [n, m] with its columns in another order
)

// value is a step's value in the graph. Of columns, cols says which one of the step's stands at each place.
type value struct {
	name string
	lay  layout
	cols []int
}

// exporter makes a graph of a trace, from the outputs backwards, so that what no output needs is left out.
type exporter struct {
	*trace
	src    *Graph
	out    graph
	users  [][]int
	native map[int]value  // a step's value as its operator gives it
	forms  map[int]string // and in the other layout: nchw at 2i+1, plain at 2i
	rnns   map[int]recurrence
	names  map[string]int
	small  map[string]string // constants of a few numbers
	at     *step             // whose nodes are being added
}

func newExporter(src *Graph, t *trace) *exporter {
	x := &exporter{trace: t, src: src, users: make([][]int, len(t.steps)), native: map[int]value{}, forms: map[int]string{},
		rnns: map[int]recurrence{}, names: map[string]int{}, small: map[string]string{}}
	for i, s := range t.steps {
		for _, j := range s.In {
			x.users[j] = append(x.users[j], i)
		}
	}
	for _, o := range t.outputs {
		x.users[o] = append(x.users[o], -1)
	}
	return x
}

func (x *exporter) build() *graph {
	g := &x.out
	g.name, g.doc = x.src.Name, x.src.Doc
	for _, name := range x.src.Outputs {
		x.unique(name)
	}
	for i, in := range x.src.Inputs {
		s := &x.steps[x.inputs[i]]
		p := &port{name: x.unique(in.Name), doc: in.Doc, elem: elemOf(in.Type), dims: dimsOf(s)}
		v := value{name: p.name}
		if in.Type == tensor.Int32 {
			p.elem = elemInt64
			x.at = s
			v.name = x.node("Cast", []*attribute{intAttr("to", int64(elemInt32))}, p.name)
		}
		g.inputs = append(g.inputs, p)
		x.native[x.inputs[i]] = v
	}
	for i, o := range x.outputs {
		s := &x.steps[o]
		x.at = s
		x.rename(x.plain(o), x.src.Outputs[i])
		g.outputs = append(g.outputs, &port{name: x.src.Outputs[i], elem: elemOf(s.DType), dims: dimsOf(s)})
	}
	return g
}

// rename gives a value the name of an output: in the node that makes it, or in one of its own if it has a name outside.
func (x *exporter) rename(from, to string) {
	for _, n := range x.out.nodes {
		if n.out[0] != from || slices.ContainsFunc(x.out.outputs, func(p *port) bool { return p.name == from }) {
			continue
		}
		n.out[0] = to
		for _, m := range x.out.nodes {
			for i := range m.in {
				if m.in[i] == from {
					m.in[i] = to
				}
			}
		}
		for i, v := range x.native {
			if v.name == from {
				v.name = to
				x.native[i] = v
			}
		}
		for i, name := range x.forms {
			if name == from {
				x.forms[i] = to
			}
		}
		return
	}
	x.out.nodes = append(x.out.nodes, &node{name: to + "/Identity", op: "Identity", in: []string{from}, out: []string{to}})
}

// unique is name, with a number if it is taken.
func (x *exporter) unique(name string) string {
	n := x.names[name]
	x.names[name]++
	if n == 0 {
		return name
	}
	return x.unique(fmt.Sprintf("%s_%d", name, n))
}

// node adds a node of one output, whose name it returns.
func (x *exporter) node(op string, attrs []*attribute, in ...string) string {
	return x.nodes(op, attrs, 1, in...)[0]
}

func (x *exporter) nodes(op string, attrs []*attribute, outputs int, in ...string) []string {
	base := op
	if x.at != nil && x.at.path != "" {
		base = strings.ReplaceAll(x.at.path, ".", "/") + "/" + op
	}
	n := &node{op: op, in: in, attrs: attrs}
	n.name = x.unique(base)
	for i := range outputs {
		out := n.name + "_out"
		if i > 0 {
			out = fmt.Sprintf("%s_out%d", n.name, i)
		}
		n.out = append(n.out, x.unique(out))
	}
	x.out.nodes = append(x.out.nodes, n)
	return n.out
}
