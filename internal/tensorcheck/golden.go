package tensorcheck

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/tensor"
)

// Case is one case of a golden file: arrays by name for each kind. testdata/golden/README.md says what they are.
type Case struct {
	Name                               string
	In, Param, State, Out, Grad, After map[string]tensor.Array
}

// kinds are the groups of arrays of a case, by their names in a file.
func (c *Case) kinds() map[string]*map[string]tensor.Array {
	return map[string]*map[string]tensor.Array{
		"in": &c.In, "param": &c.Param, "state": &c.State, "out": &c.Out, "grad": &c.Grad, "after": &c.After,
	}
}

// Golden reads the cases of testdata/golden/<name>.safetensors, in the order of their names.
func Golden(t testing.TB, name string) []Case {
	t.Helper()
	return readGolden(t, filepath.Join(ModuleRoot(t), "testdata", "golden", name+".safetensors"))
}

func readGolden(t testing.TB, path string) []Case {
	t.Helper()
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (testdata/golden/README.md says how to make it)", err)
	}
	defer f.Close()
	cases := map[string]*Case{}
	for _, key := range f.Names {
		parts := strings.Split(key, "/")
		if len(parts) != 3 {
			t.Fatalf("%s: the key %q is not case/kind/name", path, key)
		}
		c := cases[parts[0]]
		if c == nil {
			c = &Case{Name: parts[0]}
			for _, m := range c.kinds() {
				*m = map[string]tensor.Array{}
			}
			cases[c.Name] = c
		}
		kind, ok := c.kinds()[parts[1]]
		if !ok {
			t.Fatalf("%s: the key %q has an unknown kind", path, key)
		}
		if (*kind)[parts[2]], err = f.Tensor(key); err != nil {
			t.Fatal(err)
		}
	}
	list := make([]Case, 0, len(cases))
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		list = append(list, *cases[name])
	}
	return list
}

// ModuleRoot is the folder of go.mod, found from the working directory upwards.
func ModuleRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = parent
	}
}
