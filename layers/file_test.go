package layers

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func TestSaveLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	m := newReader()
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
	other := newReader()
	for _, p := range Params(other) {
		set(t, p, make([]float32, p.Len())...)
	}
	if err := Load(path, other); err != nil {
		t.Fatal(err)
	}
	want := State(m)
	for name, a := range State(other) {
		if !slices.Equal(a.Floats(), want[name].Floats()) {
			t.Errorf("%s differs after loading", name)
		}
	}
	second := path + "2"
	if err := Save(second, other); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(second)
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Error("saving what was loaded gives another file")
	}
}

// The error lists all that is wrong, and nothing changes.
func TestRestoreErrors(t *testing.T) {
	m := Sequential{NewDense(newRand(), 2, 3), NewDense(newRand(), 3, 1)}
	before := State(m)
	bad := map[string]tensor.Array{
		"0.weight": tensor.ArrayOf(make([]float32, 6), 2, 3),
		"0.bias":   tensor.ArrayOf(make([]float32, 3), 3),
		"1.weight": tensor.ArrayOf(make([]int32, 3), 1, 3),
		"2.weight": tensor.ArrayOf(make([]float32, 1), 1),
	}
	err := Restore(m, bad)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"0.weight is [2 3], [3 2] was expected", "1.weight is int32, a real type was expected", "1.bias is missing", "2.weight is unknown",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %q, want %q in it", err, want)
		}
	}
	for name, a := range State(m) {
		if !slices.Equal(a.Floats(), before[name].Floats()) {
			t.Errorf("%s changed", name)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	m := NewDense(newRand(), 2, 2)
	if err := Load(filepath.Join(dir, "none"), m); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing file: error %v, want one that names it", err)
	}
	if err := Save(filepath.Join(dir, "no", "such", "folder"), m); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	path := filepath.Join(dir, "other.safetensors")
	if err := Save(path, NewDense(newRand(), 3, 3)); err != nil {
		t.Fatal(err)
	}
	if err := Load(path, m); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file of another model: error %v, want one that names the file", err)
	}
}
