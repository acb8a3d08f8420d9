package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolds: every row is tested on once, and what was interrupted goes on.
func TestFolds(t *testing.T) {
	dir, run := ownData(t, "file_name,text,animal", nil), filepath.Join(t.TempDir(), "run")
	command := quick(dir, run, "--label", "animal", "--folds", "3")
	code, _, stderr := interrupted("fold 2/3", "", command...)
	if code != 130 || !strings.Contains(stderr, "the same command with --resume --out "+run) {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	out := must(t, append(command, "--resume")...)
	if strings.Contains(out, "fold 1/3") || !strings.Contains(out, "36 samples to train on, 4 to validate, 20 to test") || !strings.Contains(out, "\n3 folds: accuracy 0.") {
		t.Errorf("the output is\n%s", out)
	}
	var sum folds
	if err := json.Unmarshal([]byte(read(t, filepath.Join(run, resultFile))), &sum); err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, f := range sum.Folds {
		total += f["accuracy"]
	}
	if d := total/3 - sum.Mean["accuracy"]; len(sum.Folds) != 3 || !(d < 1e-9 && d > -1e-9) || sum.Deviation["accuracy"] < 0 {
		t.Errorf("the folds are %+v", sum)
	}
	whole := filepath.Join(t.TempDir(), "whole")
	must(t, quick(dir, whole, "--label", "animal", "--folds", "3")...)
	for _, name := range []string{"fold-1", "fold-2", "fold-3"} {
		if read(t, filepath.Join(run, name, modelFile)) != read(t, filepath.Join(whole, name, modelFile)) {
			t.Errorf("%s has another model than without an interruption", name)
		}
	}
	for flags, want := range map[string]string{
		"--folds 1": "--folds is 1, want 2 to 100", "--folds 3 --fold 1/3": "leave one of both out", "--fold 4/3": "--fold is 4/3",
		"--fold 1/100": "60 rows cannot be divided into 100 folds",
	} {
		refuse(t, 1, quick(dir, filepath.Join(t.TempDir(), "run"), append(strings.Fields(flags), "--label", "animal")...), want)
	}
	refuse(t, 1, with("train", "fusion", "--fold", "1/3"), "--fold divides pictures of your own")
	refuse(t, 2, with("train", "fusion", "--fold", "third"), `"third" is no fold`)
}

// TestFoldsCover: the test parts of all folds are all rows, each once, and rows of one picture stay together.
func TestFoldsCover(t *testing.T) {
	dir := t.TempDir()
	samples := writePictures(t, dir, 20)
	table := filepath.Join(dir, "m.csv")
	writeTable(t, table, append(samples, samples[:10]...), "file_name,text,animal", nil)
	o := &options{Data: table, sourceOptions: sourceOptions{Label: "animal", Valid: .1, Test: .1, Size: sideBySide(16), Level: 1}}
	seen := map[int]int{}
	for i := range 4 {
		o.Fold = fold{i + 1, 4}
		d, err := o.open(nil)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]bool{}
		for _, row := range d.parts[2].rows {
			seen[row]++
			files[d.parts[2].folder.File(row)] = true
		}
		for _, p := range d.parts[:2] {
			for _, row := range p.rows {
				if files[p.folder.File(row)] {
					t.Fatalf("fold %v has the picture of row %d on both sides", o.Fold, row)
				}
			}
		}
	}
	for row := range 30 {
		if seen[row] != 1 {
			t.Errorf("row %d is tested on %d times", row, seen[row])
		}
	}
}
