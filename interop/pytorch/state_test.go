package pytorch

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// small has one of everything that PyTorch has otherwise.
func small(rng *rand.Rand) layers.Sequential {
	return layers.Sequential{
		layers.NewConv2D(rng, layers.Conv2DConfig{In: 2, Out: 3, Kernel: 2}), layers.NewBatchNorm(3), layers.ReLU, layers.Flatten,
		layers.NewDense(rng, 12, 8), layers.Reshape{Shape: []int{2, 2, 2}},
		layers.NewConvTranspose2D(rng, layers.Conv2DConfig{In: 2, Out: 4, Kernel: 3}),
	}
}

// TestLayout spells out where PyTorch has each number.
func TestLayout(t *testing.T) {
	m := small(rand.New(rand.NewPCG(1, 2)))
	count := func(name string, shape ...int) {
		a := make([]float32, 0)
		n := 1
		for _, d := range shape {
			n *= d
		}
		for i := range n {
			a = append(a, float32(i))
		}
		state := layers.State(m)
		state[name] = tensor.ArrayOf(a, shape...)
		if err := layers.Restore(m, state); err != nil {
			t.Fatal(err)
		}
	}
	count("0.weight", 3, 2, 2, 2)
	count("4.weight", 8, 12)
	count("4.bias", 8)
	count("6.weight", 2, 3, 3, 4)
	s, err := StateOf(m)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"0.weight":       "[3 2 2 2] [0 2 4 6 1 3 5 7 8 10 12 14]",
		"4.weight":       "[8 12] [0 3 6 9 1 4 7 10 2 5 8 11]", // 2x2 pixels of 3 channels
		"4.bias":         "[8] [0 2 4 6 1 3 5 7]",              // 2x2 pixels of 2 channels
		"6.weight":       "[2 4 3 3] [0 4 8 12 16 20 24 28 32 1 5 9]",
		"1.running_mean": "[3] [0 0 0]",
		"1.running_var":  "[3] [1 1 1]",
	} {
		a, ok := s[name]
		if !ok {
			t.Errorf("no %s in %v", name, slices.Sorted(maps.Keys(s)))
			continue
		}
		if got := fmt.Sprint(a.Shape(), " ", a.Floats()[:min(12, a.Len())]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if row := s["4.weight"].Floats()[12:24]; row[0] != 24 { // PyTorch's row 1 is our row 2
		t.Errorf("row 1 of 4.weight begins with %v, want 24", row[0])
	}
}

func TestThereAndBack(t *testing.T) {
	for _, w := range twins(rand.New(rand.NewPCG(5, 6))) {
		rng := rand.New(rand.NewPCG(7, 8))
		stir(t, rng, w.model)
		before := layers.State(w.model)
		s, err := StateOf(w.model)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "state.safetensors")
		if err := s.Save(path); err != nil {
			t.Fatal(err)
		}
		stir(t, rng, w.model)
		again, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Restore(w.model); err != nil {
			t.Fatal(err)
		}
		for name, want := range before {
			if got := layers.State(w.model)[name]; !slices.Equal(got.Floats(), want.Floats()) {
				t.Errorf("%s: %s has changed", w.kind, name)
			}
		}
	}
}

func TestBiases(t *testing.T) {
	r := layers.NewRNN(rand.New(rand.NewPCG(1, 1)), 2, 3)
	s, err := StateOf(r)
	if err != nil {
		t.Fatal(err)
	}
	s["bias_ih_l0"], s["bias_hh_l0"] = tensor.ArrayOf([]float32{1, 2, 3}, 3), tensor.ArrayOf([]float32{10, 20, 30}, 3)
	if err := s.Restore(r); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Bias.Float32s()); got != "[11 22 33]" {
		t.Errorf("the bias is %s", got)
	}
	s["bias_hh_l0"] = tensor.ArrayOf([]float32{1}, 1)
	if err := s.Restore(r); err == nil || !strings.Contains(err.Error(), "bias_hh_l0 is [1], [3] was expected") {
		t.Errorf("a second bias of another length: %v", err)
	}
}

func TestMismatch(t *testing.T) {
	m := small(rand.New(rand.NewPCG(1, 2)))
	s, err := StateOf(m)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(layers.State(m))
	delete(s, "1.running_var")
	s["0.weight"] = tensor.ArrayOf(make([]float32, 24), 3, 2, 2, 2).Reshape(2, 3, 2, 2)
	s["4.bias"] = tensor.ArrayOf(make([]int32, 8), 8)
	s["7.weight"] = tensor.ArrayOf([]float32{1}, 1)
	s["1.num_batches_tracked"] = tensor.ArrayOf([]int32{5}, 1)
	const want = "pytorch: the state does not fit the model: 0.weight is [2 3 2 2], [3 2 2 2] was expected; " +
		"1.running_var is missing; 4.bias is int32, float32 was expected; 7.weight is unknown"
	if err := s.Restore(m); err == nil || err.Error() != want {
		t.Errorf("%v, want\n%s", err, want)
	}
	if fmt.Sprint(layers.State(m)) != before {
		t.Error("the model has changed")
	}
	if _, err := StateOf(layers.NewSpectral(rand.New(rand.NewPCG(1, 2)), layers.NewDense(rand.New(rand.NewPCG(1, 2)), 2, 2))); err == nil {
		t.Error("spectral normalisation is passed over")
	}
}

// The first layers of another network are taken over and kept.
func TestPart(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	whole, mine := small(rng), small(rng)
	s, err := StateOf(struct{ Features layers.Sequential }{whole})
	if err != nil {
		t.Fatal(err)
	}
	first := mine[:2]
	if err := s.Below("features").RestorePart(first); err != nil {
		t.Fatal(err)
	}
	got, want := layers.State(mine), layers.State(whole)
	if !slices.Equal(got["0.weight"].Floats(), want["0.weight"].Floats()) || slices.Equal(got["4.weight"].Floats(), want["4.weight"].Floats()) {
		t.Error("the first layers were to be taken over, and they alone")
	}
	if err := s.Below("elsewhere").RestorePart(first); err == nil {
		t.Error("nothing below the prefix is no error")
	}
}

// The head behind a flattened picture and a text has columns of both: only the picture's are in another order.
func TestColumnsOfBoth(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	text := models.NewFusion(rng, models.FusionConfig{Text: models.TextConfig{Vocab: 5}, Features: 2, Outputs: 2}).Text
	m := &models.Fusion{
		Image: layers.Sequential{layers.NewConv2D(rng, layers.Conv2DConfig{In: 1, Out: 2, Kernel: 1}), layers.Flatten},
		Text:  text, Merge: layers.Concat{}, Head: layers.NewDense(rng, 6+2, 1), // 3 pixels of 2 channels, 2 of the text
	}
	head := m.Head.(*layers.Dense)
	if err := head.Weight.Set(tensor.ArrayOf([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 1, 8)); err != nil {
		t.Fatal(err)
	}
	s, err := StateOf(m)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s["head.weight"].Floats()); got != "[0 2 4 1 3 5 6 7]" {
		t.Errorf("the head's columns are %s", got)
	}
	m.Text = layers.Func((*tensor.Tensor).Float)
	if _, err := StateOf(m); err == nil || !strings.Contains(err.Error(), "is not known") {
		t.Errorf("a text encoder of unknown width: %v", err)
	}
}
