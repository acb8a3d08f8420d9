package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/braidml/braid"

// root is the folder of go.mod.
func root(t *testing.T) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+module+"\n") {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	t.Fatalf("no go.mod of %s above the test", module)
	return ""
}

// source is one .go file.
type source struct {
	path  string // from the root, with slashes
	lines int
	set   *token.FileSet
	file  *ast.File
}

func parse(t *testing.T, path, text string) source {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path, strings.Count(text, "\n"), set, file}
}

// at is where n stands, "file:line".
func (s source) at(n ast.Node) string {
	p := s.set.Position(n.Pos())
	return p.String()
}

// under reports whether the file is in one of the folders.
func (s source) under(folders ...string) bool {
	for _, f := range folders {
		if within(s.path, f) {
			return true
		}
	}
	return false
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// within reports whether path is folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// sources are the repository's, generated ones and other modules' included, without hidden folders and runs' outputs.
func sources(t *testing.T) (all []source) {
	top := root(t)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if name == "runs" || name == "bin" || name == "shared" || strings.HasPrefix(d.Name(), ".") && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			all = append(all, parse(t, name, string(text)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("%d source files: the walk is wrong", len(all))
	}
	return all
}

func report(t *testing.T, faults []string) {
	t.Helper()
	for _, f := range faults {
		t.Error(f)
	}
}

// wantFaults checks that a test's faults are the planted ones.
func wantFaults(t *testing.T, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d faults, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("fault %d is %q, want %q", i, got[i], want[i])
		}
	}
}
