package layers

import (
	"slices"
	"testing"

	"github.com/braidml/braid/tensor"
)

// A watch sees every layer with its path, in order, and may put something else in the place of an output.
func TestWatch(t *testing.T) {
	m, dev := newReader(), tensor.CPU()
	run := func(watch func(path string, layer any, y *tensor.Tensor) *tensor.Tensor) (out []float32) {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			if watch != nil {
				Watch(p, m, watch)
			}
			out = m.Forward(p.Full(0.5, 1, 16, 16, 3), p.Full(3, 1, 5).Int()).Float32s()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	plain := run(nil)
	var paths []string
	same := run(func(path string, layer any, y *tensor.Tensor) *tensor.Tensor {
		if _, ok := layer.(*Embedding); ok && path != "words" {
			t.Errorf("the embedding is %q", path)
		}
		paths = append(paths, path)
		return y
	})
	want := []string{"image.0", "image.1", "image.2", "image.3.body.0", "image.3.body.1", "image.3", "image.4", "image.5", "image.6", "image.7", "words", "rnn", "", "head"}
	if !slices.Equal(paths, want) {
		t.Errorf("the paths are %q, want %q", paths, want)
	}
	if !slices.Equal(plain, same) {
		t.Error("watching changes what is computed")
	}
	for _, at := range []string{"words", "rnn", "image.7"} { // a pointer, one that returns two values, a user's own
		other := run(func(path string, _ any, y *tensor.Tensor) *tensor.Tensor {
			if path == at {
				return y.Scale(0)
			}
			return y
		})
		if slices.Equal(plain, other) {
			t.Errorf("another output of %s changes nothing", at)
		}
	}
	if !slices.Equal(plain, run(nil)) {
		t.Error("a watch outlives its pass")
	}
}
