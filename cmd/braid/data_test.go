package main

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDataInfo looks at every line about a table with rows that lack something, and bad ones.
func TestDataInfo(t *testing.T) {
	dir := ownData(t, "file_name,text,animal", func(i int, row map[string]string) {
		switch {
		case i == 7:
			row["animal"] = ""
		case i%10 == 0:
			row["text"] = ""
		}
		if row["animal"] == "dog" && i%8 != 2 {
			row["animal"] = "cat"
		}
	})
	paintFile(t, filepath.Join(dir, "p0", "000.png"), color.Gray{9}, 300, 400)
	out := must(t, "data", "info", dir, "--image-size", "16")
	for _, want := range []string{
		"text: column text\n", "label: column animal, to classify\n", "           train  validation  test", "without a picture      0           0     0",
		"without a text", "cat     41", "pictures: 59 files, 59 PNG; 59 colour", "their size: 18x20 to 400x300 pixels (height x width), half of them at most 18x22; training makes them 16",
		"texts: 0 to 3 words, half of them at most 3, 95 % at most 3; 4 different words to train on",
		"1 bad row was left out:", "row 7: animal is empty",
		"try: braid train fusion --data " + dir + " --image-size 32 --text text --label animal --task classify --balanced --modality-dropout 0.2 --augment standard --epochs 60 --skip-bad",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output is\n%s\nwant %q in it", out, want)
		}
	}
	for _, data := range []string{"builtin:count", "builtin:tags", "builtin:unbalanced", idxFolder(t, 16, 16)} {
		if out := must(t, "data", "info", data, "--pictures", "40"); !strings.Contains(out, "rows") || !strings.Contains(out, "\ntry: braid train fusion --data "+data) {
			t.Errorf("%s: the output is\n%s", data, out)
		}
	}
	refuse(t, 1, []string{"data", "info", "nowhere"}, "nowhere: no such file")
	refuse(t, 1, []string{"data", "info", dir, "--image-size", "3"}, "--image-size is 3")
}

// TestDataPreview draws sheets of data of every kind. What they look like is for people; here they have their size, and
// are not all white.
func TestDataPreview(t *testing.T) {
	dir := ownData(t, "file_name,text,tags", func(i int, row map[string]string) {
		if i%3 == 0 {
			row["file_name"] = ""
		}
		row["text"] += " 汉字 with very many words that go on and on until the line is full and another one has to be begun"
	})
	for _, args := range [][]string{
		{dir, "--image-size", "16", "--label", "tags"}, {"builtin:count", "--pictures", "40"}, {"builtin:tags", "--pictures", "40", "--augment", "none"},
		{idxFolder(t, 16, 16)},
	} {
		path := filepath.Join(t.TempDir(), "sheet.png")
		out := must(t, append([]string{"data", "preview", "--out", path, "--rows", "3", "--copies", "2"}, args...)...)
		if !strings.Contains(out, "3 samples, each as it is and in 2 epochs") {
			t.Errorf("the output is %q", out)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if s := m.Bounds().Size(); s.X < 3*112 || s.Y < 3*112 || s.X > 500 || s.Y > 900 {
			t.Errorf("%v: the sheet has %v pixels", args, s)
		}
	}
	sheet := filepath.Join(t.TempDir(), "s.png")
	refuse(t, 1, []string{"data", "preview", dir, "--out", "nowhere/s.png", "--label", "tags"}, "nowhere")
	refuse(t, 1, []string{"data", "preview", dir, "--out", sheet, "--rows", "0"}, "--rows is 0, want 1 to 200")
	refuse(t, 1, []string{"data", "preview", dir, "--out", sheet, "--font", filepath.Join(dir, "metadata.csv"), "--label", "tags"}, "metadata.csv: the font cannot be read")
	refuse(t, 2, []string{"data", "preview", dir}, "missing flags: --out=FILE")
}
