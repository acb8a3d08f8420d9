package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// writeEasyVQA makes a folder of easy-VQA's files from generated pictures.
func writeEasyVQA(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	train, test, vocab := data.Shapes(data.ShapesConfig{Train: 40, Test: 20, Size: 16})
	write(t, dir, "answers.txt", []byte(strings.Join(train.Classes, "\n")+"\n"))
	for name, p := range map[string]*data.Pairs{"train": train, "test": test} {
		var images bytes.Buffer
		if err := data.WriteIDX(&images, p.Images); err != nil {
			t.Fatal(err)
		}
		write(t, dir, name+"-images-16.idx4-ubyte.gz", zipped(t, images.Bytes()))
		table := "image\tquestion\tanswer\n"
		for i, row := range p.Rows {
			question := vocab.Decode(tensor.Values[int32](p.Texts.Slice(i, i+1)))
			table += fmt.Sprintf("%d\t%s\t%s\n", row, question, p.Classes[tensor.Values[int32](p.Labels)[i]])
		}
		write(t, dir, name+"-questions.tsv.gz", zipped(t, []byte(table)))
	}
	return dir
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := w.Write(b)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func TestEasyVQA(t *testing.T) {
	dir, out := writeEasyVQA(t), filepath.Join(t.TempDir(), "run")
	text := must(t, "train", "fusion", "--data", dir, "--size", "16", "--epochs", "2", "--out", out)
	if !strings.Contains(text, dir+", ") || !strings.Contains(text, "190 samples to train on, 10 to validate, 100 to test, 13 classes") {
		t.Errorf("the output is %q", text)
	}
	must(t, "eval", "--model", out)
	must(t, "eval", "--model", out, "--data", dir)
	refuse(t, 1, []string{"eval", "--model", trained(), "--data", dir}, "words")
	must(t, "predict", "--model", out, "--image", drawing(t, 20), "--text", "what colour is the shape ?")
}

// TestRelativeData: a run finds its data again from another folder.
func TestRelativeData(t *testing.T) {
	dir, out := writeEasyVQA(t), filepath.Join(t.TempDir(), "run")
	t.Chdir(filepath.Dir(dir))
	flags := []string{"train", "fusion", "--data", filepath.Base(dir), "--out", out}
	must(t, append(flags, "--size", "16", "--epochs", "1")...)
	must(t, append(flags, "--resume")...)
	t.Chdir(t.TempDir())
	must(t, "train", "fusion", "--resume", "--out", out)
	must(t, "eval", "--model", out)
}

// TestBadEasyVQA spoils one file after the other. The error names it, and the row where there is one.
func TestBadEasyVQA(t *testing.T) {
	table := func(rows ...string) []byte {
		return zipped(t, []byte("image\tquestion\tanswer\n"+strings.Join(rows, "\n")+"\n"))
	}
	good := writeEasyVQA(t)
	images, questions := "train-images-16.idx4-ubyte.gz", "test-questions.tsv.gz"
	idx, tsv := []byte(read(t, filepath.Join(good, images))), []byte(read(t, filepath.Join(good, questions)))
	for _, c := range []struct {
		name    string
		content []byte // nil: removed
		want    string
	}{
		{"answers.txt", nil, "no such file"},
		{"answers.txt", []byte{}, "the file is empty, expected one name a line"},
		{"answers.txt", []byte("yes\nno\nyes\n"), "line 3"},
		{"answers.txt", []byte("yes\nno\n"), "is not in answers.txt, expected one of: yes, no"},
		{images, nil, "no such file"},
		{images, []byte{}, ""},
		{images, idx[:len(idx)/2], "unexpected EOF"},
		{images, idx[:len(idx)-4], "unexpected EOF"},
		{images, append([]byte("xx"), idx...), ""},
		{images, zipped(t, []byte("\x00\x00\x08\x01\x00\x00\x00\x02ab")), "[2]"},
		{questions, nil, "no such file"},
		{questions, tsv[:len(tsv)/2], "unexpected EOF"},
		{questions, table(), ""},
		{questions, table("0\twhat\tyes", "1\twhat\tmaybe"), `row 2: the answer "maybe" is not in answers.txt`},
		{questions, table("0\twhat\tyes", "0\tx\tyes", "20\twhat\tno"), `row 3: image is "20", expected 0 to 19`},
		{questions, table("0\twhat\tyes", "-1\twhat\tno"), `row 2: image is "-1"`},
		{questions, table("0\twhat\tyes", "what\tno"), "row 2"},
		{questions, zipped(t, []byte("image\tquestion\n0\twhat\n")), "answer"},
	} {
		dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
		if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, c.name)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if c.content != nil {
			write(t, dir, c.name, c.content)
		}
		// Answers that are missing are noticed where one is used.
		if c.name == "answers.txt" && strings.Contains(c.want, "is not in") {
			path = filepath.Join(dir, "train-questions.tsv.gz: row ")
		}
		refuse(t, 1, []string{"train", "fusion", "--data", dir, "--size", "16", "--out", out}, path, c.want)
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s, %s: the run's folder was made", c.name, c.want)
		}
	}
	refuse(t, 1, []string{"train", "fusion", "--data", good, "--size", "32"}, "train-images-32.idx4-ubyte.gz: no such file")
}
