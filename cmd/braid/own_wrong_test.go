package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChoose: which column is what is guessed where there is one way to read a table, and asked where there are more.
func TestChoose(t *testing.T) {
	for _, c := range []struct{ columns, flags, want string }{
		{"file_name,text,animal,extra", "", "which column has the label? There are: file_name, text, animal, extra. Name it with --label"},
		{"file_name,tags,animal,extra", "--label animal --text nothing", "--text is nothing, but there is no such column; there are: file_name, tags, animal, extra"},
		{"file_name,text,animal", "--label colour", "--label is colour, but there is no such column; there are: file_name, text, animal"},
		{"file_name,text,animal", "--image picture", "--image is picture, but there is no such column"},
		{"file_name,text,size,extra", "--label size,extra --task classify", "--label names 2 columns, which only --task regress can learn"},
		{"file_name,text,extra", "--label extra", "the column extra has 60 different whole numbers: are they classes or amounts?"},
		{"file_name,animal,size,extra", "--label animal", "which column has the text?"},
		{"text,animal", "", "which column names the pictures' files? There are: text, animal. Name it with --image"},
		{"file_name,text,animal", "--label animal --task regress", "metadata.csv: row 1: animal is \"cat\", expected a finite number"},
		{"file_name,text,size", "--label size --loss ce", "--loss is ce, want one of mse, mae, huber to regress"},
		{"file_name,text,animal", "--valid-share 0", "has no validation part, and the share to hold back for one is 0"},
		{"file_name,text,animal", "--valid-share 0.7", "--valid-share is 0.7, want more than 0, at most 0.5"},
		{"file_name,text,animal", "--image-size 600", "--image-size is 600, want 16 to 512 a side"},
		{"file_name,text,animal", "--max-tokens 9999", "--max-tokens is 9999"},
	} {
		dir := ownData(t, c.columns, nil)
		args := append([]string{"train", "fusion", "--data", dir, "--out", filepath.Join(t.TempDir(), "run"), "--epochs", "1"}, strings.Fields(c.flags)...)
		refuse(t, 1, args, c.want)
	}
	for columns, want := range map[string]string{
		"file_name,text":             "label: the class folders", // p0, p1 and p2
		"file_name,text,animal":      "label: column animal, to classify",
		"file_name,animal,text":      "text: column text",
		"file_name,tags":             "label: the class folders",
		"file_name,size,animal,text": "", // two ways
	} {
		code, out, err := braid(quick(ownData(t, columns, nil), filepath.Join(t.TempDir(), "run"))...)
		if want == "" {
			if code != 1 || !strings.Contains(err, "which column has the label?") {
				t.Errorf("%s: exit %d, %s", columns, code, err)
			}
		} else if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit %d, %s %s, want %q", columns, code, out, err, want)
		}
	}
}

// TestOwnFlags refuses settings that cannot be.
func TestOwnFlags(t *testing.T) {
	for flags, want := range map[string]string{
		"--augment wild":          `"wild" is neither a preset`,
		"--augment flip,standard": `"standard" is neither a preset`,
		"--augment crop":          `crop is "": a number was expected`,
		"--augment crop=1.5":      "crop is 1.5: a whole number",
		"--augment flip=maybe":    `flip is "maybe": yes or no`,
		"--augment rotate=999":    "Rotate is 999, expected 0 to 180",
		"--image-size wide":       `"wide" is no size`,
		"--loss big":              "--loss must be one of",
		"--task guess":            "--task must be one of",
		"--vectors nowhere":       "nowhere: no such file or directory",
	} {
		refuse(t, 2, append([]string{"train", "fusion"}, strings.Fields(flags)...), want)
	}
	for flags, want := range map[string]string{
		"--modality-dropout 1":               "--modality-dropout is 1, want 0 <= share < 1",
		"--modality-dropout 0.5 --only text": "--only text leaves one",
		"--gamma 11":                         "--gamma is 11, want 0 to 10",
		"--label-smoothing 1":                "--label-smoothing is 1",
		"--vectors-freeze":                   "--vectors-freeze needs --vectors",
		"--image-size 32x48":                 "generated pictures, which are square",
	} {
		refuse(t, 1, append([]string{"train", "fusion"}, strings.Fields(flags)...), want)
	}
}

// TestBadRows spoils rows: the first is an error that names file and row, or all are counted and listed.
func TestBadRows(t *testing.T) {
	spoil := func(i int, row map[string]string) {
		switch i {
		case 3:
			row["file_name"] = "p0/nowhere.png"
		case 10:
			row["animal"] = ""
		case 20:
			row["file_name"], row["text"] = "", ""
		}
	}
	dir := ownData(t, "file_name,text,animal", spoil)
	write(t, filepath.Join(dir, "p0"), "030.png", []byte("no picture")) // that of row 31
	run := filepath.Join(t.TempDir(), "run")
	refuse(t, 1, quick(dir, run, "--label", "animal"), "metadata.csv: row 3: ", "p0/nowhere.png")
	out := must(t, quick(dir, run, "--label", "animal", "--skip-bad")...)
	for _, want := range []string{
		"4 bad rows were left out:", "metadata.csv: row 3: file_name is \"p0/nowhere.png\"", "metadata.csv: row 10: animal is empty, expected a class",
		"metadata.csv: row 20: there is neither a picture", "metadata.csv: row 31: p0/030.png: the format is not known",
		"45 samples to train on, 5 to validate, 6 to test, 2 classes",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output is\n%s\nwant %q in it", out, want)
		}
	}
	// Where the pictures are all there, a damaged one is found when it is read.
	damaged := ownData(t, "file_name,text,animal", nil)
	write(t, filepath.Join(damaged, "p0"), "030.png", []byte("no picture"))
	refuse(t, 1, quick(damaged, filepath.Join(t.TempDir(), "run"), "--label", "animal"), "metadata.csv: row 31: p0/030.png: the format is not known")

	// The same rows to predict. The model knows no missing inputs, so a row without a text is bad too.
	table := filepath.Join(dir, "rows.csv")
	writeTable(t, table, []sample{
		{file: "p0/000.png", text: "a warm picture"}, {file: "p0/nowhere.png", text: "a warm picture"},
		{file: "p1/001.png"}, {file: "p2/002.png", text: "never heard words"},
	}, "file_name,text", nil)
	predict := []string{"predict", "--model", run, "--data", table}
	refuse(t, 1, predict, "rows.csv: row 2: ", "nowhere.png")
	code, stdout, stderr := braid(append(predict, "--skip-bad")...)
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if code != 0 || err != nil || len(rows) != 3 || rows[1][0] != "1" || rows[2][0] != "4" {
		t.Fatalf("exit %d, %v, %v", code, rows, err)
	}
	for _, want := range []string{"2 bad rows were left out:", "row 2: ", "row 3: there is no text", "1 row has a text of which the model knows no word"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("the errors are %q, want %q in it", stderr, want)
		}
	}
	for flags, want := range map[string]string{
		"--data nowhere.csv":                            "nowhere.csv: no such file",
		"--data " + filepath.Join(dir, "p0", "000.png"): "is neither a folder nor a table",
		"--data " + table + " --image-column x":         "--image-column is x, but there is no such column; there are: file_name, text",
		"--data " + table + " --out nowhere/p.csv":      "nowhere",
		"--data " + table + " --text x":                 "are for one sample without it",
		"":                                              "--image and --text, or --data, are expected",
	} {
		refuse(t, 1, append([]string{"predict", "--model", run}, strings.Fields(flags)...), want)
	}
}

// TestSplits: parts come from folders or from a column, and what is not there is held back.
func TestSplits(t *testing.T) {
	dir := t.TempDir()
	for _, split := range []string{"train", "test"} {
		inner := filepath.Join(dir, split)
		writeTable(t, filepath.Join(inner, "metadata.csv"), writePictures(t, inner, 40), "file_name,text,animal", nil)
	}
	out := must(t, quick(dir, filepath.Join(t.TempDir(), "run"))...)
	if !strings.Contains(out, "36 samples to train on, 4 to validate, 40 to test") {
		t.Errorf("of folders the output is\n%s", out)
	}
	table := filepath.Join(t.TempDir(), "all.csv")
	samples := writePictures(t, filepath.Dir(table), 60)
	writeTable(t, table, samples, "file_name,text,animal,split", func(i int, row map[string]string) {
		row["split"] = []string{"train", "train", "train", "val", "test"}[i%5]
	})
	out = must(t, quick(table, filepath.Join(t.TempDir(), "run"), "--label", "animal")...)
	if !strings.Contains(out, "36 samples to train on, 12 to validate, 12 to test") {
		t.Errorf("of a column the output is\n%s", out)
	}
	// Rows of one picture stay on one side.
	shared := append(append([]sample{}, samples...), samples...)
	writeTable(t, table, shared, "file_name,text,animal", nil)
	out = must(t, quick(table, filepath.Join(t.TempDir(), "run"), "--label", "animal", "--test-share", "0.5")...)
	if !strings.Contains(out, "54 samples to train on, 6 to validate, 60 to test") {
		t.Errorf("of shared pictures the output is\n%s", out)
	}
	writeTable(t, table, samples, "file_name,text,animal,split", func(i int, row map[string]string) { row["split"] = "more" })
	refuse(t, 1, quick(table, filepath.Join(t.TempDir(), "run")), `the column split has "more": train, validation or test was expected`)
}

// TestClassFolders: pictures in folders without any table.
func TestClassFolders(t *testing.T) {
	dir, run := t.TempDir(), filepath.Join(t.TempDir(), "run")
	writePictures(t, dir, 60)
	out := must(t, quick(dir, run)...)
	if !strings.Contains(out, "there is no table: pictures alone, without texts") || !strings.Contains(out, "3 classes, no words") {
		t.Errorf("the output is\n%s", out)
	}
	must(t, "predict", "--model", run, "--image", filepath.Join(dir, "p0", "000.png"))
	refuse(t, 1, []string{"predict", "--model", run, "--image", filepath.Join(dir, "p0", "000.png"), "--text", "x"}, "trained without texts")
	rows := must(t, "predict", "--model", run, "--data", dir)
	if !strings.HasPrefix(rows, "row,file_name,prediction,p(p0),p(p1),p(p2)\n1,p0/000.png,") || strings.Count(rows, "\n") != 61 {
		t.Errorf("the rows are\n%s", rows)
	}
	refuse(t, 1, quick(dir, run+"2", "--label", "animal"), "has no metadata.csv, metadata.tsv or metadata.jsonl: --label names a column of one")
	if err := os.RemoveAll(filepath.Join(dir, "p1")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "p2")); err != nil {
		t.Fatal(err)
	}
	refuse(t, 1, quick(dir, run+"2"), "all rows are of the class p0: at least two classes were expected")
	refuse(t, 1, quick(t.TempDir(), run+"2"), "there are no pictures, expected at least one")
	write(t, dir, "notes.txt", []byte("x"))
	refuse(t, 1, quick(filepath.Join(dir, "notes.txt"), run+"2"), "is neither a folder nor a table")
}

// TestEvalOther measures a model on other data than its own: on all of them.
func TestEvalOther(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	must(t, quick(ownData(t, "file_name,text,animal", nil), run, "--label", "animal")...)
	other := t.TempDir()
	table := filepath.Join(other, "other.csv")
	writeTable(t, table, writePictures(t, other, 20), "file_name,text,animal", nil)
	if out := must(t, "eval", "--model", run, "--data", table); !strings.Contains(out, "(20 samples") {
		t.Errorf("the output is\n%s\nwant all 20 samples", out)
	}
	writeTable(t, table, writePictures(t, other, 20), "file_name,text,animal", func(i int, row map[string]string) {
		if i == 3 {
			row["text"] = ""
		}
	})
	refuse(t, 1, []string{"eval", "--model", run, "--data", table}, "the data lack 0 pictures and 1 texts", "--modality-dropout")
	writeTable(t, table, writePictures(t, other, 20), "file_name,text,animal", func(_ int, row map[string]string) { row["animal"] = "cow" })
	refuse(t, 1, []string{"eval", "--model", run, "--data", table}, "other.csv: row 1: ", `the class "cow" is not known, expected one of: cat, dog`)
}
