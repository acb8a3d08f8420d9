package onnx

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/braidml/braid/tensor"
)

// A Model is an ONNX graph that can be run. Any number of goroutines may run it.
type Model struct {
	Name, Doc, Producer string
	Inputs, Outputs     []Port
	Meta                map[string]string // metadata_props

	g     *graph
	opset int64
	plans []planned
	fixed map[string]*val // the initializers
	most  int             // elements of one value
}

// Port is an input or output of a [Model]. A size that is not fixed is -1; Names has its name, if it has one.
type Port struct {
	Name, Doc string
	Type      string // "float32", "int64", "bool" …
	Shape     []int
	Names     []string
	Ranked    bool // false: the file does not say which shape it has
}

// planned is a node with the operator that computes it.
type planned struct {
	*node
	op operator
}

// largestFile is what Open reads at most: what one ONNX file can have.
const largestFile = largest

// mostElements is how many elements a value may have, so that a damaged file does not ask for all memory.
const mostElements = 1 << 28

// Open reads the graph in a file. A file that is damaged, or that has operators, attributes or types that are not supported,
// is an error that names them all, with their nodes.
func Open(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if err == nil && len(b) > largestFile {
		err = errors.New("more than 2 GB: not an ONNX model in one file")
	}
	var m *Model
	if err == nil {
		m, err = load(b)
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	return m, nil
}

// Read is Open for what a file holds. It keeps b.
func Read(b []byte) (*Model, error) {
	m, err := load(b)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return m, nil
}

func load(b []byte) (*Model, error) {
	file, err := readModel(b)
	if err != nil {
		return nil, err
	}
	m := &Model{Name: file.graph.name, Doc: file.graph.doc, Producer: strings.TrimSpace(file.producer + " " + file.release),
		Meta: map[string]string{}, g: file.graph, fixed: map[string]*val{}, most: mostElements}
	for _, p := range file.meta {
		m.Meta[p.key] = p.value
	}
	for _, o := range file.opsets {
		if o.domain == "" || o.domain == "ai.onnx" {
			m.opset = o.version
		}
	}
	if m.opset < 1 {
		return nil, errors.New("the version of the operators is missing")
	}
	if file.graph.sparse {
		return nil, errors.New("there are sparse initializers, which are not supported")
	}
	if err := m.keep(); err != nil {
		return nil, err
	}
	if err := m.border(); err != nil {
		return nil, err
	}
	return m, m.plan()
}

// keep reads the initializers.
func (m *Model) keep() error {
	for _, c := range m.g.constants {
		if c.name == "" || m.fixed[c.name] != nil {
			return fmt.Errorf("initializer %q: a name of its own is expected", c.name)
		}
		v, err := c.value()
		if err != nil {
			return fmt.Errorf("initializer %q: %w", c.name, err)
		}
		m.fixed[c.name] = v
	}
	return nil
}

func (m *Model) border() error {
	for _, p := range m.g.inputs {
		if m.fixed[p.name] != nil {
			continue // old files list the initializers too
		}
		if err := p.check("input"); err != nil {
			return err
		}
		m.Inputs = append(m.Inputs, p.public())
	}
	for _, p := range m.g.outputs {
		if p.name == "" || p.other != "" && p.other != "nothing" {
			return fmt.Errorf("output %q is %s: a tensor is expected", p.name, p.other)
		}
		m.Outputs = append(m.Outputs, p.public())
	}
	if len(m.Outputs) == 0 {
		return errors.New("the graph has no outputs")
	}
	return nil
}

func (p *port) check(what string) error {
	switch {
	case p.name == "":
		return fmt.Errorf("an %s without a name", what)
	case p.other != "":
		return fmt.Errorf("%s %q is %s: a tensor is expected", what, p.name, p.other)
	case !p.elem.supported():
		return fmt.Errorf("%s %q is of %v, which is not supported", what, p.name, p.elem)
	}
	return nil
}

func (p *port) public() Port {
	q := Port{Name: p.name, Doc: p.doc, Type: p.elem.String(), Ranked: p.ranked}
	for _, d := range p.dims {
		n := int(d.size)
		if d.size == 0 || d.name != "" { // files write 0 where nothing is known
			n = -1
		}
		q.Shape, q.Names = append(q.Shape, n), append(q.Names, d.name)
	}
	return q
}

// plan looks up the operators, and checks that each value is made once, before it is read.
func (m *Model) plan() error {
	known := map[string]bool{"": true}
	for name := range m.fixed {
		known[name] = true
	}
	for _, p := range m.Inputs {
		if known[p.Name] {
			return fmt.Errorf("there are two inputs %q", p.Name)
		}
		known[p.Name] = true
	}
	var wrong []string
	for _, n := range m.g.nodes {
		if n.op == "Constant" && n.domain == "" {
			if err := m.constant(n, known); err != nil {
				return fmt.Errorf("%v: %w", n, err)
			}
			continue
		}
		op, fault := operatorOf(n)
		if fault != "" {
			wrong = append(wrong, fmt.Sprintf("%v: %s", n, fault))
		}
		for _, in := range n.in {
			if !known[in] {
				return fmt.Errorf("%v: its input %q is not there yet: neither an input of the graph, nor an initializer, nor an output of a node before it", n, in)
			}
		}
		for _, out := range n.out {
			if out != "" && known[out] {
				return fmt.Errorf("%v: its output %q is there already", n, out)
			}
			known[out] = true
		}
		m.plans = append(m.plans, planned{n, op})
	}
	for _, p := range m.Outputs {
		if !known[p.Name] {
			return fmt.Errorf("output %q: no node makes it", p.Name)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return fmt.Errorf("not supported: %s", strings.Join(slices.Compact(wrong), "; "))
	}
	return nil
}

// constant keeps what a Constant gives with the initializers.
func (m *Model) constant(n *node, known map[string]bool) (err error) {
	if len(n.in) > 0 || len(n.out) != 1 || len(n.attrs) != 1 || known[n.out[0]] {
		return errors.New("no inputs, one new output and one attribute are expected")
	}
	var v *val
	switch a := n.attrs[0]; a.name {
	case "value":
		if a.t == nil {
			return errors.New("there is no value")
		}
		v, err = a.t.value()
	case "value_float":
		v = ofReals(elemFloat32, []float64{float64(a.f)})
	case "value_int":
		v = ofInts(elemInt64, []int64{a.i})
	case "value_ints":
		v = ofInts(elemInt64, a.ints, len(a.ints))
	case "value_floats":
		v, err = (&constant{elem: elemFloat32, dims: []int64{int64(len(a.floats))}, floats: a.floats}).value()
	default:
		return fmt.Errorf("the attribute %q is not supported", a.name)
	}
	m.fixed[n.out[0]] = v
	known[n.out[0]] = true
	return err
}

// Run computes the outputs from the inputs, both by their names.
//
// Reals are computed on d in its own type: float32 of the graph in float64 on a device opened with that. Float64 of the graph
// needs such a device. Integers and booleans are computed on the host, as 64-bit integers, where they wrap as their type does;
// a Cast of reals to them waits for the device. Arrays hold int64 and int32 as Int32 (an output that does not fit is an
// error), bool as Uint8 0 and 1.
func (m *Model) Run(d *tensor.Device, in map[string]tensor.Array) (map[string]tensor.Array, error) {
	given := map[string]*val{}
	for _, p := range m.Inputs {
		a, ok := in[p.Name]
		if !ok {
			return nil, fmt.Errorf("onnx: Run: the input %q is missing", p.Name)
		}
		v, err := p.value(a)
		if err != nil {
			return nil, fmt.Errorf("onnx: Run: input %q: %w", p.Name, err)
		}
		given[p.Name] = v
	}
	if len(in) != len(given) {
		return nil, fmt.Errorf("onnx: Run: %d inputs are given, the graph has %d", len(in), len(given))
	}
	out := map[string]tensor.Array{}
	err := m.compute(d, given, func(r *run, name string, v *val) error {
		a, err := r.array(v)
		out[name] = a
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("onnx: Run: %w", err)
	}
	return out, nil
}

// compute runs the nodes and hands each output over, within the pass.
func (m *Model) compute(d *tensor.Device, given map[string]*val, each func(*run, string, *val) error) error {
	return d.Run(tensor.Inference, func(p *tensor.Pass) (err error) {
		r := &run{Model: m, p: p, values: given}
		defer catch(&err)
		for _, n := range m.plans {
			if err := tensor.Try(func() error { r.step(n); return nil }); err != nil {
				if e, ok := errors.AsType[*tensor.Error](err); ok {
					bare := *e
					bare.At = "" // a line of this package
					err = &bare
				}
				return fmt.Errorf("%v: %w", n.node, err)
			}
		}
		for _, o := range m.Outputs {
			v := r.get(o.Name)
			if v == nil { // one more output than its node's operator has here
				return fmt.Errorf("output %q: its node did not compute it", o.Name)
			}
			if err := each(r, o.Name, v); err != nil {
				return fmt.Errorf("output %q: %w", o.Name, err)
			}
		}
		return nil
	})
}
