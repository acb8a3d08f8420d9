package onnx

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// TestRuntimeAgrees compares what ONNX Runtime computes from exported models with what braid does.
func TestRuntimeAgrees(t *testing.T) {
	p, dev := newPeer(t), tensor.CPU()
	type want struct {
		name string
		out  []tensor.Array
	}
	var wants []want
	for k, e := range zoo() {
		g, err := graphOf(e.model, e.options)
		if err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		var b bytes.Buffer
		if err := g.Write(&b); err != nil {
			t.Errorf("%s: %v", e.name, err)
			continue
		}
		file := fmt.Sprintf("%d.onnx", k)
		p.model(file, b.Bytes())
		times := 10
		if k < 4 {
			times = 100
		}
		r := newRand(uint64(k))
		for range times {
			for _, n := range []int{1, 7} {
				in := inputs(r, g, n, e.vocab)
				p.run(file, in, true)
				wants = append(wants, want{fmt.Sprintf("%s, batch %d", e.name, n), compute(t, dev, g, in)})
			}
		}
	}
	for i, outputs := range p.answers() {
		for k, o := range outputs {
			w := wants[i].out[k]
			if !slices.Equal(o.Shape, w.Shape()) {
				t.Errorf("%s: %s is %v, want %v", wants[i].name, o.Name, o.Shape, w.Shape())
				continue
			}
			check.Close(t, wants[i].name+": "+o.Name, o.values, w.Float64s(), check.Tol{Rel: 1e-5, Abs: 1e-5 * check.Scale(w.Floats())})
		}
	}
}
