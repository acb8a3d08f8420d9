package models

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
)

// A Fusion that starts from a joint autoencoder has its encoders and the vectors of the words that both know, and is saved
// and opened like any other.
func TestStartFrom(t *testing.T) {
	for _, variational := range []bool{false, true} {
		j := NewJointAutoencoder(newRand(), JointConfig{
			Image: ImageConfig{Height: 8, Width: 8, Channels: 3, Widths: []int{4}}, Text: TextConfig{Vocab: 4, Embed: 3, Hidden: []int{5}},
			Code: 4, Deep: []int{6}, Hidden: []int{7}, Variational: variational, Words: []string{"", "?", "red", "circle"},
		})
		c := FusionConfig{Text: TextConfig{Vocab: 5}, Outputs: 2, Features: 9, Words: []string{"", "?", "what", "circle", "red"}}
		f := NewFusion(newRand(), c.Like(j))
		drawn := layers.State(f)
		words, err := f.StartFrom(j)
		if err != nil || words != 3 { // "?", red, circle
			t.Fatalf("%d words, %v", words, err)
		}
		from, to := layers.State(j), layers.State(f)
		for _, name := range []string{"image.0.weight", "image.1.mean", "image.4.weight", "image.4.bias", "text.rnn.0.weight_ih", "text.rnn.0.weight_hh"} {
			if to[name].Absent() || !slices.Equal(to[name].Floats(), from[name].Floats()) {
				t.Errorf("%s is not the autoencoder's", name)
			}
		}
		for _, name := range []string{"image.6.weight", "text.out.weight", "head.0.weight"} {
			if to[name].Absent() || !slices.Equal(to[name].Floats(), drawn[name].Floats()) {
				t.Errorf("%s is not as it was drawn", name)
			}
		}
		vector := func(i int, own bool) []float32 {
			if own {
				return to["text.embedding.weight"].Floats()[3*i : 3*i+3]
			}
			return from["text.embedding.weight"].Floats()[3*i : 3*i+3]
		}
		if !slices.Equal(vector(4, true), vector(2, false)) || !slices.Equal(vector(3, true), vector(3, false)) ||
			!slices.Equal(vector(2, true), drawn["text.embedding.weight"].Floats()[6:9]) {
			t.Error("the words have not the vectors that they should have")
		}
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		back, err := OpenFusion(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, a := range layers.State(back) {
			if !slices.Equal(a.Floats(), to[name].Floats()) {
				t.Errorf("%s is another after opening", name)
			}
		}
		c.Image.Height, c.Image.Width = 8, 8
		if _, err := NewFusion(newRand(), c).StartFrom(j); err == nil || !strings.Contains(err.Error(), "Like") {
			t.Errorf("encoders of another kind: %v", err)
		}
		other := c.Like(j)
		other.Text.Hidden = []int{6}
		if _, err := NewFusion(newRand(), other).StartFrom(j); err == nil || !strings.Contains(err.Error(), "text.rnn.0") {
			t.Errorf("an RNN of another width: %v", err)
		}
	}
}
