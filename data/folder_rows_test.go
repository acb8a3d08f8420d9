package data

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/braidml/braid/tensor"
)

func openRows(t *testing.T, dir fstest.MapFS, o FolderOptions) *ImageFolder {
	t.Helper()
	o.Height, o.Width = 4, 5
	f, err := OpenImageFolder(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestListsOfTexts: one of a row's texts is read, another one in other epochs; without drawing the first.
func TestListsOfTexts(t *testing.T) {
	dir := folder(t, map[string]string{"a.png": "#1", "metadata.jsonl": `{"file_name": "a.png", "text": ["one", "two words", " "]}
{"file_name": "a.png", "text": "three"}
{"file_name": "a.png", "text": []}
`})
	f := openRows(t, dir, FolderOptions{Text: "text"})
	if got := f.Texts(0); !slices.Equal(got, []string{"one", "two words"}) || f.Text(1) != "three" || f.Text(2) != "" {
		t.Errorf("the texts are %q, %q, %q", got, f.Text(1), f.Text(2))
	}
	seen := map[string]int{}
	for epoch := range 40 {
		var b Pair
		if err := f.Read(&b, []int{0, 1, 2}, NewRowRand(1, epoch)); err != nil {
			t.Fatal(err)
		}
		ids := tensor.Values[int32](b.Text)
		seen[f.Vocab.Decode(ids[:2])]++
		if f.Vocab.Decode(ids[2:4]) != "three" || f.Vocab.Decode(ids[4:]) != "" || tensor.Values[uint8](b.Has)[5] != 0 {
			t.Fatalf("the rows have %v, %v", ids, b.Has.Any())
		}
	}
	// Half of 40 each; five standard deviations are 16.
	if len(seen) != 2 || seen["one"] < 4 || seen["two words"] < 4 {
		t.Errorf("drawn are %v", seen)
	}
	b, _ := readAll(t, f)
	if got := f.Vocab.Decode(tensor.Values[int32](b.Text)[:2]); got != "one" {
		t.Errorf("without drawing the text is %q", got)
	}
	f.Encode(BuildVocab([]string{"words three"}, 0, 1), 1)
	b, _ = readAll(t, f)
	if !slices.Equal(b.Text.Shape(), []int{3, 1}) || f.Vocab.Decode(tensor.Values[int32](b.Text)) != "<unk> three" {
		t.Errorf("with another vocabulary: %v %v", b.Text.Shape(), b.Text.Any())
	}
}

// TestCache: a picture is decoded once, and has the same pixels ever after, augmented or not.
func TestCache(t *testing.T) {
	files := map[string]string{"x/a.png": "#1", "x/b.png": "#2", "y/c.png": "#3"}
	dir := folder(t, files)
	f := openRows(t, dir, FolderOptions{CacheBytes: 3 * 4 * 5 * 3})
	over := openRows(t, dir, FolderOptions{CacheBytes: 3*4*5*3 - 1})
	_, first := readAll(t, f)
	strong := Augmented(f, &Augment{Flip: true, Brightness: 1, Erase: 1})
	var changed Pair
	if err := strong.Read(&changed, []int{0, 1, 2}, NewRowRand(1, 1)); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		delete(dir, name)
	}
	if _, again := readAll(t, f); !slices.Equal(first, again) || first[0] == first[1] {
		t.Errorf("the pictures are %v, then %v", first, again)
	}
	var b Pair
	if err := over.Read(&b, []int{0}, nil); err == nil {
		t.Error("what is larger than the cache was kept")
	}
}

func TestRowsOfFolders(t *testing.T) {
	dir := folder(t, map[string]string{"x/a.png": "#1", "y/b.png": "#2"})
	f := openRows(t, dir, FolderOptions{})
	if !slices.Equal(tensor.Values[int32](f.Targets([]int{1, 0})), []int32{1, 0}) || f.Row(1) != 0 {
		t.Errorf("targets %v, row %d", f.Targets([]int{1, 0}).Any(), f.Row(1))
	}
	if i, err := f.Inspect(1); err != nil || i != (ImageInfo{"png", "grey", 5, 4}) {
		t.Errorf("the second file is %v, %v", i, err)
	}
	bare := openRows(t, dir, FolderOptions{NoLabel: true})
	if bare.Labels != nil || !bare.Targets([]int{0}).Absent() {
		t.Error("NoLabel has labels")
	}
	if _, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, NoLabel: true, Tags: "x"}); err == nil || !strings.Contains(err.Error(), "NoLabel is set") {
		t.Errorf("NoLabel with tags: %v", err)
	}
	table := folder(t, map[string]string{"a.png": "#1", "metadata.csv": "file_name,text,n\na.png,one,1.5\n,two,2\na.png,,3\n"})
	f = openRows(t, table, FolderOptions{Text: "text", Numbers: []string{"n"}})
	for row, want := range [][2]bool{{true, true}, {false, true}, {true, false}} {
		if image, text := f.Has(row); [2]bool{image, text} != want || f.Row(row) != row+1 {
			t.Errorf("row %d, number %d, has %v and %v", row, f.Row(row), image, text)
		}
	}
	if got := f.Targets([]int{2, 0}); !slices.Equal(tensor.Values[float32](got), []float32{3, 1.5}) || !slices.Equal(got.Shape(), []int{2, 1}) {
		t.Errorf("the numbers are %v %v", got.Shape(), got.Any())
	}
	if _, err := f.Inspect(1); err == nil || !strings.Contains(err.Error(), "metadata.csv: row 2: there is no picture") {
		t.Errorf("a row without a picture: %v", err)
	}
}

// TestSurvey counts the same in every format.
func TestSurvey(t *testing.T) {
	rows := "file_name,text,tags,n\na.png,a red cat,x|y,1\nb.PNG,,x,2.5\n,two words,,3\n"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(rows))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := &TableSurvey{Rows: 3, Columns: []TableColumn{
		{"file_name", 2, 0, 0, 0, 2, 2, []string{"a.png", "b.PNG"}}, {"text", 2, 0, 0, 0, 0, 5, []string{"a red cat", "two words"}},
		{"tags", 2, 1, 0, 0, 0, 2, []string{"x|y", "x"}}, {"n", 3, 0, 3, 2, 0, 3, []string{"1", "2.5", "3"}},
	}}
	dir := fstest.MapFS{
		"m.csv": {Data: []byte(rows)}, "m.csv.gz": {Data: zipped.Bytes()}, "m.tsv": {Data: []byte(strings.ReplaceAll(rows, ",", "\t"))},
		"m.jsonl": {Data: []byte(`{"file_name": "a.png", "text": "a red cat", "tags": "x|y", "n": 1}
{"file_name": "b.PNG", "text": null, "tags": "x", "n": 2.5}

{"text": "two words", "n": 3}
`)},
		"bad.csv": {Data: []byte(rows + "too,few\n")}, "lists.jsonl": {Data: []byte(`{"tags": ["x", "y"]}` + "\n" + `{"tags": ["y"]}` + "\n")},
		"empty.csv": {}, "m.txt": {Data: []byte(rows)}, "twice.csv": {Data: []byte("a,a\n")},
	}
	for _, name := range []string{"m.csv", "m.csv.gz", "m.tsv", "m.jsonl"} {
		if got, err := SurveyTable(dir, name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
		}
	}
	if s, err := SurveyTable(dir, "bad.csv"); err != nil || s.Rows != 4 || s.Column("n").Filled != 3 || s.Column("x") != nil {
		t.Errorf("with a bad row: %+v, %v", s, err)
	}
	if s, err := SurveyTable(dir, "lists.jsonl"); err != nil || s.Column("tags").Lists != 2 || !slices.Equal(s.Column("tags").Values, []string{"x", "y"}) || !slices.Equal(s.Names(), []string{"tags"}) {
		t.Errorf("of lists: %+v, %v", s, err)
	}
	for name, want := range map[string]string{
		"empty.csv": "empty.csv: the file is empty", "m.txt": `m.txt: the name ends in ".txt"`, "nowhere.csv": "nowhere.csv", "twice.csv": "two columns",
	} {
		if _, err := SurveyTable(dir, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	parts := fstest.MapFS{"train/metadata.csv": {Data: []byte(rows)}, "test/a.png": {Data: grey(t, 1)}}
	for split, want := range map[string]string{"train": "train/metadata.csv", "test": ""} {
		if got, err := FolderTable(parts, split); err != nil || got != want {
			t.Errorf("the table of %s is %q, %v", split, got, err)
		}
	}
	if _, err := FolderTable(parts, ""); err == nil {
		t.Error("a folder of splits has a table without a split")
	}
}

// TestVectorWords takes the first words of a file, and does not look behind them.
func TestVectorWords(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "v.txt")
	if err := os.WriteFile(path, []byte("the 1 2\nNew York 3 4\nof 5 6\nbroken\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := VectorWords(path, 3); err != nil || !slices.Equal(got, []string{"the", "New York", "of"}) {
		t.Errorf("the words are %q, %v", got, err)
	}
	if _, err := VectorWords(path, 4); err == nil || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("a broken line: %v", err)
	}
	vocab := BuildVocab([]string{"the axolotl"}, 0, 1)
	more := vocab.With([]string{"the", "New York", "of", "of", "The", "<pad>", ""})
	if want := []string{"<pad>", "<unk>", "axolotl", "the", "of"}; !slices.Equal(more.Words, want) || len(vocab.Words) != 4 {
		t.Errorf("the vocabulary is %q, want %q", more.Words, want)
	}
}
