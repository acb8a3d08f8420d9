package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var trainedJoint = drawn("joint", "train", "joint", "--code", "8", "--missing", "0.3")

// TestTrainJoint looks at what a run prints and leaves, and uses it both ways.
func TestTrainJoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	out := must(t, slices.Concat([]string{"train", "joint", "--out", dir}, small)...)
	number := `-?\d+(\.\d+)?(e-\d+)?`
	want := regexp.MustCompile(`^builtin, 13 words, 32 numbers for a picture with its text, \d+ parameters, on (cpu|cuda:0) .*
80 pictures of 16x16x3 to train on, 20 to test
epoch 1: loss ` + number + `, valid ` + number + `, critic ` + number + `, divergence ` + number + `, flow ` + number + `, image ` + number + `, judged ` + number + `, match ` + number + `, matching ` + number + `, text ` + number + ` .*
epoch 2: .*
trained ` + number + ` s, \d+ pictures/s; saved in ` + regexp.QuoteMeta(dir) + ` \(look at growth.png\)
test, picture from itself: MSE ` + number + `, PSNR ` + number + ` dB, SSIM ` + number + `
test, text from picture: exact in ` + number + `, from itself in ` + number + `
try: braid describe --model .* --image PICTURE
and: braid sample --model .* --out samples.png --text "[a-z]+ [a-z]+"
and: braid eval --model `)
	if !want.MatchString(out) {
		t.Errorf("the output is\n%s\nwant it to match\n%s", out, want)
	}
	if names := list(t, dir); names != drawnFiles {
		t.Errorf("the folder has %s", names)
	}
	square(t, sheetPath(dir, 2), 8, 8) // two rows of pictures, what becomes of them, and four texts
}

func TestUseJoint(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name+".png") }
	must(t, "sample", "--model", trainedJoint(), "--out", path("red"), "--n", "10", "--text", "red circle")
	must(t, "sample", "--model", trainedJoint(), "--out", path("any"), "--n", "10")
	must(t, "sample", "--model", trainedJoint(), "--out", path("again"), "--n", "10", "--text", "Red circle")
	square(t, path("red"), 8, 2)
	if read(t, path("red")) == read(t, path("any")) || read(t, path("red")) != read(t, path("again")) {
		t.Error("pictures do not go by the text")
	}
	must(t, "reconstruct", "--model", trainedJoint(), "--out", path("r"))
	square(t, path("r"), 8, 6) // of 20 pictures two rows, what becomes of them, and of their texts
	must(t, "reconstruct", "--model", trainedJoint(), "--out", path("r"), "--image", drawing(t, 40))
	square(t, path("r"), 1, 2)
	must(t, "interpolate", "--model", trainedJoint(), "--out", path("i"), "--rows", "3", "--steps", "5")
	square(t, path("i"), 5, 3)

	picture := drawing(t, 40)
	one := must(t, "describe", "--model", trainedJoint(), "--image", picture)
	two := must(t, "describe", "--model", trainedJoint(), "--image", picture, "--image", picture)
	line := picture + ": " + one
	if strings.Count(one, "\n") != 1 || len(strings.TrimSpace(one)) == 0 || two != line+line {
		t.Errorf("one picture is %q, two are %q", one, two)
	}
	if out := must(t, "summary", "--model", trainedJoint()); !strings.Contains(out, "text_decoder.0 (Dense)") {
		t.Errorf("the table is\n%s", out)
	}

	refuse(t, 1, []string{"sample", "--model", trainedJoint(), "--out", path("x"), "--text", "pink cow"}, `no word of "pink cow"; it knows: `)
	refuse(t, 1, []string{"interpolate", "--model", trainedJoint(), "--out", path("x"), "--text", "red"}, "--text is for a GAN")
	refuse(t, 1, []string{"describe", "--model", trainedGAN(), "--image", picture}, "of the kind gan, which has no words for a picture")
	refuse(t, 1, []string{"describe", "--model", trainedJoint(), "--image", filepath.Join(trainedJoint(), optionsFile)}, "run.json: ")
	plain := idxFolder(t, 12, 16)
	if err := os.Remove(filepath.Join(plain, "train-labels-idx1-ubyte")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "none")
	refuse(t, 1, []string{"train", "joint", "--data", plain, "--out", out, "--batch", "8"}, "have no texts: a joint autoencoder needs both")
	for flags, want := range map[string]string{
		"--code 0": "--code is 0", "--beta 0": "--beta is 0", "--match 0": "--match is 0", "--missing 1": "--missing is 1, want 0 to 0.99",
		"--text-weight 0": "--text-weight is 0",
	} {
		refuse(t, 1, slices.Concat([]string{"train", "joint", "--out", out}, strings.Fields(flags)), want)
	}
}

// TestAutoencodersFail: what diverges says so, keeps the reason, and leaves no model.
func TestAutoencodersFail(t *testing.T) {
	for kind, what := range map[string]string{"autoencoder": "the autoencoder diverged", "joint": "the joint autoencoder diverged"} {
		dir := filepath.Join(t.TempDir(), "run")
		refuse(t, 1, slices.Concat([]string{"train", kind, "--lr", "1e30", "--out", dir}, small), what, "there is no model", dir)
		if names := list(t, dir); strings.Contains(names, modelFile) || strings.Contains(names, growthFile) {
			t.Errorf("%s: the folder has %s", kind, names)
		}
		if _, failure := readOutcome(t, filepath.Join(dir, resultFile)); !strings.Contains(failure, what) || !strings.Contains(failure, "step") {
			t.Errorf("%s: the result's failure is %q", kind, failure)
		}
	}
}

// A classifier starts from the encoders of a joint autoencoder, and is used and resumed like any other.
func TestStartFromJoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	args := []string{"train", "fusion", "--init", trainedJoint(), "--pictures", "60", "--image-size", "16", "--epochs", "1", "--out", dir}
	out := must(t, args...)
	if !regexp.MustCompile(`(?m)^starts from the encoders of .*, which knows \d+ of \d+ words$`).MatchString(out) {
		t.Errorf("the output is\n%s", out)
	}
	if out := must(t, "eval", "--model", dir); !strings.Contains(out, "accuracy") {
		t.Errorf("eval prints\n%s", out)
	}
	must(t, "train", "fusion", "--resume", "--out", dir)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--init", trainedJoint(), "--image-size", "32"}, "pictures of 16x16x3, these are 32x32x3"},
		{[]string{"--init", dir, "--image-size", "16"}, "of the kind fusion"},
	} {
		code, _, errs := braid(append([]string{"train", "fusion", "--pictures", "20", "--out", filepath.Join(t.TempDir(), "no")}, c.args...)...)
		if code != 1 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d, %q, want %q", c.args, code, errs, c.want)
		}
	}
}
