package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// long are the flags of a run whose epochs take long enough for a progress bar.
var long = []string{"train", "fusion", "--pictures", "300", "--size", "16", "--batch", "1", "--epochs", "2", "--dropout", "0.2"}

// trigger ends ctx when what is written contains a text.
type trigger struct {
	bytes.Buffer
	text string
	stop func()
}

func (w *trigger) Write(b []byte) (int, error) {
	if w.text != "" && strings.Contains(string(b), w.text) {
		w.stop()
	}
	return w.Buffer.Write(b)
}

// interrupted runs the program and interrupts it when text appears on out or err, where a progress bar is drawn.
func interrupted(out, err string, args ...string) (code int, stdout, stderr string) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	o, e := &trigger{text: out, stop: stop}, &trigger{text: err, stop: stop}
	code = run(&world{ctx, o, e, true}, args)
	return code, o.String(), e.String()
}

// TestResume interrupts a run in the middle of both epochs, between them, and while it is tested. Each time it says how
// to go on, and in the end everything is as in a run that nobody touched.
func TestResume(t *testing.T) {
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "run")
	must(t, append(long, "--out", whole)...)

	resume := []string{"train", "fusion", "--resume", "--out", dir}
	last := -1
	for i, at := range []struct{ out, err string }{
		{"", "epoch 1 ["}, {"epoch 1:", ""}, {"", "epoch 2 ["}, {"epoch 2:", ""},
	} {
		args := resume
		if i == 0 {
			args = append(long, "--out", dir)
		}
		code, out, err := interrupted(at.out, at.err, args...)
		message := "\nstopped and saved; go on with: braid train fusion --resume --out " + dir + "\n"
		if code != 130 || !strings.HasSuffix(err, message) {
			t.Fatalf("interruption %d: exit %d, %q, %q; want 130 and %q", i, code, out, err, message)
		}
		steps := done(t, dir)
		if steps <= last && i < 3 {
			t.Errorf("interruption %d: %d steps are done, %d were before", i, steps, last)
		}
		last = steps
		if _, err := os.Stat(filepath.Join(dir, modelFile)); err == nil {
			t.Errorf("interruption %d: there is a model already", i)
		}
	}
	refuse(t, 1, []string{"eval", "--model", dir}, modelFile, "a run is evaluated when it has ended")

	must(t, resume...)
	want, got := readResult(t, filepath.Join(whole, resultFile)), readResult(t, filepath.Join(dir, resultFile))
	if !maps.Equal(got.Test, want.Test) || got.Steps != want.Steps || got.Epochs != want.Epochs || got.Options != want.Options {
		t.Errorf("the result is %+v, want %+v", got, want)
	}
	for _, name := range []string{modelFile, "last/model.safetensors", "last/optim.safetensors", "best/model.safetensors", optionsFile} {
		if read(t, filepath.Join(dir, name)) != read(t, filepath.Join(whole, name)) {
			t.Errorf("%s has other bytes than that of the uninterrupted run", name)
		}
	}
	must(t, resume...) // nothing is left to do, and nothing changes
	if read(t, filepath.Join(dir, modelFile)) != read(t, filepath.Join(whole, modelFile)) {
		t.Error("resuming a run that has ended changed its model")
	}
}

// done is the steps in dir's checkpoint.
func done(t *testing.T, dir string) int {
	t.Helper()
	var s struct{ State struct{ Step int } }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, "last", "state.json"))), &s); err != nil {
		t.Fatal(err)
	}
	return s.State.Step
}

// TestInterruptedAtOnce: Ctrl-C before the first step loses nothing either.
func TestInterruptedAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if code, _, err := interrupted("samples to train on", "", with("train", "fusion", "--out", dir)...); code != 130 {
		t.Fatalf("exit %d, %s; want 130", code, err)
	}
	must(t, "train", "fusion", "--resume", "--out", dir)
	if read(t, filepath.Join(dir, modelFile)) != read(t, filepath.Join(trained(), modelFile)) {
		t.Error("the model has other bytes than that of the uninterrupted run")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out, err bytes.Buffer
	if code := run(&world{ctx, &out, &err, false}, []string{"eval", "--model", dir}); code != 130 || out.Len() != 0 {
		t.Errorf("eval: exit %d, %q, want 130 and nothing", code, out.String())
	}
}

// TestBar: on a terminal the bar is drawn over itself and leaves no trace between the lines of epochs.
func TestBar(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	code, out, err := interrupted("", "", append(long, "--out", dir)...)
	if code != 0 || strings.Contains(out, "\r") {
		t.Fatalf("exit %d, output %q", code, out)
	}
	drawn := strings.Split(err, "\r")
	for i, line := range drawn[1:] {
		if !strings.HasSuffix(line, "\x1b[K") || strings.ContainsAny(line, "\n") || len(line) > 79+len("\x1b[K") {
			t.Errorf("drawing %d is %q, want one line of at most 79 columns that clears the rest", i, line)
		}
	}
	if drawn[0] != "" || drawn[len(drawn)-1] != "\x1b[K" || !strings.Contains(err, "epoch 1 [") {
		t.Errorf("the bar was %q, want drawings, and an empty line at the end", err)
	}
}

// TestResumeOther resumes with flags that the run did not begin with, and what is no run.
func TestResumeOther(t *testing.T) {
	before := files(t, trained())
	resume := []string{"train", "fusion", "--resume", "--out", trained()}
	for flags, want := range map[string]string{
		"--lr 0.1":           "began with --lr 0.003",
		"--epochs 8":         "began with --epochs 1", // the default, but somebody asks for it
		"--merge add":        "began with --merge multiply",
		"--seed 9":           "began with --seed 1",
		"--data .":           "began with --data builtin",
		"--pictures 20":      "began with --pictures 100",
		"--text-encoder=bag": "began with --text-encoder rnn",
	} {
		refuse(t, 1, append(resume, strings.Fields(flags)...), trained(), want, "--resume goes on with that")
	}
	unchanged(t, trained(), before)
	refuse(t, 1, []string{"train", "fusion", "--resume", "--out", t.TempDir()}, "is not the folder of a run: it has no run.json")

	for text, want := range map[string]string{
		"":                              "unexpected end of JSON input",
		`{"data":"builtin","size":16`:   "unexpected end of JSON input",
		`{"data":"builtin","size":"x"}`: "size",
		`{"data":"builtin","size":3}`:   "--image-size is 3, want 16 to 512",
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, optionsFile)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		refuse(t, 1, []string{"train", "fusion", "--resume", "--out", dir}, path, want)
		refuse(t, 1, []string{"eval", "--model", dir}, path, want)
	}
}
