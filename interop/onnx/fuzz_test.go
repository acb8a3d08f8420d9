package onnx

import (
	"bytes"
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// A file of any bytes is a model or an error, and so is its run; neither asks for much memory.
func FuzzRead(f *testing.F) {
	for _, e := range zoo() {
		if g, err := graphOf(e.model, e.options); err == nil && len(g.Inputs) == 1 {
			var b bytes.Buffer
			if g.Write(&b) == nil && b.Len() < 20_000 {
				f.Add(b.Bytes())
			}
		}
	}
	f.Add(small(func(*model) {}))
	for name, op := range known {
		f.Add(small(func(m *model) {
			n := m.graph.nodes[0]
			n.op = name
			for len(n.in) < op.min {
				n.in = append(n.in, []string{"x", "k"}[len(n.in)%2])
			}
			n.attrs = []*attribute{intAttr("axis", 1), intsAttr("kernel_shape", 2), intsAttr("axes", 0), intsAttr("perm", 1, 0)}
			n.attrs = slices.DeleteFunc(n.attrs, func(a *attribute) bool { return !bytes.Contains([]byte(op.attrs), []byte(a.name)) })
			m.graph.constants = []*constant{{name: "k", elem: elemInt64, dims: []int64{2}, raw: []byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}}}
		}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Read(b)
		if err != nil {
			return
		}
		m.most = 1 << 12
		in := map[string]tensor.Array{}
		for _, p := range m.Inputs {
			shape := slices.Clone(p.Shape)
			for d, n := range shape {
				if n < 0 {
					shape[d] = 2
				}
			}
			if count(shape, m.most) < 0 {
				return
			}
			kind := tensor.Int32
			if p.Type == "float32" || p.Type == "float64" {
				kind = tensor.Float32
			}
			in[p.Name] = blank(kind, shape)
		}
		// An error is as good as a result here; a panic is not.
		_, _ = m.Run(tensor.CPU(), in)
	})
}
