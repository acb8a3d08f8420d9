package models

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// A model that is saved and opened gives the same bits.
func TestSaveOpen(t *testing.T) {
	dev := open(t)
	for name, c := range variants() {
		if c.Text.Vocab > 0 {
			c.Words = strings.Fields("<pad> <unk> is a red 圆 \"quoted\"")
		}
		c.Classes = []string{"ja", "nein", "vielleicht"}
		f := NewFusion(newRand(), c)
		path := filepath.Join(t.TempDir(), "m.safetensors")
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		g, err := OpenFusion(path)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(g.Config.Words, c.Words) || !slices.Equal(g.Config.Classes, c.Classes) {
			t.Errorf("%s: words %q and classes %q", name, g.Config.Words, g.Config.Classes)
		}
		image, text := inputs(c, 3)
		want, err := f.Predict(dev, image, text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := g.Predict(dev, image, text)
		if err != nil || !slices.Equal(got.Floats(), want.Floats()) {
			t.Errorf("%s: predicts %v, %v; want %v", name, got, err, want)
		}
		for name, p := range layers.Params(f) {
			if q := find(g, name); q == nil || q.Frozen() != p.Frozen() {
				t.Errorf("%s is missing or no longer frozen", name)
			}
		}
	}
}

func find(m any, name string) *tensor.Tensor {
	for n, p := range layers.Params(m) {
		if n == name {
			return p
		}
	}
	return nil
}

// What is no model, or no longer one, gives an error that names the file.
func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	f := NewFusion(newRand(), small())
	good := filepath.Join(dir, "good")
	if err := f.Save(good); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	config := file.Meta["config"]
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	state := layers.State(f)
	write := func(meta map[string]string, skip string) string {
		var list []safetensors.Tensor
		for name := range layers.Params(f) {
			if name != skip {
				list = append(list, safetensors.Tensor{Name: name, Array: state[name]})
			}
		}
		path := filepath.Join(dir, "bad")
		if err := safetensors.WriteFile(path, meta, list); err != nil {
			t.Fatal(err)
		}
		return path
	}
	with := func(old, new string) map[string]string {
		if !strings.Contains(config, old) {
			t.Fatalf("the configuration has no %q", old)
		}
		return map[string]string{"format": format, "config": strings.Replace(config, old, new, 1)}
	}
	for want, path := range map[string]func() string{
		"no such file": func() string { return filepath.Join(dir, "none") },
		`the metadata's format is "": "braid.fusion.1"`: func() string { return write(nil, "") },
		"the configuration in the metadata is not readable: EOF": func() string {
			return write(map[string]string{"format": format}, "")
		},
		`unknown field "Future"`:       func() string { return write(with(`"Drop":0`, `"Future":1`), "") },
		"has something after it":       func() string { return write(with(`"Classes":null}`, `"Classes":null}{}`), "") },
		"there is no merge":            func() string { return write(with("concat", "sum"), "") },
		"impossible: the vocabulary":   func() string { return write(with(`"Vocab":7`, `"Vocab":-7`), "") },
		"its configuration needs 3000": func() string { return write(with(`"Vocab":7`, `"Vocab":1000000000000`), "") },
		"the file has":                 func() string { return write(with("{", "{"), "head.0.bias") },
	} {
		p := path()
		if _, err := OpenFusion(p); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), p) {
			t.Errorf("the error is %v, want %q and the file in it", err, want)
		}
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		cut := filepath.Join(dir, "cut")
		if err := os.WriteFile(cut, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFusion(cut); err == nil {
			t.Errorf("no error for a file cut to %d bytes", n)
		}
	}
}

// A file of the right size whose shapes are not the configuration's.
func TestOpenShapes(t *testing.T) {
	c := small()
	c.Missing = true
	f := NewFusion(newRand(), c)
	f.Absent[1] = tensor.NewParam(make([]float32, 6), 1, 6)
	path := filepath.Join(t.TempDir(), "m")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFusion(path); err == nil || !strings.Contains(err.Error(), "absent.1 is [1 6], [6] was expected") {
		t.Errorf("error %v, want one about absent.1", err)
	}
}

func TestSaveByHand(t *testing.T) {
	err := NewListing(newRand(), 8, 8, 1, 4, 2).Save(filepath.Join(t.TempDir(), "m"))
	if err == nil || !strings.Contains(err.Error(), "layers.Save") {
		t.Errorf("error %v, want one that points to layers.Save", err)
	}
	if err := NewFusion(newRand(), small()).Save(filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}
