package data

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func writeFile(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const table = "image\tquestion\tanswer\n0\twas ist das?\tja\n12\t这是什么?\t\n"

func TestReadTSV(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		columns    []string
		want       [][]string
	}{
		{"all", table, nil, [][]string{{"0", "was ist das?", "ja"}, {"12", "这是什么?", ""}}},
		{"named", table, []string{"answer", "image"}, [][]string{{"ja", "0"}, {"", "12"}}},
		{"one twice", table, []string{"image", "image"}, [][]string{{"0", "0"}, {"12", "12"}}},
		{"Windows", "\ufeffa\tb\r\n1\t2\r\n", []string{"b"}, [][]string{{"2"}}},
		{"empty fields", "a\n\nx\n", nil, [][]string{{""}, {"x"}}},
		{"header only", "a\tb\n", nil, nil},
		{"quotes are characters", "a\n\"x\n", nil, [][]string{{"\"x"}}},
	} {
		for _, file := range [][]byte{[]byte(tt.file), zipped(t, []byte(tt.file))} {
			got, err := ReadTSV(writeFile(t, "t.tsv", file), tt.columns...)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s: %q, %v, expected %q", tt.name, got, err, tt.want)
			}
		}
	}
}

func TestReadTSVErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"empty", "", "the file is empty, expected a header"},
		{"column", "image\tanswer\n1\t2\n", `there is no column "question", the columns are: image, answer`},
		{"few", table + "3\tx\n", "row 3 has 2 fields, expected 3 (image, question, answer)"},
		{"many", table + "3\tx\ty\tz\n", "row 3 has 4 fields, expected 3"},
		{"blank line", table + "\n", "row 3 has 1 fields"},
		{"cut", table + "3\tx\tye", "row 3: the last line has no line end"},
		{"cut header", "image\tquest", "header: the last line has no line end"},
		{"UTF-8", "image\tquestion\tanswer\n1\t\xff\t2\n", "row 1: the line is not UTF-8"},
		{"twice", "question\tquestion\n", `two columns "question"`},
		{"long", table + strings.Repeat("x", maxLine+1) + "\n", "row 3: the line is longer than"},
		{"gzip", string(zipped(t, []byte(table))[:40]), "the file ends too early"},
	} {
		path := writeFile(t, "questions.tsv", []byte(tt.file))
		_, err := ReadTSV(path, "question")
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "questions.tsv") {
			t.Errorf("%s: %v, expected the file's name and %q", tt.name, err, tt.want)
		}
	}
	if _, err := ReadTSV(filepath.Join(t.TempDir(), "none.tsv")); err == nil || !strings.Contains(err.Error(), "none.tsv") {
		t.Errorf("a missing file: %v", err)
	}
}

// A table that was cut is an error, except between two rows, where nothing tells; gzip always does.
func TestReadTSVCutAnywhere(t *testing.T) {
	for n := range table {
		rows, err := readTSV(strings.NewReader(table[:n]), nil)
		if whole := n > 0 && table[n-1] == '\n'; whole != (err == nil) {
			t.Errorf("cut to %d bytes: %q, %v", n, rows, err)
		}
	}
	file := zipped(t, []byte(table))
	for n := range file {
		if rows, err := readTSV(bytes.NewReader(file[:n]), nil); err == nil {
			t.Errorf("gzip file cut to %d of %d bytes: %q", n, len(file), rows)
		}
	}
}

func FuzzReadTSV(f *testing.F) {
	f.Add([]byte(table))
	f.Add(zipped(f, []byte(table)))
	f.Add([]byte("a\tb\r\n\t\r\n"))
	f.Add([]byte("a\ta\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := readTSV(bytes.NewReader(file), nil)
		if err != nil {
			return
		}
		for i, row := range rows {
			if len(row) != len(rows[0]) || strings.ContainsAny(strings.Join(row, ""), "\t\n") {
				t.Errorf("row %d is %q, the first %q", i, row, rows[0])
			}
		}
	})
}
