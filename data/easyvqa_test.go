package data

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// dataFolder is a folder of the data that tests may use: below $BRAID_DATA, or below shared/data beside the module.
func dataFolder(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("BRAID_DATA")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir != filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the data are not here (%v); set BRAID_DATA to their folder", err)
	}
	return path
}

func TestEasyVQA(t *testing.T) {
	train, test, vocab, err := OpenEasyVQA(dataFolder(t, "easy-vqa"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 38575 || test.Len() != 9673 || len(train.Classes) != 13 {
		t.Errorf("%d and %d rows, %d classes, expected 38575, 9673 and 13", train.Len(), test.Len(), len(train.Classes))
	}
	for _, p := range []*Pairs{train, test} {
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if p.Texts.Shape()[1] != train.Texts.Shape()[1] {
			t.Errorf("texts are %v and %v", train.Texts.Shape(), p.Texts.Shape())
		}
		if slices.Contains(tensor.Values[int32](p.Texts), Unknown) {
			t.Error("a question has an unknown word")
		}
	}
	if s := train.Images.Shape(); !slices.Equal(s, []int{4000, 32, 32, 3}) {
		t.Errorf("images %v", s)
	}
	questions, answers := rowsOf(train, vocab)
	if train.Rows[0] != 0 || questions[0] != "what is the blue shape ?" || answers[0] != "rectangle" {
		t.Errorf("row 0 is %d, %q, %q", train.Rows[0], questions[0], answers[0])
	}
}

func TestIDXFilesOfMNISTAndOthers(t *testing.T) {
	for name, want := range map[string][]int{
		"mnist/t10k-labels-idx1-ubyte.gz":     {10000},
		"mnist/t10k-images-idx3-ubyte.gz":     {10000, 28, 28},
		"quickdraw/test-labels.idx1-short.gz": {6900},
	} {
		a, err := ReadIDXFile(dataFolder(t, name))
		if err != nil || !slices.Equal(a.Shape(), want) {
			t.Errorf("%s: %v, %v, expected %v", name, a.Shape(), err, want)
		}
	}
}

// easyVQA writes a small data set, with some files replaced.
func easyVQA(t *testing.T, replace map[string]string) string {
	t.Helper()
	images := string(idxBytes(t, numbered[uint8](2, 4, 4, 3)))
	files := map[string]string{
		"answers.txt":                  "yes\nno\n",
		"train-images-4.idx4-ubyte.gz": images,
		"test-images-4.idx4-ubyte.gz":  images,
		"train-questions.tsv.gz":       "image\tquestion\tanswer\n0\tis it red?\tyes\n1\tred?\tno\n",
		"test-questions.tsv.gz":        "question\tanswer\timage\nis it not blue or red?\tno\t1\n",
	}
	maps.Copy(files, replace)
	dir := t.TempDir()
	for name, content := range files {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEasyVQASmall(t *testing.T) {
	train, test, vocab, err := OpenEasyVQA(easyVQA(t, nil), 4)
	if err != nil {
		t.Fatal(err)
	}
	if got := vocab.Words; !slices.Equal(got, []string{"<pad>", "<unk>", "?", "red", "is", "it"}) {
		t.Errorf("vocabulary %q", got)
	}
	if got := tensor.Values[int32](train.Texts); !slices.Equal(got, []int32{4, 5, 3, 2, 3, 2, 0, 0}) {
		t.Errorf("train texts %v", got)
	}
	if got := tensor.Values[int32](test.Texts); !slices.Equal(got, []int32{4, 5, 1, 1}) {
		t.Errorf("test texts %v, expected them cut to the longest of train", got)
	}
	if got := tensor.Values[int32](test.Labels); !slices.Equal(got, []int32{1}) || test.Rows[0] != 1 {
		t.Errorf("test labels %v, images %v", got, test.Rows)
	}
}

func TestEasyVQAErrors(t *testing.T) {
	head := "image\tquestion\tanswer\n0\tred?\tyes\n"
	for _, tt := range []struct{ name, file, content, want string }{
		{"label", "train-questions.tsv.gz", head + "0\tred?\tmaybe\n", `train-questions.tsv.gz: row 2: the answer "maybe" is not in answers.txt, expected one of: yes, no`},
		{"image", "test-questions.tsv.gz", head + "2\tred?\tyes\n", `test-questions.tsv.gz: row 2: image is "2", expected 0 to 1`},
		{"negative", "test-questions.tsv.gz", head + "-1\tred?\tyes\n", `row 2: image is "-1"`},
		{"number", "test-questions.tsv.gz", head + "one\tred?\tyes\n", `row 2: image is "one"`},
		{"no rows", "train-questions.tsv.gz", head[:22], "train-questions.tsv.gz: there are no rows"},
		{"columns", "train-questions.tsv.gz", "image\tquestion\n", `train-questions.tsv.gz: there is no column "answer", the columns are: image, question`},
		{"shape", "test-images-4.idx4-ubyte.gz", string(idxBytes(t, numbered[uint8](2, 4, 5, 3))), "test-images-4.idx4-ubyte.gz: the images are [2 4 5 3] uint8, expected [m 4 4 3]"},
		{"type", "train-images-4.idx4-ubyte.gz", string(idxBytes(t, numbered[int32](2, 4, 4, 3))), "the images are [2 4 4 3] int32"},
		{"cut", "train-images-4.idx4-ubyte.gz", "\x00\x00\x08", "train-images-4.idx4-ubyte.gz: the header"},
		{"classes", "answers.txt", "yes\nyes\n", "answers.txt: line 2"},
		{"blank class", "answers.txt", "yes\n\nno\n", "answers.txt: line 2"},
		{"no classes", "answers.txt", "", "answers.txt"},
		{"missing", "test-questions.tsv.gz", "", "test-questions.tsv.gz: no such file"},
	} {
		_, _, _, err := OpenEasyVQA(easyVQA(t, map[string]string{tt.file: tt.content}), 4)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "data: ") {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
	}
	wantMisuse(t, "size is -4", func() { _, _, _, _ = OpenEasyVQA(".", -4) })
}
