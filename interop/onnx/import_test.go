package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

func written(t *testing.T, e exported) (Graph, *Model) {
	t.Helper()
	g, err := graphOf(e.model, e.options)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := g.Write(&b); err != nil {
		t.Fatal(err)
	}
	m, err := Read(b.Bytes())
	if err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	return g, m
}

// What is exported and read again computes the same, on every device.
func TestRoundTrip(t *testing.T) {
	def, err := tensor.Default()
	if err != nil {
		t.Fatal(err)
	}
	double, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer double.Close()
	both := [][]exported{zoo(), zoo()} // a model lives on one device
	for i := range both[0] {
		_, m := written(t, both[0][i])
		for k, dev := range []*tensor.Device{def, double} {
			e := both[k][i]
			g, err := graphOf(e.model, e.options)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 3} {
				in := inputs(newRand(uint64(n)), g, n, e.vocab)
				want := compute(t, dev, g, in)
				out, err := m.Run(dev, in)
				if err != nil {
					t.Errorf("%s: %v", e.name, err)
					continue
				}
				for i, name := range g.Outputs {
					if !slices.Equal(out[name].Shape(), want[i].Shape()) {
						t.Errorf("%s: %s is %v, want %v", e.name, name, out[name].Shape(), want[i].Shape())
						continue
					}
					tol := check.Tolerance(256, 4).At(check.Scale(want[i].Floats()))
					check.Close(t, e.name+": "+name+[]string{"", ", float64"}[k], out[name].Floats(), want[i].Floats(), tol)
				}
			}
		}
	}
}

// Several goroutines may run a model.
func TestRunTogether(t *testing.T) {
	e := zoo()[0]
	g, m := written(t, e)
	in := inputs(newRand(5), g, 2, e.vocab)
	want, err := m.Run(tensor.CPU(), in)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				got, err := m.Run(tensor.CPU(), in)
				if err != nil || !slices.Equal(got["logits"].Floats(), want["logits"].Floats()) {
					t.Errorf("%v, %v, want %v", err, got["logits"], want["logits"])
				}
			}
		})
	}
	wg.Wait()
}

func TestRunRefuses(t *testing.T) {
	e := zoo()[0]
	g, m := written(t, e)
	for name, c := range map[string]struct {
		change func(in map[string]tensor.Array)
		want   string
	}{
		"missing":  {func(in map[string]tensor.Array) { delete(in, "text") }, `the input "text" is missing`},
		"one more": {func(in map[string]tensor.Array) { in["sound"] = in["image"] }, "3 inputs are given, the graph has 2"},
		"type":     {func(in map[string]tensor.Array) { in["text"] = in["image"] }, `input "text": its shape is [2 32 32 3], want [-1 -1]`},
		"reals":    {func(in map[string]tensor.Array) { in["text"] = tensor.ArrayOf([]float32{1, 2}, 2, 1) }, "it is float32, the graph wants int64"},
		"size": {func(in map[string]tensor.Array) {
			in["image"] = tensor.ArrayOf(make([]float32, 2*31*32*3), 2, 31, 32, 3)
		}, "its shape is [2 31 32 3], want [-1 32 32 3]"},
		"no token":    {func(in map[string]tensor.Array) { in["text"] = tensor.ArrayOf([]int32{36, 1}, 2, 1) }, `Gather "text/embedding/Gather": index 36 of 36`},
		"other batch": {func(in map[string]tensor.Array) { in["text"] = tensor.ArrayOf([]int32{1}, 1, 1) }, ""},
	} {
		in := inputs(newRand(5), g, 2, e.vocab)
		c.change(in)
		_, err := m.Run(tensor.CPU(), in)
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "onnx: Run: ")) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

// small is a graph of one node, y = op(x), of float32 [2, 3].
func small(change func(m *model)) []byte {
	m := &model{ir: 8, opsets: []opset{{version: 17}}, graph: &graph{
		name:    "small",
		nodes:   []*node{{name: "first", op: "Relu", in: []string{"x"}, out: []string{"y"}}},
		inputs:  []*port{{name: "x", elem: elemFloat32, dims: []dim{{size: 2}, {size: 3}}}},
		outputs: []*port{{name: "y", elem: elemFloat32}},
	}}
	change(m)
	var b bytes.Buffer
	message := m.encode()
	message.WriteTo(&b)
	return b.Bytes()
}

func TestDamaged(t *testing.T) {
	first := func(f func(n *node)) func(*model) { return func(m *model) { f(m.graph.nodes[0]) } }
	weights := func(f func(c *constant)) func(*model) {
		return func(m *model) {
			c := &constant{name: "c", elem: elemFloat32, dims: []int64{1}, raw: make([]byte, 4)}
			f(c)
			m.graph.constants = []*constant{c}
		}
	}
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":     {nil, "there is no graph"},
		"text":      {[]byte("what is this?"), ""},
		"cut short": {small(func(*model) {})[:30], "unexpected EOF"},
		"no opset":  {small(func(m *model) { m.opsets = nil }), "the version of the operators is missing"},
		"unknown operators": {small(func(m *model) {
			m.graph.nodes[0].op = "Sing"
			m.graph.nodes = append(m.graph.nodes, &node{op: "Dance", in: []string{"y"}, out: []string{"z"}})
		}), `not supported: Dance of "z": there is no such operator here; Sing "first": there is no such operator here`},
		"domain":            {small(first(func(n *node) { n.domain = "com.example" })), `Relu "first": the operator is of the domain com.example`},
		"attribute":         {small(first(func(n *node) { n.attrs = []*attribute{intAttr("colour", 1)} })), `Relu "first": the attribute "colour"`},
		"inputs":            {small(first(func(n *node) { n.in = []string{"x", "x"} })), `Relu "first": 2 inputs`},
		"no input":          {small(first(func(n *node) { n.in = []string{""} })), `an input that it needs is left out`},
		"unknown input":     {small(first(func(n *node) { n.in = []string{"w"} })), `its input "w" is not there yet`},
		"output twice":      {small(first(func(n *node) { n.out = []string{"x"} })), `its output "x" is there already`},
		"no output":         {small(first(func(n *node) { n.out = []string{"z"} })), `output "y": no node makes it`},
		"input type":        {small(func(m *model) { m.graph.inputs[0].elem = elemString }), `input "x" is of string`},
		"size":              {small(func(m *model) { m.graph.inputs[0].dims[0].size = -3 }), "a size of -3"},
		"external":          {small(weights(func(c *constant) { c.external = true })), `initializer "c": its data is in another file`},
		"short constant":    {small(weights(func(c *constant) { c.dims = []int64{7} })), "holds 7 elements, its data has 1"},
		"huge constant":     {small(weights(func(c *constant) { c.dims = []int64{1 << 30, 1 << 30} })), "its data has 1"},
		"negative constant": {small(weights(func(c *constant) { c.dims = []int64{-1} })), "a size of -1"},
		"constant's type":   {small(weights(func(c *constant) { c.elem = elemFloat16 })), "it is of float16"},
	} {
		m, err := Read(c.file)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "onnx: ") {
			t.Errorf("%s: %v, %v, want %q in it", name, m, err, c.want)
		}
		path := filepath.Join(t.TempDir(), "m.onnx")
		if err := os.WriteFile(path, c.file, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: Open says %v, want the path in it", name, err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there")
	}
}
