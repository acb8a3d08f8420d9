package tensorcheck

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/tensor"
)

func TestGolden(t *testing.T) {
	cases := Golden(t, "rnn")
	if len(cases) != 4 || cases[0].Name != "lengths" {
		t.Fatalf("%d cases, the first is %q; want 4, in the order of names", len(cases), cases[0].Name)
	}
	c := cases[0]
	if x := c.In["x"]; x.DType() != tensor.Float32 || fmt.Sprint(x.Shape()) != "[5 6 3]" {
		t.Errorf("in/x is %v %v, want float32 [5 6 3]", x.DType(), x.Shape())
	}
	if l := c.In["lengths"]; l.DType() != tensor.Int32 {
		t.Errorf("in/lengths is %v, want int32", l.DType())
	}
	if g := c.Grad["weight_hh"]; g.DType() != tensor.Float64 {
		t.Errorf("grad/weight_hh is %v, want float64", g.DType())
	}
	if c.Param["bias"].Absent() || c.Out["out"].Absent() || c.After["losses"].Absent() {
		t.Error("a kind of array is missing")
	}
}

// Files that are absent, cut or of another making are refused, and not taken for files without cases.
func TestGoldenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, key string) string {
		path := filepath.Join(dir, name)
		list := []safetensors.Tensor{{Name: key, Array: tensor.ArrayOf([]float32{1}, 1)}}
		if err := safetensors.WriteFile(path, nil, list); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cut := write("cut", "a/in/x")
	b, err := os.ReadFile(cut)
	if err == nil {
		err = os.WriteFile(cut, b[:len(b)-1], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for path, report := range map[string]string{
		filepath.Join(dir, "absent"): "README.md",
		cut:                          "README.md",
		write("flat", "x"):           "not case/kind/name",
		write("kind", "a/wrong/x"):   "unknown kind",
	} {
		log := check.Fatal(func(r testing.TB) { readGolden(r, path) })
		if !strings.Contains(log, report) {
			t.Errorf("%s: want a failure with %q, got %q", filepath.Base(path), report, log)
		}
	}
	if got := readGolden(t, write("good", "a/in/x")); len(got) != 1 || got[0].In["x"].Len() != 1 {
		t.Errorf("a good file gives %v", got)
	}
}
