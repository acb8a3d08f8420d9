package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

func writeIDX(t *testing.T, path string, a tensor.Array) {
	t.Helper()
	f, err := os.Create(path)
	if err == nil {
		err = data.WriteIDX(f, a)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// idxFolder has 40 and 20 grey pictures of a bar in one of two places, the class.
func idxFolder(t *testing.T, h, w int) string {
	t.Helper()
	dir := t.TempDir()
	for part, n := range map[string]int{"train": 40, "t10k": 20} {
		pixels, labels := make([]uint8, n*h*w), make([]uint8, n)
		for i := range n {
			labels[i] = uint8(i % 2)
			for y := range h {
				pixels[(i*h+y)*w+2+i%2*(w/2)+i%3] = uint8(200 + i)
			}
		}
		writeIDX(t, filepath.Join(dir, part+"-images-idx3-ubyte"), tensor.ArrayOf(pixels, n, h, w))
		writeIDX(t, filepath.Join(dir, part+"-labels-idx1-ubyte"), tensor.ArrayOf(labels, n))
	}
	return dir
}

// TestIDXData trains on files as MNIST has them: without texts, and with the classes' names for texts.
func TestIDXData(t *testing.T) {
	dir, out := idxFolder(t, 12, 16), t.TempDir()
	run := func(name string, flags ...string) string {
		path := filepath.Join(out, name)
		must(t, slices.Concat([]string{"train", "gan", "--data", dir, "--out", path, "--width", "4", "--batch", "8", "--epochs", "1"}, flags)...)
		return path
	}
	plain := run("plain")
	picture := filepath.Join(out, "p.png")
	must(t, "sample", "--model", plain, "--out", picture, "--n", "4")
	refuse(t, 1, []string{"sample", "--model", plain, "--out", picture, "--text", "1"}, "without texts")
	if text := must(t, "eval", "--model", plain, "--samples", "100"); strings.Contains(text, "asked") {
		t.Errorf("nothing was asked, but eval says\n%s", text)
	}
	asked := run("asked", "--text-encoder", "bag", "--spectral", "--loss", "hinge")
	must(t, "sample", "--model", asked, "--out", picture, "--text", "1")
	refuse(t, 1, []string{"sample", "--model", asked, "--out", picture, "--text", "7"}, "it knows: 0 1")

	// Pictures that another program drew: here the test part itself, twice.
	eval := must(t, "eval", "--model", plain, "--drawn", filepath.Join(dir, "t10k-images-idx3-ubyte"))
	if !strings.Contains(eval, "Fréchet distance 0.000 of 20 pictures") {
		t.Errorf("the test part against itself gives\n%s", eval)
	}
	refuse(t, 1, []string{"eval", "--model", plain, "--drawn", filepath.Join(dir, "t10k-labels-idx1-ubyte")}, "[n 12 16 1] of bytes or float32")
	refuse(t, 1, []string{"eval", "--model", plain, "--data", builtin}, "the pictures are 32x32x3, the model's are 12x16x1")

	if err := os.WriteFile(filepath.Join(dir, "classes.txt"), []byte("left\nright\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &pictureOptions{Data: dir, Batch: 2, Pictures: 30}
	g, err := o.open()
	if err != nil {
		t.Fatal(err)
	}
	if text := g.vocab.Decode(tensor.Values[int32](g.train.Texts.Slice(1, 2))); text != "right" || g.train.Len() != 30 || g.test.Len() != 20 {
		t.Errorf("the second picture has the text %q; there are %d and %d", text, g.train.Len(), g.test.Len())
	}
}

// TestBadPictures: each kind of data that cannot be is refused with what was expected, before a folder is made.
func TestBadPictures(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	try := func(dir string, want ...string) {
		t.Helper()
		for _, kind := range []string{"gan", "autoencoder", "joint"} {
			refuse(t, 1, []string{"train", kind, "--data", dir, "--out", out}, want...)
		}
	}
	try(t.TempDir(), "has neither train-images…idx3-ubyte nor emoji.tsv nor PNG, JPEG or GIF files")
	try(idxFolder(t, 9, 8), "9 by 8 pixels: even numbers from 8 up")
	try(idxFolder(t, 8, 8), "--batch is 64, but there are 40 pictures")
	break1 := func(name string, a tensor.Array) string {
		dir := idxFolder(t, 8, 8)
		writeIDX(t, filepath.Join(dir, name), a)
		return dir
	}
	try(break1("train-labels-idx1-ubyte", tensor.ArrayOf([]uint8{1, 0}, 2)), "train-labels-idx1-ubyte", "whole numbers [40]")
	try(break1("t10k-images-idx3-ubyte", tensor.ArrayOf(make([]uint8, 20*8*8*2), 20, 8, 8, 2)), "the same size was expected")
	try(break1("train-images-idx3-ubyte", tensor.ArrayOf(make([]int32, 64), 1, 8, 8)), "bytes were expected")
	odd := break1("t10k-images-idx3-ubyte", tensor.ArrayOf(make([]uint8, 20*8*8*2), 20, 8, 8, 2))
	writeIDX(t, filepath.Join(odd, "train-images-idx3-ubyte"), tensor.ArrayOf(make([]uint8, 40*8*8*2), 40, 8, 8, 2))
	try(odd, odd, "the pictures have 2 channels: 1 (grey) or 3 (colour) was expected")
	dir := idxFolder(t, 8, 8)
	if err := os.Remove(filepath.Join(dir, "t10k-images-idx3-ubyte")); err != nil {
		t.Fatal(err)
	}
	try(dir, "has no t10k- or test-images…idx3-ubyte")
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.png"), []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	try(dir, "a.png", "the format is not known")
	for flags, want := range map[string]string{
		"gan --latent 0": "--latent is 0", "gan --smooth 0.5": "0 <= smooth < 0.5", "gan --loss hinge --smooth 0.1": "hinge loss has no labels",
		"gan --average 1": "--average is 1", "gan --pictures 3": "--pictures is 3", "gan --size 7": "--size is 7", "gan --batch 1": "--batch is 1",
		"autoencoder --code 0": "--code is 0", "autoencoder --mask 1": "--mask is 1", "autoencoder --noise=-1": "--noise is -1",
		"autoencoder --beta 0": "--beta is 0", "autoencoder --lr inf": "--lr is +Inf", "autoencoder --epochs 0": "--epochs is 0",
	} {
		refuse(t, 1, append(strings.Fields("train "+flags), "--out", out), want)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder was made")
	}
}

// TestFolderData reads pictures of two classes from folders of that name.
func TestFolderData(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		class := []string{"red-square", "blue_square"}[i%2]
		if err := os.MkdirAll(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		m := image.NewRGBA(image.Rect(0, 0, 10, 10))
		for p := range 100 {
			m.Set(p%10, p/10, []color.Color{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}}[i%2])
		}
		f, err := os.Create(filepath.Join(dir, class, fmt.Sprintf("%02d.png", i)))
		if err == nil {
			err = png.Encode(f, m)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	g, err := (&pictureOptions{Data: dir, Size: 16, Batch: 4}).open()
	if err != nil {
		t.Fatal(err)
	}
	if g.train.Len() != 36 || g.test.Len() != 4 || fmt.Sprint(g.classes) != "[blue square red square]" || g.vocab.Len() != 2+3 || g.labelled {
		t.Errorf("%d and %d pictures, classes %v, %d words", g.train.Len(), g.test.Len(), g.classes, g.vocab.Len())
	}
	first, last := tensor.Values[uint8](g.train.Images.Slice(0, 1)), tensor.Values[uint8](g.train.Images.Slice(35, 36))
	if !slices.Equal(first[:3], []uint8{0, 0, 255}) || !slices.Equal(last[:3], []uint8{255, 0, 0}) {
		t.Errorf("the first pixel is %v, of the last picture %v", first[:3], last[:3])
	}
	g, err = (&pictureOptions{Data: filepath.Join(dir, "red-square"), Batch: 4}).open()
	if err != nil || g.classes != nil || g.vocab != nil || g.train.Len() != 18 || g.height != 32 {
		t.Errorf("one folder: %+v, %v", g, err)
	}
}

// sharedData is the folder of data that tests may use, at $BRAID_DATA or beside the repository.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("BRAID_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the data are not here (%v); set BRAID_DATA to their folder", err)
	}
	return dir
}

// TestEmojiData reads the emoji where they are.
func TestEmojiData(t *testing.T) {
	dir := filepath.Join(sharedData(t), "emoji")
	g, err := (&pictureOptions{Data: dir, Batch: 64}).open()
	if err != nil {
		t.Fatal(err)
	}
	if n := g.train.Len() + g.test.Len(); n != 5623 || g.height != 32 || len(g.classes) != 9 || len(g.texts(8)) != 8 {
		t.Errorf("%d pictures of %d pixels, classes %v", n, g.height, g.classes)
	}
	if text := g.vocab.Decode(tensor.Values[int32](g.train.Texts.Slice(0, 1))); text == "" {
		t.Error("the first emoji has no name")
	}
}
