package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedModel cuts a model's file anywhere and flips bytes of its header. Every command that reads it says which
// file is wrong. What it cannot know is whether a class has another name, so within the configuration's text a flip may
// pass, but nothing worse.
func TestDamagedModel(t *testing.T) {
	whole := read(t, filepath.Join(trained(), modelFile))
	header := 8 + int(binary.LittleEndian.Uint64([]byte(whole)))
	config := strings.Index(whole, `"config":"`)
	configEnd := config + strings.Index(whole[config:], `}"`)
	if config < 0 || configEnd < config {
		t.Fatal("the header has no configuration")
	}
	path, picture := filepath.Join(t.TempDir(), "m.safetensors"), drawing(t, 16)
	ask := []string{"predict", "--model", path, "--image", picture, "--text", "what colour is the shape ?"}
	damage := func(b string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 40 {
		damage(whole[:i*(len(whole)-1)/39])
		refuse(t, 1, ask, path)
	}
	damage(whole + "x")
	refuse(t, 1, ask, path)
	refuse(t, 1, []string{"summary", "--model", path}, path)

	for i := range 120 {
		at := i * (header - 1) / 119
		flipped := []byte(whole)
		flipped[at] ^= byte(1 + i%255)
		damage(string(flipped))
		code, _, err := braid(ask...)
		passes := code == 0 && (at > config && at < configEnd || whole[at] == ' ')
		if !passes && (code != 1 || !strings.Contains(err, path)) && !strings.Contains(err, "the model knows no word") {
			t.Errorf("byte %d of the header (%q) flipped: exit %d, %q; want an error that names the file", at, whole[at], code, err)
		}
	}
	damage(whole)
	must(t, ask...)
}

// TestDamagedRun: eval with what is no model, or the model of other data.
func TestDamagedRun(t *testing.T) {
	dir := t.TempDir()
	options := read(t, filepath.Join(trained(), optionsFile))
	model := read(t, filepath.Join(trained(), modelFile))
	for _, c := range []struct{ options, model, want string }{
		{options, model[:1000], modelFile},
		{options, read(t, filepath.Join(trained(), "last", modelFile)), "a model written by Fusion.Save"},
		{strings.Replace(options, `"level": 1`, `"level": 2`, 1), model, "the model was trained for [yes no"},
		{strings.Replace(options, `"size": 16`, `"size": 17`, 1), model, "[n 16 16 3] is expected"},
		{strings.Replace(options, `"builtin"`, `"/nowhere"`, 1), model, "/nowhere"},
	} {
		for name, text := range map[string]string{optionsFile: c.options, modelFile: c.model} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		refuse(t, 1, []string{"eval", "--model", dir}, c.want)
	}
}

// TestDamagedCheckpoint: a run whose checkpoint is broken is not resumed, and nothing of it is overwritten.
func TestDamagedCheckpoint(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS(trained())); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{modelFile, "optim.safetensors", "state.json"} {
		path := filepath.Join(dir, "last", name)
		whole := read(t, path)
		for _, b := range []string{"", whole[:len(whole)/2], strings.Replace(whole, whole[100:110], "xxxxxxxxxx", 1)} {
			if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
				t.Fatal(err)
			}
			before := files(t, dir)
			refuse(t, 1, []string{"train", "fusion", "--resume", "--out", dir}, path, "to begin anew")
			unchanged(t, dir, before)
		}
		if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "train", "fusion", "--resume", "--out", dir)
}

// TestBadQuestion asks about what is no picture, and in words that nobody taught.
func TestBadQuestion(t *testing.T) {
	picture := drawing(t, 40)
	png := read(t, picture)
	for name, b := range map[string]string{
		"empty": "", "text": "this is not a picture", "cut": png[:len(png)/2], "head": png[:20],
		"huge": png[:16] + "\x7f\xff\xff\xff\x7f\xff\xff\xff" + png[24:],
	} {
		path := filepath.Join(t.TempDir(), name+".png")
		if err := os.WriteFile(path, []byte(b), 0o644); err != nil {
			t.Fatal(err)
		}
		refuse(t, 1, []string{"predict", "--model", trained(), "--image", path, "--text", "what colour is the shape ?"}, path)
	}
	refuse(t, 1, []string{"predict", "--model", trained(), "--image", picture, "--text", ""}, "--text is missing")
	for _, text := range []string{" ", "xyzzy plugh", "!"} {
		refuse(t, 1, []string{"predict", "--model", trained(), "--image", picture, "--text", text},
			fmt.Sprintf("knows no word of %q; it knows: ", text), "triangle")
	}
	refuse(t, 1, []string{"predict", "--model", trained(), "--image", picture, "--text", "shape", "--top", "0"}, "--top is 0, want at least 1")
	dir := t.TempDir()
	refuse(t, 2, []string{"predict", "--model", trained(), "--image", dir, "--text", "shape"}, dir)
}
