package endtoend

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// TestSavedModel: a trained model that went through a file predicts the same bits, and saves the same bytes again.
func TestSavedModel(t *testing.T) {
	pairs, test, vocab := pictures(30, 16)
	dev := tensorcheck.Open(t, tensor.Options{})
	m := small(1, vocab, len(pairs.Classes))
	fresh := state(m)
	fit(t, newTrainer(dev, m, pairs, 32), 2)
	if slices.Equal(state(m), fresh) {
		t.Fatal("training changed nothing: there is nothing to see in this test")
	}
	dir := t.TempDir()
	path, again := filepath.Join(dir, "a.safetensors"), filepath.Join(dir, "b.safetensors")
	predict := func(m *models.Fusion) []float32 {
		p, err := m.Predict(dev, test.Images, test.Texts.Slice(0, test.Images.Shape()[0]))
		if err != nil {
			t.Fatal(err)
		}
		return p.Floats()
	}
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	opened, err := models.OpenFusion(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(predict(opened), predict(m)) {
		t.Error("the opened model predicts other bits than the saved one")
	}
	if err := opened.Save(again); err != nil {
		t.Fatal(err)
	}
	a, errA := os.ReadFile(path)
	b, errB := os.ReadFile(again)
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Errorf("saved again, the file has other bytes (%v, %v)", errA, errB)
	}

	// What was opened can be trained on, and what it was opened from stays.
	fit(t, newTrainer(dev, opened, pairs, 32), 1)
	if slices.Equal(predict(opened), predict(m)) {
		t.Error("training the opened model changed nothing")
	}
}

// state is the parameters of m, one after the other.
func state(m *models.Fusion) (all []float32) {
	s := layers.State(m)
	for _, name := range slices.Sorted(maps.Keys(s)) {
		all = append(all, s[name].Floats()...)
	}
	return all
}
