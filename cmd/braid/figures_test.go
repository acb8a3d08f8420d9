package main

import (
	"encoding/json"
	"image"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// Pictures that come back as they were have an infinite PSNR, which the file holds as null.
func TestInfinitePSNR(t *testing.T) {
	pictures := tensor.ArrayOf(make([]uint8, 2*12*12*3), 2, 12, 12, 3)
	test, err := rebuilt(models.ImageConfig{Height: 12, Width: 12, Channels: 3}, pictures, func(b tensor.Array) (tensor.Array, error) {
		return tensor.ArrayOf(b.Floats(), b.Shape()...), nil
	})
	if err != nil || !math.IsInf(test["psnr"], 1) {
		t.Fatalf("%v, %v", test, err)
	}
	path := filepath.Join(t.TempDir(), "result.json")
	if err := writeJSON(path, outcome{Test: test}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ Test map[string]*float64 }
	if err := json.Unmarshal(text, &back); err != nil || back.Test["psnr"] != nil || back.Test["mse"] == nil || *back.Test["mse"] != 0 {
		t.Errorf("%v\n%s", err, text)
	}
	if text, err := json.Marshal(scores{"r2": math.Inf(-1), "loss": 2}); err != nil || string(text) != `{"loss":2,"r2":null}` {
		t.Errorf("%s, %v", text, err)
	}
}

// Pictures of one size keep it; of several, or tiny ones, they get the usual one.
func TestOwnSize(t *testing.T) {
	for _, c := range []struct {
		sizes []image.Point // width, height
		want  dims
	}{
		{[]image.Point{{24, 20}, {24, 20}}, dims{20, 24}},
		{[]image.Point{{24, 20}, {20, 24}}, sideBySide(usualSide)},
		{[]image.Point{{8, 8}, {8, 8}}, sideBySide(usualSide)},
		{[]image.Point{{200, 200}, {200, 200}}, sideBySide(usualSide)},
	} {
		dir := t.TempDir()
		for i, size := range c.sizes {
			if err := os.MkdirAll(filepath.Join(dir, "train", string(rune('a'+i))), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := writePNG(filepath.Join(dir, "train", string(rune('a'+i)), "1.png"), image.NewRGBA(image.Rectangle{Max: size})); err != nil {
				t.Fatal(err)
			}
		}
		o := &options{Data: dir}
		w, err := o.find(nil)
		if err != nil {
			t.Fatal(err)
		}
		if w.chooseSize(); o.Size != c.want {
			t.Errorf("%v: %v, want %v", c.sizes, o.Size, c.want)
		}
		o.Size = sideBySide(48)
		if w.chooseSize(); o.Size != sideBySide(48) {
			t.Errorf("a size that was asked for became %v", o.Size)
		}
	}
}
