package onnx

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/tensor"
)

// casesFolder is where Debian's package libonnx-testdata has ONNX's own backend cases.
const casesFolder = "/usr/share/libonnx-testdata/data"

// errMissed is a result that is not the case's.
var errMissed = errors.New("wrong")

// backendCase runs a case of ONNX's backend test and compares as that does: shapes and types are equal, numbers within
// rel (ONNX has 1e-3) of each and 1e-7.
func backendCase(dir string, narrow, double *tensor.Device, rel float64) error {
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		return err
	}
	m, err := load(b)
	if err != nil {
		return err
	}
	sets, err := filepath.Glob(filepath.Join(dir, "test_data_set_*"))
	if err != nil || len(sets) == 0 {
		return fmt.Errorf("no data, %w", err)
	}
	for _, set := range sets {
		dev := narrow
		given := map[string]*val{}
		for i, p := range m.Inputs {
			v, err := protoValue(filepath.Join(set, fmt.Sprintf("input_%d.pb", i)))
			if err != nil {
				return err
			}
			given[p.Name] = v
		}
		var want []*val
		for i := range m.Outputs {
			v, err := protoValue(filepath.Join(set, fmt.Sprintf("output_%d.pb", i)))
			if err != nil {
				return err
			}
			want = append(want, v)
		}
		for _, v := range append(slices.Clone(want), slices.Collect(mapValues(given))...) {
			if v.elem == elemFloat64 {
				dev = double
			}
		}
		next := 0
		err := m.compute(dev, given, func(r *run, name string, got *val) error {
			w := want[next]
			next++
			return missed(r, got, w, rel)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func mapValues(m map[string]*val) func(yield func(*val) bool) {
	return func(yield func(*val) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func protoValue(path string) (*val, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, err := readConstant(b)
	if err != nil {
		return nil, err
	}
	v, err := c.value()
	if v != nil {
		v.held = nil
	}
	return v, err
}

// missed says how a result differs from what is wanted.
func missed(r *run, got, want *val, rel float64) error {
	if got.elem != want.elem || !slices.Equal(got.dims, want.dims) {
		return fmt.Errorf("%w: %v %v, want %v %v", errMissed, got.elem, got.dims, want.elem, want.dims)
	}
	if !got.elem.real() {
		if a, b := r.integers(got), r.integers(want); !slices.Equal(a, b) {
			return fmt.Errorf("%w: %v, want %v", errMissed, a, b)
		}
		return nil
	}
	a, b := r.floats(got), r.floats(want)
	abs := 1e-7 // ONNX's own; a tighter case counts in units of its largest number
	if rel < 1e-3 {
		abs = rel * check.Scale(b)
	}
	for i, w := range b {
		same := a[i] == w || math.IsNaN(a[i]) && math.IsNaN(w)
		if !same && !(math.Abs(a[i]-w) <= abs+rel*math.Abs(w) && !math.IsInf(w, 0)) {
			return fmt.Errorf("%w: [%d] is %v, want %v", errMissed, i, a[i], w)
		}
	}
	return nil
}

// TestBackendCases runs ONNX's own cases, and compares what becomes of each with the table in testdata: run it with
// BRAID_UPDATE=1 to write that anew.
func TestBackendCases(t *testing.T) {
	if _, err := os.Stat(casesFolder); err != nil {
		t.Skip("ONNX's backend cases are not there: apt-get install libonnx-testdata")
	}
	double, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		t.Fatal(err)
	}
	defer double.Close()
	narrow, err := tensor.Default()
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	passed, total := 0, 0
	for _, group := range []string{"node", "pytorch-converted", "pytorch-operator", "simple"} {
		dirs, err := filepath.Glob(filepath.Join(casesFolder, group, "test_*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			total++
			name := group + "/" + strings.TrimPrefix(filepath.Base(dir), "test_")
			err := backendCase(dir, narrow, double, 1e-3)
			if err == nil {
				passed++
				continue
			}
			if errors.Is(err, errMissed) {
				t.Errorf("%s: %v", name, err)
			}
			rows = append(rows, fmt.Sprintf("%s\t%v", name, err))
		}
	}
	slices.SortFunc(rows, cmp.Compare[string])
	t.Logf("%d of %d cases pass", passed, total)
	text := fmt.Sprintf("%d of %d cases of ONNX 1.12 pass. The others, with what is not supported:\n\n%s\n", passed, total, strings.Join(rows, "\n"))
	path := filepath.Join("testdata", "backend.txt")
	if os.Getenv("BRAID_UPDATE") == "1" {
		if err := errors.Join(os.MkdirAll("testdata", 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	if old, err := os.ReadFile(path); err != nil || string(old) != text {
		t.Errorf("testdata/backend.txt is not up to date: %v", err)
	}
}
