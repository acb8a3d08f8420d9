package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// TestEvalJoint: both ways are measured, those of the training's end to the same figures.
func TestEvalJoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.json")
	must(t, "eval", "--samples", "100", "--json", path, "--model", trainedJoint())
	test, _ := readOutcome(t, path)
	want, _ := readOutcome(t, filepath.Join(trainedJoint(), resultFile))
	for _, name := range []string{"mse", "psnr", "ssim", "text_from_image", "text_from_text"} {
		if v, ok := want[name]; !ok || test[name] != v {
			t.Errorf("%s is %v, was %v", name, test[name], v)
		}
	}
	for _, name := range []string{"frechet", "asked", "diversity_class", "classifier_accuracy", "rebuilt_class", "code_accuracy"} {
		if v, ok := test[name]; !ok || !(v >= 0) {
			t.Errorf("%s is %v", name, v)
		}
	}
	// A plain one has one picture for each text, and says so; a set of words has no order.
	dir := filepath.Join(t.TempDir(), "plain")
	must(t, slices.Concat([]string{"train", "joint", "--no-variational", "--words", "set", "--text-encoder", "bag", "--out", dir}, small)...)
	if out := must(t, "eval", "--samples", "100", "--model", dir); !strings.Contains(out, oneForEach) {
		t.Errorf("a plain model's evaluation is\n%s", out)
	}
	refuse(t, 1, []string{"sample", "--model", dir, "--out", path}, "--text is needed")
}

func TestExact(t *testing.T) {
	texts := func(ids ...int32) tensor.Array { return tensor.ArrayOf(ids, len(ids)/3, 3) }
	want := texts(2, 3, 0, 4, 2, 0, 5, 1, 0, 3, 3, 2)
	got := texts(2, 3, 0, 2, 4, 0, 5, 1, 0, 2, 3, 0)
	if v := exact(got, want, true); v != 0.25 {
		t.Errorf("in order %v are exact, want the first of four", v)
	}
	if v := exact(got, want, false); v != 0.75 {
		t.Errorf("as sets %v are exact, want all but the one with an unknown word", v)
	}
}

// TestHidden: the share of rows that lack an input is that of --missing, half of them each, and none lacks both.
func TestHidden(t *testing.T) {
	const n = 4000
	o := &jointOptions{pictureOptions: pictureOptions{Data: builtin, Size: 16, Pictures: n, Seed: 1, Batch: 2}, Missing: 0.4}
	g, err := o.open()
	if err != nil {
		t.Fatal(err)
	}
	var image, text, none int
	has := tensor.Values[uint8](o.hidden(g.train).Has)
	for i := range n {
		switch {
		case has[2*i] == 0 && has[2*i+1] == 0:
			none++
		case has[2*i] == 0:
			image++
		case has[2*i+1] == 0:
			text++
		}
	}
	// 800 each; five deviations of a binomial count are 126.
	if none != 0 || max(image, text) > 926 || min(image, text) < 674 {
		t.Errorf("%d lack the image, %d the text, %d both, of %d", image, text, none, n)
	}
	o.Missing = 0
	if !o.hidden(g.train).Has.Absent() {
		t.Error("something is missing, but nothing should be")
	}
}

// TestEvalRebuilt measures what another program made of the test part: here the test part itself, and its negative.
func TestEvalRebuilt(t *testing.T) {
	dir, run := idxFolder(t, 12, 16), filepath.Join(t.TempDir(), "run")
	must(t, "train", "autoencoder", "--data", dir, "--out", run, "--width", "4", "--batch", "8", "--epochs", "1")
	test := filepath.Join(dir, "t10k-images-idx3-ubyte")
	same := must(t, "eval", "--model", run, "--rebuilt", test)
	if !strings.HasPrefix(same, "test: MSE 0.00000, PSNR +Inf dB, SSIM 1.0000\n") {
		t.Errorf("the test part against itself gives\n%s", same)
	}
	pictures, err := data.ReadIDXFile(test)
	if err != nil {
		t.Fatal(err)
	}
	half := make([]float32, pictures.Len())
	want := 0.0
	for i, v := range tensor.Values[uint8](pictures) {
		half[i] = 0.5
		d := float64(v)/255 - 0.5
		want += d * d / float64(len(half))
	}
	path := filepath.Join(t.TempDir(), "half.idx")
	writeIDX(t, path, tensor.ArrayOf(half, 20, 12, 16))
	if out, line := must(t, "eval", "--model", run, "--rebuilt", path), fmt.Sprintf("test: MSE %.5f,", want); !strings.HasPrefix(out, line) {
		t.Errorf("grey pictures give\n%s\nwant %s", out, line)
	}
	writeIDX(t, path, tensor.ArrayOf(half[:192], 1, 12, 16))
	refuse(t, 1, []string{"eval", "--model", run, "--rebuilt", path}, "half.idx", "[20 12 16 1] of bytes or float32")
}
