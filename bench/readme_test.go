package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/stats"
)

// tables are the README's tables of times: a comment with the command, the table, and the comment that ends it.
var tables = regexp.MustCompile(`(?s)(<!-- go run \./bench (show [^\n]*) -->\n)(.*?)(<!-- end -->)`)

// remade is text with its tables as the commands print them now.
func remade(t *testing.T, text, root string) (string, int) {
	t.Helper()
	n := 0
	return tables.ReplaceAllStringFunc(text, func(block string) string {
		part := tables.FindStringSubmatch(block)
		args := strings.Fields(part[2])
		for i, a := range args {
			if !strings.HasSuffix(a, ".json") {
				continue
			}
			args[i] = filepath.Join(root, a)
			if _, err := os.Stat(args[i]); errors.Is(err, fs.ErrNotExist) {
				t.Skipf("%s is not there yet: no full run is committed", a)
			}
		}
		n++
		code, out, errs := bench(t, args...)
		if code != 0 {
			t.Fatalf("%s: %s", part[2], errs)
		}
		return part[1] + "\n" + out + "\n" + part[4]
	}), n
}

// The README's table of times is what the committed run gives; BRAID_UPDATE=1 writes it anew.
func TestREADME(t *testing.T) {
	path := filepath.Join("..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, n := remade(t, string(text), "..")
	switch {
	case n == 0:
		t.Error("the README has no table of times: <!-- go run ./bench show FILE --headline --> and <!-- end --> were expected")
	case want != string(text) && os.Getenv("BRAID_UPDATE") != "":
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	case want != string(text):
		t.Error("the README's table is not what its command prints: BRAID_UPDATE=1 go test -tags cpu ./bench -run README writes it anew")
	}
}

// A table by hand is noticed.
func TestRemade(t *testing.T) {
	dir := t.TempDir()
	run := &results.File{Schema: results.Schema}
	for _, name := range []string{"Adam 16M", "gemm 1024x1024x1024"} {
		run.Rows = append(run.Rows, results.Row{Case: name, Peer: results.Reference, Status: results.OK, Time: stats.Summary{Median: 1}})
	}
	if err := run.Write(filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	text := "before\n<!-- go run ./bench show a.json --headline -->\n| gemm | 1 ns |\n<!-- end -->\nafter\n"
	made, n := remade(t, text, dir)
	if n != 1 || made == text || !strings.Contains(made, "| gemm 1024x1024x1024 | ") || strings.Contains(made, "1 ns") || strings.Contains(made, "Adam") || !strings.HasSuffix(made, "\n<!-- end -->\nafter\n") {
		t.Errorf("%d tables\n%s", n, made)
	}
	if again, _ := remade(t, made, dir); again != made {
		t.Errorf("made again it is another:\n%s", again)
	}
}
