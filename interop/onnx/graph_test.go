package onnx

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// nodes counts the operators of an exported model.
func nodes(t *testing.T, m any, o Options) (*model, map[string]int) {
	t.Helper()
	var b bytes.Buffer
	if err := Export(&b, m, o); err != nil {
		t.Fatal(err)
	}
	out, err := readModel(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, n := range out.graph.nodes {
		count[n.op]++
	}
	return out, count
}

// Images are transposed where they enter and leave, and nowhere else.
func TestTransposes(t *testing.T) {
	for _, c := range []struct {
		name string
		want int
	}{
		{"fusion", 2}, // the picture, and the words for the RNN
		{"listing", 1},
		{"gan", 1},
		{"autoencoder", 2},
		{"flatten, two rnns", 5}, // the picture, and the words in and out of the first RNN, into the second
		{"pools", 2},
	} {
		e := zoo()[slices.IndexFunc(zoo(), func(e exported) bool { return e.name == c.name })]
		if _, count := nodes(t, e.model, e.options); count["Transpose"] > c.want {
			t.Errorf("%s has %d Transpose, want %d: %v", c.name, count["Transpose"], c.want, count)
		}
	}
}

// The border of a graph is what its documentation says, and the metadata is there.
func TestBorder(t *testing.T) {
	words := strings.Fields("<pad> <unk> a b c")
	m := smallFusion(func(c *models.FusionConfig) {
		c.Text.Vocab, c.Words, c.Classes, c.Missing = 5, words, []string{"p", "q", "r", "s", "t"}, true
	})
	out, _ := nodes(t, m, Options{Name: "mine", Pixels: tensor.Uint8})
	show := func(ports []*port) (s []string) {
		for _, p := range ports {
			text := p.name + " " + p.elem.String()
			for _, d := range p.dims {
				if d.name == "" {
					d.name = fmt.Sprint(d.size)
				}
				text += " " + d.name
			}
			s = append(s, text)
		}
		return s
	}
	got := fmt.Sprint(out.graph.name, show(out.graph.inputs), show(out.graph.outputs), out.opsets, out.ir)
	want := "mine[image uint8 batch 16 12 3 text int64 batch time has float32 batch 2] [logits float32 batch 5 probabilities float32 batch 5] [{ 17}] 8"
	if got != want {
		t.Errorf("the graph is\n%s, want\n%s", got, want)
	}
	if want := []pair{{"classes", "p\nq\nr\ns\nt"}, {"words", strings.Join(words, "\n")}}; !slices.Equal(out.meta, want) {
		t.Errorf("the metadata is %q, want %q", out.meta, want)
	}
	used := map[string]bool{}
	for _, n := range out.graph.nodes {
		for _, in := range n.in {
			used[in] = true
		}
	}
	for _, c := range out.graph.constants {
		if !used[c.name] {
			t.Errorf("%s is in the file, and no node reads it", c.name)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	layer := func(f func(x *tensor.Tensor) *tensor.Tensor) layers.Sequential {
		return layers.Sequential{layers.ReLU, layers.Func(f)}
	}
	for _, c := range []struct {
		name  string
		model any
		o     Options
		want  string
	}{
		{"no model", 3, Options{}, "a int: a model of package models"},
		{"a layer without shape", layers.NewDense(newRand(1), 3, 2), Options{}, "the input has 5 features"},
		{"noise", layer(func(x *tensor.Tensor) *tensor.Tensor { return x.Add(x.Pass().Normal(x.Shape()...)) }), Options{Shape: []int{3}}, "normal of 1 cannot be exported"},
		{"a loop over the batch", layer(func(x *tensor.Tensor) *tensor.Tensor {
			for range x.Dim(0) {
				x = x.Tanh()
			}
			return x
		}), Options{Shape: []int{3}}, "which operations there are depends on the batch"},
		{"a number from the batch", layer(func(x *tensor.Tensor) *tensor.Tensor { return x.Scale(float32(x.Dim(0))) }), Options{Shape: []int{3}}, `scale of 1: its setting "a" depends on the batch`},
		{"a constant of the batch", layer(func(x *tensor.Tensor) *tensor.Tensor {
			return x.Mul(tensor.From(x.Pass(), make([]float32, x.Dim(0)), x.Dim(0), 1))
		}), Options{Shape: []int{3}}, "a constant that the model makes depends on the batch"},
		{"pixels", smallFusion(nil), Options{Pixels: tensor.Int32}, "Options.Pixels is int32"},
		{"float64", layers.NewDense(newRand(1), 3, 2), Options{Shape: []int{3}, Type: tensor.Float64}, "its type is float64"},
		{"by hand", &models.Fusion{}, Options{}, "Options.Image is expected"},
	} {
		err := Export(&bytes.Buffer{}, c.model, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "onnx: export") {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
	g := layer(func(x *tensor.Tensor) *tensor.Tensor { return x })
	graph, _ := graphOf(g, Options{Shape: []int{3}})
	if err := graph.write(&bytes.Buffer{}, 30); err == nil || !strings.Contains(err.Error(), "external data") {
		t.Errorf("a graph that is too large: %v", err)
	}
}
