package main

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnResume interrupts a run on pictures from disk that are augmented, some of which are missing, as are some texts,
// with everything that draws at random; it goes on to the same bits.
func TestOwnResume(t *testing.T) {
	dir := ownData(t, "file_name,text,animal", func(i int, row map[string]string) {
		if i%5 == 0 {
			row["file_name"] = ""
		} else if i%7 == 0 {
			row["text"] = ""
		}
	})
	flags := strings.Fields("--text text --label animal --batch 1 --epochs 2 --augment strong --modality-dropout 0.3 --dropout 0.2 " +
		"--balanced --class-weights --loss focal --label-smoothing 0.1")
	whole, part := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "part")
	out := must(t, quick(dir, whole, flags...)...)
	if !strings.Contains(out, "12 samples have no picture, 7 no text") {
		t.Errorf("the output is\n%s\nwant what is missing in it", out)
	}
	code, _, err := interrupted("epoch 1:", "", quick(dir, part, flags...)...)
	if code != 130 {
		t.Fatalf("exit %d, %s; want 130", code, err)
	}
	must(t, "train", "fusion", "--resume", "--out", part)
	for _, name := range []string{modelFile, "last/model.safetensors", "last/optim.safetensors", optionsFile} {
		if read(t, filepath.Join(part, name)) != read(t, filepath.Join(whole, name)) {
			t.Errorf("%s has other bytes than that of the uninterrupted run", name)
		}
	}
	if got, want := readResult(t, filepath.Join(part, resultFile)), readResult(t, filepath.Join(whole, resultFile)); !maps.Equal(got.Test, want.Test) {
		t.Errorf("the result is %v, want %v", got.Test, want.Test)
	}
	refuse(t, 1, []string{"train", "fusion", "--resume", "--out", part, "--augment", "light"}, "began with --augment strong")

	// A model that knows missing inputs predicts for any of them, alone and by rows.
	picture := filepath.Join(dir, "p0", "000.png")
	for _, one := range [][]string{{"--image", picture}, {"--text", "a cold picture"}, {"--image", picture, "--text", "a cold picture"}} {
		must(t, append([]string{"predict", "--model", whole}, one...)...)
	}
	rows := must(t, "predict", "--model", whole, "--data", filepath.Join(dir, "metadata.csv"))
	if n := strings.Count(rows, "\n"); n != 61 {
		t.Errorf("%d lines are predicted, want 61", n)
	}
	for _, hide := range [][]string{{"--hide-images", "0.5"}, {"--hide-texts", "1"}, {"--hide-images", "1", "--hide-texts", "0.3"}} {
		must(t, append([]string{"eval", "--model", whole}, hide...)...)
	}
	out = must(t, "eval", "--model", trained(), "--hide-images", "0.5", "--hide-texts", "0.5")
	if !strings.Contains(out, "it gets the mean picture and an empty text instead") {
		t.Errorf("a model without placeholders says %q", out)
	}
	refuse(t, 1, []string{"eval", "--model", whole, "--hide-images", "2"}, "--hide-images is 2, want 0 to 1")
}

// TestKinds trains on every kind of generated data.
func TestKinds(t *testing.T) {
	for data, says := range map[string]string{
		"builtin:count": "1 number to predict", "builtin:area": "test: R2 ", "builtin:tags": "11 labels", "builtin:unbalanced": "13 classes",
	} {
		run := filepath.Join(t.TempDir(), "run")
		if out := must(t, with("train", "fusion", "--data", data, "--out", run)...); !strings.Contains(out, says) {
			t.Errorf("%s: the output is\n%s\nwant %q in it", data, out, says)
		}
		must(t, "eval", "--model", run)
		must(t, "predict", "--model", run, "--image", drawing(t, 20), "--text", "is it red shapes?")
	}
	for _, loss := range []string{"mse", "mae", "huber"} {
		must(t, with("train", "fusion", "--data", "builtin:count", "--loss", loss, "--out", filepath.Join(t.TempDir(), "run"))...)
	}
	for _, flags := range []string{"--loss bce", "--loss bce --class-weights --label-smoothing 0.1", "--loss focal --class-weights"} {
		args := append(with("train", "fusion", "--data", "builtin:tags", "--out", filepath.Join(t.TempDir(), "run")), strings.Fields(flags)...)
		must(t, args...)
	}
	for flags, want := range map[string]string{
		"builtin:tags --loss mse":             "--loss is mse, want one of bce, focal to multilabel",
		"builtin:count --loss ce":             "--loss is ce, want one of mse, mae, huber to regress",
		"builtin:count --class-weights":       "--class-weights needs classes",
		"builtin:count --label-smoothing 0.1": "--label-smoothing needs classes",
		"builtin:tags --balanced":             "--balanced needs one class for each sample",
		"builtin:dogs":                        "want builtin, builtin:area, builtin:count, builtin:tags, builtin:unbalanced",
	} {
		refuse(t, 1, with(append([]string{"train", "fusion", "--data"}, strings.Fields(flags)...)...), want)
	}
}

// TestMatchingData asks of pictures in IDX files whether a name fits.
func TestMatchingData(t *testing.T) {
	dir, run := idxFolder(t, 16, 16), filepath.Join(t.TempDir(), "run")
	write(t, dir, "classes.txt", []byte("left bar\nright bar\n"))
	flags := []string{"train", "fusion", "--data", dir, "--batch", "8"}
	out := must(t, append(flags, "--epochs", "25", "--out", run)...)
	if !strings.Contains(out, "does it fit the picture?") || !strings.Contains(out, "38 samples to train on, 2 to validate, 20 to test, 2 classes, 5 words") {
		t.Errorf("the output is\n%s", out)
	}
	if r := readResult(t, filepath.Join(run, resultFile)); !(r.Test["accuracy"] > 0.9) {
		t.Errorf("the accuracy is %v: names are learned", r.Test["accuracy"])
	}
	must(t, "eval", "--model", run)
	must(t, "predict", "--model", run, "--image", drawing(t, 20), "--text", "left bar")
	refuse(t, 1, append(flags, "--balanced"), "need labels that stay")
	refuse(t, 1, append(flags, "--image-size", "32"), "are of 16")
}

// TestEmojiTags reads the emoji where they are, with a tag of each for a text, and word vectors.
func TestEmojiTags(t *testing.T) {
	dir, vectors := filepath.Join(sharedData(t), "emoji"), filepath.Join(sharedData(t), "glove", "glove.6B.100d.subset.txt.gz")
	run := filepath.Join(t.TempDir(), "run")
	out := must(t, "train", "fusion", "--data", dir, "--only", "text", "--text-encoder", "bag", "--epochs", "2", "--out", run,
		"--vectors", vectors, "--vectors-freeze")
	for _, want := range []string{"word vectors: 100 numbers each; ", " words have none (", "8 classes", "rows were passed over"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output is\n%s\nwant %q in it", out, want)
		}
	}
	if r := readResult(t, filepath.Join(run, resultFile)); !(r.Test["accuracy"] > 0.4) {
		t.Errorf("the accuracy by tags is %v, want more than 0.4", r.Test["accuracy"])
	}
	must(t, "predict", "--model", run, "--text", "volcano") // a word that no emoji to train on has
}
