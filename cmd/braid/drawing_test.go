package main

import (
	"encoding/json"
	"errors"
	"image/png"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/train"
)

// small are the flags of a model that draws and trains in a moment.
var small = []string{"--pictures", "80", "--size", "16", "--width", "8", "--batch", "16", "--epochs", "2"}

func drawn(name string, args ...string) func() string {
	return sync.OnceValue(func() string {
		dir := filepath.Join(sharedFolder, name)
		if code, _, err := braid(slices.Concat(args, small, []string{"--out", dir})...); code != 0 {
			panic(err)
		}
		return dir
	})
}

// Finished runs that several tests read.
var (
	trainedGAN = drawn("gan", "train", "gan")
	trainedVAE = drawn("vae", "train", "autoencoder", "--variational", "--noise", "0.1", "--code", "8")
	trainedAE  = drawn("ae", "train", "autoencoder")
)

// pixels is the size of a PNG.
func pixels(t *testing.T, path string) (w, h int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return c.Width, c.Height
}

// square fails if the PNG is not a grid of so many pictures of 16 pixels, which are drawn four times as large.
func square(t *testing.T, path string, columns, rows int) {
	t.Helper()
	if w, h := pixels(t, path); w != 4*(columns*17-1) || h != 4*(rows*17-1) {
		t.Errorf("%s is %d by %d, want %d by %d pictures", path, w, h, columns, rows)
	}
}

func readOutcome(t *testing.T, path string) (test map[string]float64, failure string) {
	t.Helper()
	var r struct {
		Test    map[string]float64
		Failure string
	}
	if err := json.Unmarshal([]byte(read(t, path)), &r); err != nil {
		t.Fatal(err)
	}
	return r.Test, r.Failure
}

const drawnFiles = "best curves.png growth.png history.csv history.json last model.safetensors quality.png result.json run.json samples"

// TestTrainGAN looks at what a run prints and leaves.
func TestTrainGAN(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	out := must(t, slices.Concat([]string{"train", "gan", "--out", dir}, small)...)
	number := `-?\d+(\.\d+)?(e-\d+)?` // the hinge loss of a generator may be negative
	want := regexp.MustCompile(`^builtin, hinge loss, \d+ parameters, on (cpu|cuda:0) .*
the rows of the samples are: ([a-z]+ [a-z]+, ){7}[a-z]+ [a-z]+
80 pictures of 16x16x3 to train on, 20 to test
epoch 1: loss ` + number + `, accuracy ` + number + `, discriminator ` + number + `, generator ` + number + `, matching ` + number + `, variety ` + number + `, variety of a text ` + number + ` .*
epoch 2: .*
trained ` + number + ` s, \d+ pictures/s; saved in ` + regexp.QuoteMeta(dir) + ` \(look at growth.png\)
(but .*
)*try: braid sample --model .* --out samples.png --text "[a-z]+ [a-z]+"
and: braid eval --model `)
	if !want.MatchString(out) {
		t.Errorf("the output is\n%s\nwant it to match\n%s", out, want)
	}
	if names := list(t, dir); names != drawnFiles {
		t.Errorf("the folder has %s", names)
	}
	if names := list(t, filepath.Join(dir, sheetFolder)); names != "epoch-0001.png epoch-0002.png" {
		t.Errorf("the sheets are %s", names)
	}
	square(t, sheetPath(dir, 2), 8, 8)
	// Two frames, the left halves of the sheets.
	if w, _ := pixels(t, filepath.Join(dir, growthFile)); w != 3*8+2*4*(4*17-1) {
		t.Errorf("%s is %d wide", growthFile, w)
	}
}

func TestSample(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name+".png") }
	ask := func(name string, args ...string) []string {
		return slices.Concat([]string{"sample", "--out", path(name), "--model"}, args)
	}
	must(t, ask("red", trainedGAN(), "--n", "10", "--text", "red circle")...)
	square(t, path("red"), 8, 2)
	must(t, ask("again", trainedGAN(), "--n", "10", "--text", "Red circle")...)
	must(t, ask("other", trainedGAN(), "--n", "10", "--text", "red circle", "--seed", "2")...)
	if read(t, path("red")) != read(t, path("again")) || read(t, path("red")) == read(t, path("other")) {
		t.Error("pictures do not go by the seed")
	}
	must(t, ask("vae", trainedVAE(), "--columns", "3", "--n", "6")...)
	square(t, path("vae"), 3, 2)

	refuse(t, 1, ask("x", trainedGAN()), "--text is needed")
	refuse(t, 1, ask("x", trainedGAN(), "--text", "pink cow"), `no word of "pink cow"; it knows: `, "circle")
	refuse(t, 1, ask("x", trainedVAE(), "--text", "red"), "without texts")
	refuse(t, 1, ask("x", trainedAE()), "only a variational autoencoder")
	refuse(t, 1, ask("x", trained()), "of the kind fusion, which does not draw")
	refuse(t, 1, ask("x", trainedVAE(), "--n", "0"), "--n is 0")
	refuse(t, 1, ask("x", t.TempDir()), "it has no run.json")
	if names := list(t, dir); names != "again.png other.png red.png vae.png" {
		t.Errorf("the folder has %s", names)
	}
}

func TestReconstruct(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.png")
	must(t, "reconstruct", "--model", trainedAE(), "--out", path)
	square(t, path, 8, 4) // of 20 test pictures two rows, and what becomes of them
	must(t, "reconstruct", "--model", trainedVAE(), "--out", path, "--image", drawing(t, 40))
	square(t, path, 1, 3) // the picture, disturbed, rebuilt
	refuse(t, 1, []string{"reconstruct", "--model", trainedGAN(), "--out", path}, "is a GAN")
}

func TestInterpolate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "i.png")
	must(t, "interpolate", "--model", trainedAE(), "--out", path, "--rows", "3", "--steps", "5")
	square(t, path, 5, 3)
	must(t, "interpolate", "--model", trainedGAN(), "--out", path, "--rows", "2", "--text", "blue star")
	square(t, path, 10, 2)
	refuse(t, 1, []string{"interpolate", "--model", trainedAE(), "--out", path, "--steps", "1"}, "--steps 1, want 1 to 100 and 2 to 100")
}

// TestEvalDrawn: the classifier is trained once, and everything it measures is there.
func TestEvalDrawn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.json")
	eval := []string{"eval", "--samples", "100", "--json", path, "--model"}
	first := must(t, append(eval, trainedGAN())...)
	test, _ := readOutcome(t, path)
	for _, name := range []string{"frechet", "frechet_real", "class_entropy", "class_entropy_each", "diversity", "diversity_real", "classifier_accuracy", "asked",
		"diversity_class", "diversity_class_real"} {
		if v, ok := test[name]; !ok || !(v >= 0) || math.IsInf(v, 0) {
			t.Errorf("%s is %v", name, v)
		}
	}
	if !(test["frechet"] > test["frechet_real"]) {
		t.Errorf("after a few steps drawn pictures are as near as real ones: %v, %v", test["frechet"], test["frechet_real"])
	}
	again := must(t, append(eval, trainedGAN())...)
	same, _ := readOutcome(t, path)
	if !strings.Contains(first, "training a classifier of 80 pictures") || strings.Contains(again, "training a classifier") || !maps.Equal(test, same) {
		t.Errorf("the second evaluation gave %v after %v, and said\n%s", same, test, again)
	}
	// Rebuilding is measured as at the end of the training; a variational model is measured as one that draws, too.
	must(t, append(eval, trainedVAE())...)
	test, _ = readOutcome(t, path)
	want, _ := readOutcome(t, filepath.Join(trainedVAE(), resultFile))
	for _, name := range []string{"mse", "psnr", "ssim", "denoised_mse", "denoised_psnr", "denoised_ssim"} {
		if v, ok := want[name]; !ok || test[name] != v {
			t.Errorf("%s is %v, was %v", name, test[name], v)
		}
	}
	if !(test["frechet"] > 0) {
		t.Errorf("the variational model has %v", test)
	}
	refuse(t, 1, append(eval, trainedAE(), "--samples", "99"), "--samples is 99")
}

func TestSummaryDrawn(t *testing.T) {
	for want, dir := range map[string]string{
		"generator.net.0 (Dense)": trainedGAN(), "discriminator.body.0 (Spectral)": trainedGAN(), "encoder.0 (Conv2D)": trainedAE(),
	} {
		if out := must(t, "summary", "--model", dir); !strings.Contains(out, want) {
			t.Errorf("the table is\n%s\nwant %q in it", out, want)
		}
	}
}

// TestResumeGAN interrupts a run in an epoch; it goes on to the same bits.
func TestResumeGAN(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	begin := slices.Concat([]string{"train", "gan", "--out", dir}, small)
	code, _, err := interrupted("epoch 1:", "", begin...)
	if code != 130 || !strings.HasSuffix(err, "go on with: braid train gan --resume --out "+dir+"\n") {
		t.Fatalf("exit %d, %q", code, err)
	}
	refuse(t, 1, []string{"train", "autoencoder", "--resume", "--out", dir}, "is of the kind gan, want autoencoder")
	refuse(t, 1, []string{"train", "gan", "--resume", "--out", dir, "--latent", "3"}, "began with --latent 64")
	refuse(t, 1, []string{"train", "gan", "--resume", "--out", dir, "--size", "32"}, "began with --size 16")
	refuse(t, 1, []string{"sample", "--model", dir, "--out", "x.png"}, "a run has a model when it has ended")
	must(t, "train", "gan", "--resume", "--out", dir)
	for _, name := range []string{modelFile, "last/optim.safetensors", "samples/epoch-0002.png", optionsFile} {
		if read(t, filepath.Join(dir, name)) != read(t, filepath.Join(trainedGAN(), name)) {
			t.Errorf("%s has other bytes than that of the uninterrupted run", name)
		}
	}
}

// TestGANFails: a run that diverges says so, keeps what shows it, and leaves nothing to draw with.
func TestGANFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	refuse(t, 1, slices.Concat([]string{"train", "gan", "--lr", "1e30", "--out", dir}, small), "the GAN diverged", "there is no model", dir)
	if names := list(t, dir); strings.Contains(names, modelFile) || strings.Contains(names, growthFile) {
		t.Errorf("the folder has %s", names)
	}
	if _, failure := readOutcome(t, filepath.Join(dir, resultFile)); !strings.Contains(failure, "the GAN diverged") {
		t.Errorf("the result's failure is %q", failure)
	}
	var h train.History
	for i := range 3 {
		h = append(h, train.Epoch{Number: i + 1, Values: map[string]float64{"discriminator": 0.1, "generator": 9, "accuracy": 1, "variety": 0.5}})
	}
	if err := ganFailure(h, 1000, nil); !errors.Is(err, models.ErrCollapsed) {
		t.Errorf("3000 steps with a discriminator that is always right: %v", err)
	}
	if err := ganFailure(h, 10, nil); err != nil {
		t.Errorf("30 steps: %v", err)
	}
	if ganDoubt(h) == nil || ganDoubt(h[:2]) != nil {
		t.Error("three bad epochs at the end are to be doubted, two are not")
	}
}
