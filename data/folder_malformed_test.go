package data

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMetadataMalformed(t *testing.T) {
	const head = "file_name,text,label\na.png,one,x\n"
	const object = `{"file_name": "a.png", "text": "one", "label": "x"}` + "\n"
	classes := FolderOptions{Text: "text", Label: "label"}
	for _, tt := range []struct {
		name, file, content string
		o                   FolderOptions
		want                string
		skippable           bool // the row before is left with SkipBad
	}{
		{"empty", "metadata.csv", "", classes, "metadata.csv: the file is empty, expected a header of column names", false},
		{"header only", "metadata.csv", head[:21], classes, "metadata.csv: there are no rows, expected at least one", false},
		{"no file names", "metadata.csv", "file,text,label\na.png,one,x\n", classes, `metadata.csv: there is no column "file_name", the columns are: file, text, label`, false},
		{"no such column", "metadata.csv", head, FolderOptions{Text: "question"}, `metadata.csv: there is no column "question", the columns are: file_name, text, label`, false},
		{"column twice", "metadata.csv", "file_name,text,text\na.png,1,2\n", FolderOptions{Text: "text"}, `there are two columns "text"`, false},
		{"few fields", "metadata.csv", head + "a.png,two\n", classes, "metadata.csv: row 2: there are 2 fields, expected 3", true},
		{"many fields", "metadata.csv", head + "a.png,two, too,x\n", classes, "metadata.csv: row 2: there are 4 fields, expected 3", true},
		{"quote inside", "metadata.csv", head + "a.png,a \"red\" one,x\n", classes, `metadata.csv: row 2: line 3, column 9: bare " in non-quoted-field`, true},
		{"quote not closed", "metadata.csv", head + "a.png,\"two,x\n", classes, `metadata.csv: row 2: line 3, column 14: extraneous or missing " in quoted-field`, true},
		{"quote not closed for long", "metadata.csv", head + "a.png,\"" + strings.Repeat("x\n", maxLine), classes, "metadata.csv: row 2: the row is longer than 1048576 bytes", false},
		{"not UTF-8", "metadata.csv", head + "a.png,\xff,x\n", classes, "metadata.csv: row 2: field 2 is not UTF-8", true},
		{"no such picture", "metadata.csv", head + "b.png,two,x\n", classes, `metadata.csv: row 2: file_name is "b.png": open b.png: file does not exist`, true},
		{"outside", "metadata.csv", head + "../../etc/passwd,two,x\n", classes, `metadata.csv: row 2: file_name is "../../etc/passwd": the path leads out of the folder`, true},
		{"a folder", "metadata.csv", head + "sub,two,x\n", classes, `metadata.csv: row 2: file_name is "sub": it is a folder, expected a picture`, true},
		{"nothing", "metadata.csv", head + ",,x\n", classes, "metadata.csv: row 2: there is neither a picture (file_name) nor a text", true},
		{"no class", "metadata.csv", head + "a.png,two,\n", classes, "metadata.csv: row 2: label is empty, expected a class", true},
		{"unknown class", "metadata.csv", head + "a.png,two,y\n", FolderOptions{Label: "label", Classes: []string{"x", "z"}}, "metadata.csv: row 2: a.png: the class \"y\" is not known, expected one of: x, z", true},
		{"not a number", "metadata.csv", "file_name,n\na.png,1\na.png,many\n", FolderOptions{Numbers: []string{"n"}}, `metadata.csv: row 2: n is "many", expected a finite number`, true},
		{"no number", "metadata.csv", "file_name,n\na.png,1\na.png,\n", FolderOptions{Numbers: []string{"n"}}, "metadata.csv: row 2: n is empty, expected a finite number", true},
		{"NaN", "metadata.csv", "file_name,n\na.png,1\na.png,nan\n", FolderOptions{Numbers: []string{"n"}}, `metadata.csv: row 2: n is "nan"`, true},
		{"beyond float32", "metadata.csv", "file_name,n\na.png,1\na.png,1e60\n", FolderOptions{Numbers: []string{"n"}}, `metadata.csv: row 2: n is "1e60"`, true},
		{"empty tag", "metadata.csv", "file_name,t\na.png,x\na.png,x||y\n", FolderOptions{Tags: "t"}, `metadata.csv: row 2: t is "x||y": tag 2 is "", expected different ones`, true},
		{"tag twice", "metadata.csv", "file_name,t\na.png,x\na.png,x|x\n", FolderOptions{Tags: "t"}, `metadata.csv: row 2: t is "x|x": tag 2 is "x"`, true},
		{"fields of tabs", "metadata.tsv", "file_name\ttext\tlabel\na.png\tone\tx\na.png\ttwo\n", classes, "metadata.tsv: row 2: there are 2 fields, expected 3", true},
		{"tabs cut", "metadata.tsv", "file_name\ttext\tlabel\na.png\tone", classes, "metadata.tsv: row 1: the last line has no line end", false},
		{"cut gzip", "metadata.csv", string(zipped(t, []byte(head))[:25]), classes, "metadata.csv: ", false},

		{"no objects", "metadata.jsonl", "\n\n", classes, "metadata.jsonl: there are no rows", false},
		{"a list", "metadata.jsonl", object + "[" + object + "]\n", classes, "metadata.jsonl: row 2: the line is \"[{", true},
		{"not JSON", "metadata.jsonl", object + "file_name: a.png\n", classes, "metadata.jsonl: row 2: the line is \"file_name: a.png\", expected a JSON object", true},
		{"cut", "metadata.jsonl", object + object[:20], classes, "metadata.jsonl: row 2: ", true},
		{"no value", "metadata.jsonl", object + `{"file_name": }` + "\n", classes, `metadata.jsonl: row 2: "file_name": invalid character '}'`, true},
		{"key twice", "metadata.jsonl", object + `{"file_name": "a.png", "file_name": "b.png"}` + "\n", classes, `metadata.jsonl: row 2: the key "file_name" comes twice`, true},
		{"two objects a line", "metadata.jsonl", object + `{"file_name": "a.png"} {}` + "\n", classes, "metadata.jsonl: row 2: there is something behind the object", true},
		{"one object over lines", "metadata.jsonl", object + "{\n\"file_name\": \"a.png\"}\n", classes, "metadata.jsonl: row 2: ", true},
		{"no such key", "metadata.jsonl", object, FolderOptions{Text: "question"}, `metadata.jsonl: there is no column "question", the columns are: file_name, text, label`, false},
		{"label a list", "metadata.jsonl", object + `{"file_name": "a.png", "text": "a", "label": ["x"]}` + "\n", classes, `metadata.jsonl: row 2: label is the list ["x"], expected a text`, true},
		{"text an object", "metadata.jsonl", object + `{"file_name": "a.png", "text": {"a": 1}, "label": "x"}` + "\n", classes, "metadata.jsonl: row 2: text is an object, expected a text", true},
		{"tags of objects", "metadata.jsonl", `{"file_name": "a.png", "t": []}` + "\n" + `{"file_name": "a.png", "t": [{}]}` + "\n", FolderOptions{Tags: "t"}, "metadata.jsonl: row 2: t is an object, expected tags", true},
		{"not UTF-8", "metadata.jsonl", object + "{\"file_name\": \"\xff\"}\n", classes, "metadata.jsonl: row 2: the line is not UTF-8", true},
		{"long line", "metadata.jsonl", object + `{"text": "` + strings.Repeat("x", maxLine), classes, "metadata.jsonl: row 2: the line is longer than 1048576 bytes", false},
	} {
		dir := folder(t, map[string]string{"a.png": "#a", "sub/c.png": "#c", tt.file: tt.content})
		o := tt.o
		o.Height, o.Width = 4, 5
		_, err := OpenImageFolder(dir, o)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "data: OpenImageFolder: ") {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
		o.SkipBad = true
		switch f, err := OpenImageFolder(dir, o); {
		case !tt.skippable && err == nil:
			t.Errorf("%s is skipped: %v", tt.name, f.Bad)
		case tt.skippable && (err != nil || f.Len() != 1 || len(f.Bad) == 0 || !strings.Contains(f.Bad[0].Error(), tt.want)):
			t.Errorf("%s: %+v, %v, expected one row and the bad one", tt.name, f, err)
		}
	}
}

func TestFoldersMalformed(t *testing.T) {
	png := string(grey(t, 1))
	size := FolderOptions{Height: 4, Width: 5}
	for _, tt := range []struct {
		name  string
		files map[string]string
		o     FolderOptions
		want  string
	}{
		{"nothing", nil, size, "there are no pictures, expected at least one"},
		{"other files", map[string]string{"cat/a.bmp": "BM", "x.txt": ""}, size, "there are no pictures (.png, .jpg, .jpeg, .jpe, .jfif, .gif, .webp), but 2 other files"},
		{"no metadata", map[string]string{"a.png": png}, FolderOptions{Text: "text"}, "there is no metadata.csv, metadata.tsv or metadata.jsonl, expected one"},
		{"two tables", map[string]string{"a.png": png, "metadata.csv": "", "metadata.jsonl": ""}, size, "there are metadata.csv and metadata.jsonl, expected one"},
		{"outside of classes", map[string]string{"cat/a.png": png, "b.png": png}, size, "b.png: it lies in no class folder"},
		{"unknown class", map[string]string{"cat/a.png": png}, FolderOptions{Classes: []string{"dog"}}, "cat/a.png: the class \"cat\" is not known, expected one of: dog"},
		{"two kinds of label", map[string]string{"a.png": png}, FolderOptions{Label: "x", Tags: "y"}, `more than one of Label "x", Numbers [] and Tags "y"`},
		{"class names", map[string]string{"a.png": png}, FolderOptions{Classes: []string{"a", "a"}}, `class 1 is "a", expected different names`},
		{"augmentation", map[string]string{"a.png": png}, FolderOptions{Augment: &Augment{Crop: -1}}, "Crop is -1"},
	} {
		tt.o.Height, tt.o.Width = 4, 5
		_, err := OpenImageFolder(folder(t, tt.files), tt.o)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
	}
	wantMisuse(t, "the size is 0 by 5", func() { _, _ = OpenImageFolder(folder(t, nil), FolderOptions{Width: 5}) })
	wantMisuse(t, "Channels is 4", func() { _, _ = OpenImageFolder(folder(t, nil), FolderOptions{Height: 4, Width: 5, Channels: 4}) })
	wantMisuse(t, "MaxTokens is -1", func() { _, _ = OpenImageFolder(folder(t, nil), FolderOptions{Height: 4, Width: 5, MaxTokens: -1}) })
	for file, want := range map[string]string{"rows.xlsx": `the name ends in ".xlsx", expected .csv, .tsv or .jsonl`, "none.csv": "none.csv"} {
		name := filepath.Join(t.TempDir(), "none.csv")
		if file != "none.csv" {
			name = writeFile(t, file, []byte("x"))
		}
		if _, err := OpenManifest(name, size); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "data: OpenManifest: ") {
			t.Errorf("%s: %v, expected %q", file, err, want)
		}
	}
}

// A damaged picture is an error of the batch that reads it, or with SkipBad of the opening.
func TestDamagedPictures(t *testing.T) {
	good, bomb := string(grey(t, 9)), string(pngWith(20000, 20000, 8, 6))
	files := map[string]string{"x/a.png": good, "x/b.png": good[:50], "x/c.png": bomb, "y/d.png": good, "y/e.png": "text", "z/f.png": ""}
	f, err := OpenImageFolder(folder(t, files), FolderOptions{Height: 4, Width: 5})
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range []string{"", "x/b.png: png image of 5 by 4 pixels: ", "x/c.png: the png image is 20000 by 20000 pixels", "", "y/e.png: the format is not known", "z/f.png: the format is not known"} {
		var b Pair
		switch err := f.Read(&b, []int{0, row}, nil); {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), "data: ImageFolder: "+want)):
			t.Errorf("row %d: %v, expected %q", row, err, want)
		}
	}
	o := FolderOptions{Height: 4, Width: 5, SkipBad: true}
	f, err = OpenImageFolder(folder(t, files), o)
	if err != nil || f.Len() != 2 || len(f.Bad) != 4 || !slices.Equal(f.Classes, []string{"x", "y"}) || !slices.Equal(f.Labels, []int32{0, 1}) {
		t.Fatalf("%+v, %v", f, err)
	}
	table := map[string]string{"a.png": good, "b.png": bomb, "metadata.csv": "file_name,n\nb.png,1\na.png,2\nb.png,3\na.png,4\n"}
	o.Numbers = []string{"n"}
	f, err = OpenImageFolder(folder(t, table), o)
	if err != nil || !slices.Equal(f.targets, []float32{2, 4}) || len(f.Bad) != 2 || !strings.Contains(f.Bad[1].Error(), "metadata.csv: row 3: b.png: the png image is 20000 by 20000") {
		t.Errorf("%v, %v, %v", f.targets, f.Bad, err)
	}
	delete(files, "x/a.png")
	delete(files, "y/d.png")
	o.Numbers = nil
	if _, err = OpenImageFolder(folder(t, files), o); err == nil || !strings.Contains(err.Error(), "all 4 rows are bad, the first: x/b.png: png image") {
		t.Errorf("nothing but damaged pictures: %v", err)
	}
}

// A quotation mark that is never closed does not read the whole file into memory.
func TestLongRowIsBounded(t *testing.T) {
	file := io.MultiReader(strings.NewReader("a,b\n1,\""), &endless{left: 1 << 28})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := newCSV(file, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.next()
	runtime.ReadMemStats(&after)
	if err != errLongRow {
		t.Errorf("%v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 { // a buffer that doubles up to 1 MiB
		t.Errorf("%d bytes allocated for a row of 256 MiB", grown)
	}
}

type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	e.left -= len(p)
	return len(p), nil
}

// readTable counts what a table yields to its end.
func readTable(name string, file []byte) (rows, bad int, err error) {
	columns := []string{"file_name", "text"}
	t, err := openTable(name, bytes.NewReader(file), columns)
	if err != nil {
		return 0, 0, err
	}
	for {
		cells, err := t.next()
		switch {
		case err == io.EOF:
			return rows, bad, nil
		case skippable(err):
			bad++
		case err != nil:
			return rows, bad, err
		case len(cells) != len(columns):
			return rows, bad, fmt.Errorf("%d cells", len(cells))
		}
		rows++
	}
}

func FuzzTables(f *testing.F) {
	f.Add("metadata.csv", []byte(colours))
	f.Add("metadata.tsv", []byte(strings.ReplaceAll(colours, ",", "\t")))
	f.Add("metadata.jsonl", []byte(`{"file_name": "a.png", "text": ["a"], "x": {"y": 1}}`+"\n{}\n"))
	f.Fuzz(func(t *testing.T, name string, file []byte) {
		if tableKinds[path.Ext(name)] == nil {
			return
		}
		if rows, bad, err := readTable(name, file); rows > len(file)+1 || bad > rows || err != nil && strings.HasSuffix(err.Error(), " cells") {
			t.Errorf("%d rows, %d bad of %d bytes: %v", rows, bad, len(file), err)
		}
	})
}

func FuzzOpenImageFolder(f *testing.F) {
	f.Add("metadata.csv", []byte(colours), "text", "label")
	f.Add("metadata.jsonl", []byte(`{"file_name": "a.png", "text": "x"}`), "text", "")
	picture := &fstest.MapFile{Data: grey(f, 1)}
	f.Fuzz(func(t *testing.T, name string, table []byte, text, label string) {
		if !strings.HasPrefix(name, "metadata.") || strings.Contains(name, "/") {
			return
		}
		dir := fstest.MapFS{"a.png": picture, "sub/b.png": picture, name: &fstest.MapFile{Data: table}}
		d, err := OpenImageFolder(dir, FolderOptions{Height: 2, Width: 2, Text: text, Label: label, SkipBad: true, MaxTokens: 8})
		if err != nil {
			return
		}
		b, _ := readAll(t, d)
		if n := d.Len(); n == 0 || b.Image.Shape()[0] != n || text != "" && b.Text.Shape()[0] != n || label != "" && len(d.Labels) != n {
			t.Errorf("%d rows: %v %v %v", n, b.Image.Shape(), b.Text.Shape(), b.Label.Shape())
		}
	})
}
