package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// tiny are the flags of a run that takes a tenth of a second.
var tiny = []string{"--pictures", "100", "--epochs", "1", "--size", "16"}

// braid runs the program in this process.
func braid(args ...string) (code int, out, err string) {
	var o, e bytes.Buffer
	code = run(&world{context.Background(), &o, &e, false}, args)
	return code, o.String(), e.String()
}

// must is the output of a command that succeeds.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, err := braid(args...)
	if code != 0 || err != "" {
		t.Fatalf("braid %s: exit %d, %s", strings.Join(args, " "), code, err)
	}
	return out
}

// refuse checks that a command fails with the code, and says all of want in one line (a second one may point to --help).
func refuse(t *testing.T, code int, args []string, want ...string) {
	t.Helper()
	got, _, err := braid(args...)
	if got != code {
		t.Errorf("braid %s: exit %d, want %d", strings.Join(args, " "), got, code)
	}
	line, rest, _ := strings.Cut(err, "\n")
	if !strings.HasPrefix(line, "braid: ") || strings.Count(rest, "\n") > 1 {
		t.Errorf("braid %s: the error is %q, want one line from braid", strings.Join(args, " "), err)
	}
	for _, w := range want {
		if !strings.Contains(line, w) {
			t.Errorf("braid %s: the error is %q, want %q in it", strings.Join(args, " "), line, w)
		}
	}
}

var sharedFolder string

// trained is a finished run that several tests read, and none changes.
var trained = sync.OnceValue(func() string {
	dir := filepath.Join(sharedFolder, "run")
	if code, _, err := braid(with("train", "fusion", "--out", dir)...); code != 0 {
		panic(err)
	}
	return dir
})

// with is a command with the tiny flags.
func with(args ...string) []string { return append(args, tiny...) }

// roles are what the test binary does instead of testing, in the folder of its argument: see full_linux_test.go.
var roles = map[string]func(dir string) error{}

const roleName, roleDir = "BRAID_PROGRAM_ROLE", "BRAID_PROGRAM_DIR"

func TestMain(m *testing.M) {
	if tensorcheck.Emulated() { // slow: see device_test.go
		defaultDevice = func() (*tensor.Device, error) { return tensor.CPU(), nil }
	}
	if role := roles[os.Getenv(roleName)]; role != nil {
		if err := role(os.Getenv(roleDir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "braid")
	if err != nil {
		panic(err)
	}
	sharedFolder = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// files is the content of everything below dir, by path; folders have none.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			all[path] = ""
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// unchanged fails if dir is not as it was.
func unchanged(t *testing.T, dir string, before map[string]string) {
	t.Helper()
	if !maps.Equal(files(t, dir), before) {
		t.Errorf("%s has changed", dir)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readResult(t *testing.T, path string) (r result) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, path)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}
