package gorgonia

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTheirSuite runs the tests of gorgonia.org/tensor, of the version in go.mod, with its own engine and with ours as
// the default of every array: on a device in float32, and on one in float64, which takes both types. What passes with
// its own passes with ours. It builds their package from a copy, with go's network, so it wants to be asked:
//
//	BRAID_GORGONIA=1 go test -tags cpu ./interop/gorgonia -run TheirSuite -v
func TestTheirSuite(t *testing.T) {
	if os.Getenv("BRAID_GORGONIA") == "" {
		t.Skip("BRAID_GORGONIA=1 runs Gorgonia's own tests with our engine; it builds them, and may download what they import")
	}
	suite := buildSuite(t)
	own, _ := passes(t, suite, "own", ".")
	if len(own) < 500 {
		t.Fatalf("%d of their tests pass with their own engine, want 500 at least", len(own))
	}
	for _, device := range []string{"float32", "float64"} {
		ours, operations := passes(t, suite, device, ".")
		if operations < 1000 {
			t.Errorf("%s: their tests ran %d operations on the device, want 1000 at least", device, operations)
		}
		lost := missing(own, ours)
		if len(lost) > 0 { // theirs draw random arrays, and some draws fail with any engine
			again, _ := passes(t, suite, device, "^("+strings.Join(tops(lost), "|")+")$")
			lost = missing(lost, again)
		}
		if len(lost) > 0 {
			t.Errorf("%s: with our engine these fail: %v", device, lost)
		}
		t.Logf("%s: %d tests pass with their engine, %d with ours, which ran %d operations", device, len(own), len(ours), operations)
	}
	spoilt, _ := passes(t, suite, "wrong", "^(ExampleDense_Add_basic|TestDense_MatMul)$")
	for _, name := range []string{"ExampleDense_Add_basic", "TestDense_MatMul"} {
		if !slices.Contains(own, name) || slices.Contains(spoilt, name) {
			t.Errorf("%s passes with an engine that is wrong", name)
		}
	}
}

// buildSuite compiles their tests, from a copy whose default engine can be set.
func buildSuite(t *testing.T) string {
	dir := t.TempDir()
	theirs, root := golang(t, "", "list", "-m", "-f", "{{.Dir}}", "gorgonia.org/tensor"), golang(t, "", "list", "-m", "-f", "{{.Dir}}")
	if err := os.CopyFS(dir, os.DirFS(theirs)); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"genlib2", "native"} { // programs, and a package with tests of its own
		if err := os.RemoveAll(filepath.Join(dir, sub)); err != nil {
			t.Fatal(err)
		}
	}
	unset := regexp.MustCompile(`(Float(?:32|64)Engine\{)?StdEng\{\}`)
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		switch base := filepath.Base(file); {
		case base == "dense.go", base == "perf.go", base == "dense_io.go", base == "dense_mapreduce.go":
		case strings.HasSuffix(base, "_test.go"):
		default:
			continue
		}
		rewrite(t, file, file, func(code string) string {
			return unset.ReplaceAllStringFunc(code, func(s string) string {
				if s != "StdEng{}" {
					return s
				}
				return "Default"
			})
		})
	}
	ours, err := filepath.Glob("testdata/suite/*.go")
	if err != nil || len(ours) != 2 {
		t.Fatal(ours, err)
	}
	for _, file := range ours {
		rewrite(t, file, filepath.Join(dir, filepath.Base(file)), nil)
	}
	rewrite(t, filepath.Join(root, "go.sum"), filepath.Join(dir, "go.sum"), nil)
	mod := fmt.Sprintf("module gorgonia.org/tensor\n\ngo 1.26.0\n\nrequire github.com/braidml/braid v0.0.0\n\nreplace github.com/braidml/braid => %q\n", root)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		t.Fatal(err)
	}
	golang(t, dir, "mod", "tidy")
	golang(t, dir, "test", "-tags", "cpu", "-vet=off", "-c", "-o", "suite", ".")
	return filepath.Join(dir, "suite")
}

// golang is what the go command prints. It does not take the flags of the run that this test is part of.
func golang(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, problems.String())
	}
	return strings.TrimSpace(string(out))
}

// rewrite writes f of a file, or all of it where f is nil, to another.
func rewrite(t *testing.T, file, to string, f func(string) string) {
	t.Helper()
	code, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if f != nil {
		code = []byte(f(string(code)))
	}
	if err := os.WriteFile(to, code, 0o644); err != nil {
		t.Fatal(err)
	}
}

var verdict = regexp.MustCompile(`(?m)^ *--- PASS: (\S+)`)

// passes are the names of the tests, subtests and examples that pass, and how many operations ran on the device.
func passes(t *testing.T, suite, engine, run string) (names []string, operations int) {
	c := exec.Command(suite, "-test.v", "-test.run", run)
	c.Dir, c.Env = filepath.Dir(suite), append(os.Environ(), "BRAID_GORGONIA_ENGINE="+engine)
	out, _ := c.CombinedOutput() // one of their tests needs a Python with NumPy: the list says what passed
	for _, m := range verdict.FindAllSubmatch(out, -1) {
		names = append(names, string(m[1]))
	}
	if i := strings.LastIndex(string(out), "braid operations: "); i >= 0 {
		if _, err := fmt.Sscanf(string(out)[i:], "braid operations: %d", &operations); err != nil {
			t.Fatal(err)
		}
	} else if engine != "own" {
		t.Fatalf("%s: their tests did not end:\n%s", engine, out)
	}
	return names, operations
}

func missing(want, got []string) (lost []string) {
	for _, name := range want {
		if !slices.Contains(got, name) {
			lost = append(lost, name)
		}
	}
	return lost
}

// tops are the tests that the names belong to.
func tops(names []string) (top []string) {
	for _, name := range names {
		name, _, _ = strings.Cut(name, "/")
		top = append(top, regexp.QuoteMeta(name))
	}
	return top
}
