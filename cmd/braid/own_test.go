package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sample is a picture of one colour with a word, and what there is to learn about them.
type sample struct{ file, text, animal, tags, size string }

var (
	paints = []color.RGBA{{200, 30, 30, 255}, {30, 30, 200, 255}}
	words  = []string{"warm", "cold"}
)

// writePictures writes n pictures, in folders below dir, and says what goes with them: the animal depends on colour and
// word together, the tags on each, the size on the word.
func writePictures(t *testing.T, dir string, n int) (samples []sample) {
	t.Helper()
	for i := range n {
		paint, word := i%2, i/2%2
		s := sample{
			file: fmt.Sprintf("p%d/%03d.png", i%3, i), text: fmt.Sprintf("a %s picture", words[word]),
			animal: []string{"cat", "dog"}[paint^word], tags: []string{"red", "blue"}[paint] + "|" + words[word],
			size: fmt.Sprint(float64(10+100*word) + .5),
		}
		paintFile(t, filepath.Join(dir, s.file), paints[paint], 20+i%5, 18)
		samples = append(samples, s)
	}
	return samples
}

func paintFile(t *testing.T, path string, c color.Color, w, h int) {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.Set(i%w, i/w, c)
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	var f *os.File
	if err == nil {
		f, err = os.Create(path)
	}
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

// writeTable writes samples as CSV, with the columns that are asked for. change may spoil a row, of number i from 1.
func writeTable(t *testing.T, path string, samples []sample, columns string, change func(i int, row map[string]string)) {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	names := strings.Split(columns, ",")
	rows := [][]string{names}
	for i, s := range samples {
		row := map[string]string{"file_name": s.file, "text": s.text, "animal": s.animal, "tags": s.tags, "size": s.size, "extra": strconv.Itoa(i)}
		if change != nil {
			change(i+1, row)
		}
		fields := make([]string, len(names))
		for k, name := range names {
			fields[k] = row[name]
		}
		rows = append(rows, fields)
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Dir(path), filepath.Base(path), []byte(b.String()))
}

// ownData is 60 samples with a metadata.csv, in a folder.
func ownData(t *testing.T, columns string, change func(i int, row map[string]string)) (dir string) {
	t.Helper()
	dir = t.TempDir()
	writeTable(t, filepath.Join(dir, "metadata.csv"), writePictures(t, dir, 60), columns, change)
	return dir
}

// quick is a training of own data that takes a moment.
func quick(data, out string, flags ...string) []string {
	return append([]string{"train", "fusion", "--data", data, "--out", out, "--image-size", "16", "--epochs", "2", "--batch", "16"}, flags...)
}

// TestOwnData trains on an image folder and on a table, of each kind of task, and predicts with what was saved.
func TestOwnData(t *testing.T) {
	for name, c := range map[string]struct {
		columns, flags string
		says           []string
		measures       string
	}{
		"classes": {"file_name,text,animal", "--text text --label animal",
			[]string{"label: column animal, to classify", "49 samples to train on, 5 to validate, 6 to test, 2 classes, 6 words", "test: accuracy "}, "accuracy f1_macro loss"},
		"guessed": {"file_name,text,animal", "",
			[]string{"text: column text", "label: column animal, to classify", "2 classes"}, "accuracy f1_macro loss"},
		"labels": {"file_name,text,tags", "--label tags",
			[]string{"to multilabel", "4 labels", "test: macro F1 "}, "exact_match f1_macro f1_micro loss"},
		"numbers": {"file_name,text,size", "--label size",
			[]string{"to regress", "1 number to predict", "test: R2 "}, "loss mae mse r2"},
		"two numbers": {"file_name,text,size,extra", "--label size,extra",
			[]string{"label: column size, extra, to regress", "2 numbers to predict"}, "loss mae mse r2"},
		"no texts": {"file_name,animal", "",
			[]string{"image only", "no words"}, "accuracy f1_macro loss"},
		"left out": {"file_name,text,animal", "--text none --label animal",
			[]string{"image only", "no words"}, "accuracy f1_macro loss"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := ownData(t, c.columns, nil)
			run := filepath.Join(t.TempDir(), "run")
			out := must(t, quick(dir, run, strings.Fields(c.flags)...)...)
			for _, s := range c.says {
				if !strings.Contains(out, s) {
					t.Errorf("the output is\n%s\nwant %q in it", out, s)
				}
			}
			r := readResult(t, filepath.Join(run, resultFile))
			if got := strings.Join(slices.Sorted(maps.Keys(r.Test)), " "); got != c.measures {
				t.Errorf("measured are %s, want %s", got, c.measures)
			}
			again := filepath.Join(t.TempDir(), "e.json")
			must(t, "eval", "--model", run, "--json", again)
			if got := readResult(t, again); !maps.Equal(got.Test, r.Test) {
				t.Errorf("eval has %v, the run had %v", got.Test, r.Test)
			}
			manifest := quick(filepath.Join(dir, "metadata.csv"), filepath.Join(t.TempDir(), "run"), strings.Fields(c.flags)...)
			if text := must(t, manifest...); !strings.Contains(text, "test: ") {
				t.Errorf("the table gives %q", text)
			}
			predictions := filepath.Join(t.TempDir(), "p.csv")
			must(t, "predict", "--model", run, "--data", filepath.Join(dir, "metadata.csv"), "--out", predictions)
			if n := strings.Count(read(t, predictions), "\n"); n != 61 {
				t.Errorf("there are %d lines, want a header and 60 rows", n)
			}
		})
	}
}

// TestPredictRows: the rows of a table are predicted as each is alone, in their order.
func TestPredictRows(t *testing.T) {
	dir, run := ownData(t, "file_name,text,animal,extra", nil), filepath.Join(t.TempDir(), "run")
	must(t, quick(dir, run, "--text", "text", "--label", "animal", "--epochs", "12")...)
	out := filepath.Join(t.TempDir(), "p.csv")
	said := must(t, "predict", "--model", run, "--data", dir, "--out", out, "--batch", "7")
	if !strings.Contains(said, "60 rows predicted") {
		t.Errorf("the output is %q", said)
	}
	rows, err := csv.NewReader(strings.NewReader(read(t, out))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], ","); got != "row,file_name,text,prediction,p(cat),p(dog)" {
		t.Errorf("the header is %s", got)
	}
	right := 0
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i+1) || row[1] != fmt.Sprintf("p%d/%03d.png", i%3, i) {
			t.Fatalf("row %d is %v", i+1, row)
		}
		if row[3] == []string{"cat", "dog"}[i%2^i/2%2] {
			right++
		}
		if i%20 != 0 {
			continue
		}
		var one []answer
		text := must(t, "predict", "--model", run, "--image", filepath.Join(dir, row[1]), "--text", row[2], "--json")
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Fatal(err)
		}
		p, err := strconv.ParseFloat(row[4+slices.Index([]string{"cat", "dog"}, one[0].Class)], 32)
		// Six digits are written; a batch of another size may round otherwise.
		if d := p - float64(one[0].Probability); err != nil || one[0].Class != row[3] || !(d < 1e-5 && d > -1e-5) {
			t.Errorf("row %d is %v, alone it is %v", i+1, row, one)
		}
	}
	if right < 55 {
		t.Errorf("%d of 60 rows are right: the model has learned nothing", right)
	}
	if printed := must(t, "predict", "--model", run, "--data", dir, "--batch", "7"); printed != read(t, out) {
		t.Error("without --out the predictions are other ones")
	}
}
