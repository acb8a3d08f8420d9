package models

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
)

// Whatever the bytes, opening ends in an error or in a model of the size that was checked before it was made. Run it with
// -fuzzminimizetime=1x: shrinking inputs of this length takes Go's fuzzer a minute each.
func FuzzOpenFusion(f *testing.F) {
	for _, c := range variants() {
		path := filepath.Join(f.TempDir(), "m")
		if err := NewFusion(newRand(), c).Save(path); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := safetensors.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		m, err := modelOf[FusionConfig, *Fusion](file, format)
		if err != nil {
			return
		}
		values := 0
		for _, p := range layers.Params(m) {
			values += p.Len()
		}
		if m.Config.size() != float64(values) {
			t.Errorf("size is %v, the model has %d values", m.Config.size(), values)
		}
	})
}

// A configuration that is accepted has a size, and reading it again gives the same one.
func FuzzConfig(f *testing.F) {
	f.Add(`{"Text":{"Vocab":7},"Outputs":3}`)
	f.Add(`{"Image":{"Height":8,"Width":6,"Channels":3,"Widths":[4,5]},"Text":{"Dense":9,"Hidden":[5]},"Merge":"gated","Outputs":3}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig[FusionConfig, *Fusion](text)
		if err == nil && !(c.size() > 0) {
			t.Errorf("size %v of %s", c.size(), text)
		}
	})
}
