package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// TestDefaultDevice goes through the commands on the device that this build takes by itself. All other tests do so too,
// unless that is the emulated GPU: they are about files and flags then, and compute on the CPU.
func TestDefaultDevice(t *testing.T) {
	defer func(f func() (*tensor.Device, error)) { defaultDevice = f }(defaultDevice)
	defaultDevice = tensor.Default
	dev, err := tensor.Default()
	if err != nil {
		t.Fatal(err)
	}
	before := dev.Stats()
	dir, picture := t.TempDir(), drawing(t, 20)
	at := func(name string) string { return filepath.Join(dir, name) }
	on := func(out string) {
		t.Helper()
		if line, _, _ := strings.Cut(out, "\n"); !strings.Contains(line, fmt.Sprintf(" on %v", dev)) {
			t.Errorf("the first line is %q, want the device %v in it", line, dev)
		}
	}

	// Twenty steps of 16 samples, and the same ones interrupted and resumed.
	fusion := []string{"train", "fusion", "--pictures", "32", "--size", "16", "--batch", "16", "--epochs", "2", "--dropout", "0.2"}
	on(must(t, append(fusion, "--out", at("whole"))...))
	code, _, complaint := interrupted("epoch 1:", "", append(fusion, "--out", at("run"))...)
	if code != 130 {
		t.Fatalf("interrupted: exit %d, %s", code, complaint)
	}
	must(t, "train", "fusion", "--resume", "--out", at("run"))
	if read(t, at("run/"+modelFile)) != read(t, at("whole/"+modelFile)) {
		t.Error("the resumed run has another model than the one that nobody touched")
	}
	r := readResult(t, at("run/"+resultFile))
	if r.Steps < 18 || !(r.Test["loss"] > 0) {
		t.Errorf("the result is %+v, want twenty steps or so", r)
	}
	if out := must(t, "eval", "--model", at("run")); !strings.Contains(out, fmt.Sprintf("\ntest: accuracy %.4f", r.Test["accuracy"])) {
		t.Errorf("eval says\n%s\nwant the accuracy of the run, %.4f", out, r.Test["accuracy"])
	}
	ask := []string{"--model", at("run"), "--image", picture, "--text", "what color is the shape ?"}
	must(t, append([]string{"predict"}, ask...)...)
	must(t, append([]string{"explain", "--out", at("why.png")}, ask...)...)

	little := []string{"--pictures", "32", "--size", "16", "--width", "8", "--batch", "16", "--epochs", "1"}
	for kind, uses := range map[string][][]string{
		"gan":         {{"sample", "--n", "4", "--text", "red circle", "--out", at("gan.png")}},
		"autoencoder": {{"reconstruct", "--out", at("ae.png")}, {"interpolate", "--rows", "1", "--steps", "3", "--out", at("between.png")}},
		"joint":       {{"describe", "--image", picture}},
	} {
		on(must(t, slices.Concat([]string{"train", kind, "--out", at(kind)}, little)...))
		for _, use := range uses {
			must(t, append(use, "--model", at(kind))...)
		}
	}
	if after := dev.Stats(); after.Replays < before.Replays+30 {
		t.Errorf("the device replayed %d plans in all this, want most steps", after.Replays-before.Replays)
	}
}
