package models

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// sameParams compares all parameters of two models.
func sameParams(t *testing.T, got, want any) {
	t.Helper()
	a, b := layers.State(got), layers.State(want)
	if len(a) != len(b) {
		t.Errorf("%d parameters, want %d", len(a), len(b))
	}
	for name := range b {
		if !slices.Equal(a[name].Floats(), b[name].Floats()) {
			t.Errorf("%s differs", name)
		}
		if find(got, name).Frozen() != find(want, name).Frozen() {
			t.Errorf("%s is no longer frozen, or now is", name)
		}
	}
}

// A model that is saved and opened has the same parameters and draws the same images.
func TestGANSaveOpen(t *testing.T) {
	dev := open(t)
	for name, c := range gans() {
		t.Run(name, func(t *testing.T) {
			if c.Text.Vocab > 0 {
				c.Words = strings.Fields("<pad> <unk> a red 圆 \"quoted\" circle")
			}
			g := NewGAN(newRand(), c)
			image, text := ganInputs(c, 4)
			stepGAN(t, dev, g, image, text, 0)
			path := filepath.Join(t.TempDir(), "m.safetensors")
			if err := g.Save(path); err != nil {
				t.Fatal(err)
			}
			h, err := OpenGAN(path)
			if err != nil {
				t.Fatal(err)
			}
			sameParams(t, h, g)
			if !slices.Equal(h.Config.Words, c.Words) {
				t.Errorf("the words are %q", h.Config.Words)
			}
			want, err := g.Sample(dev, 4, 5, text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := h.Sample(dev, 4, 5, text)
			if err != nil || !slices.Equal(got.Floats(), want.Floats()) {
				t.Errorf("draws other images (%v)", err)
			}
			if _, err := OpenFusion(path); err == nil {
				t.Error("it opens as a Fusion")
			}
			stepGAN(t, dev, h, image, text, 1) // an opened model can go on
		})
	}
}

// What is no model, or no longer one, gives an error that names the file.
func TestGANOpenErrors(t *testing.T) {
	dir := t.TempDir()
	g := NewGAN(newRand(), smallGAN())
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	if err := g.Save(good); err != nil {
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
	write := func(format, config, skip string) func() {
		return func() {
			var list []safetensors.Tensor
			for name, a := range layers.State(g) {
				if name != skip {
					list = append(list, safetensors.Tensor{Name: name, Array: a})
				}
			}
			if err := safetensors.WriteFile(bad, map[string]string{"format": format, "config": config}, list); err != nil {
				t.Fatal(err)
			}
		}
	}
	with := func(old, new string) func() {
		if !strings.Contains(config, old) {
			t.Fatalf("the configuration has no %s: %s", old, config)
		}
		return write(ganFormat, strings.Replace(config, old, new, 1), "")
	}
	for want, spoil := range map[string]func(){
		"no such file":                 func() { _ = os.Remove(bad) },
		`format is "x": "braid.gan.1"`: write("x", config, ""),
		"not readable: EOF":            write(ganFormat, "", ""),
		`unknown field "Future"`:       with(`"Latent":3`, `"Latent":3,"Future":1`),
		"has something after it":       write(ganFormat, config+"{}", ""),
		"there is no GAN loss":         with("non-saturating", "wasserstein"),
		"the image has 4 channels":     with(`"Channels":3`, `"Channels":4`),
		"its configuration needs":      with(`"Latent":3`, `"Latent":1000000000000`),
		"values, its configuration":    write(ganFormat, config, "discriminator.head.bias"),
	} {
		spoil()
		_, err := OpenGAN(bad)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), bad) {
			t.Errorf("the error is %v, want %q and the file in it", err, want)
		}
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(bad, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenGAN(bad); err == nil {
			t.Errorf("no error for a file cut to %d bytes", n)
		}
	}
	if err := g.Save(filepath.Join(dir, "no", "folder")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}

// Whatever the bytes, opening ends in an error or in a model of the size that was checked before it was made.
func FuzzOpenGAN(f *testing.F) {
	for _, c := range gans() {
		path := filepath.Join(f.TempDir(), "m")
		if err := NewGAN(newRand(), c).Save(path); err != nil {
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
		m, err := modelOf[GANConfig, *GAN](file, ganFormat)
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

// Texts that no model can draw for.
func TestKnown(t *testing.T) {
	tokens := TextConfig{Vocab: 5}
	for want, f := range map[string]func() error{
		"":                   func() error { return tokens.known(tensor.ArrayOf([]int32{2, 0, 1, 4}, 2, 2)) },
		"text 1 has no word": func() error { return tokens.known(tensor.ArrayOf([]int32{2, 0, 1, 0}, 2, 2)) },
		"text 0 has token 5": func() error { return tokens.known(tensor.ArrayOf([]int32{5, 0}, 1, 2)) },
		"token -1":           func() error { return tokens.known(tensor.ArrayOf([]int32{2, -1}, 1, 2)) },
		"text 2 has no word": func() error { return TextConfig{Dense: 1}.known(tensor.ArrayOf([]float32{2, -1, 0}, 3, 1)) },
	} {
		err := f()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}
