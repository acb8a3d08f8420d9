package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var errFull = errors.New("no space left on device")

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, s := range []string{"one", "", strings.Repeat("x", 1<<20)} {
		if err := Write(path, 0o644, text(s)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != s {
			t.Fatalf("read %d bytes back, want %d", len(got), len(s))
		}
	}
	if got := names(t, dir); got != "a" {
		t.Errorf("folder holds %q, want only a", got)
	}
}

func TestWriteFailure(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := Write(path, 0o644, text("old")); err != nil {
		t.Fatal(err)
	}
	fail := func(w io.Writer) error {
		_ = text(strings.Repeat("new", 1<<16))(w)
		return errFull
	}
	if err := Write(path, 0o644, fail); !errors.Is(err, errFull) {
		t.Errorf("error is %v, want the writer's", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = Write(path, 0o644, func(io.Writer) error { panic("writer") })
	}()
	if got := names(t, dir); got != "a" || read(t, path) != "old" {
		t.Errorf("after failures the folder holds %q and the file %q", got, read(t, path))
	}
	if err := Write(filepath.Join(dir, "missing", "a"), 0o644, text("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
	// A folder stands where the file should go: the rename fails, the temporary file must not stay.
	if err := os.MkdirAll(filepath.Join(dir, "b", "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "b"), 0o644, text("x")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if got := names(t, dir); got != "a b" {
		t.Errorf("folder holds %q, want a b", got)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{".braid-0123.tmp", "mine.tmp", ".braid-notes", "model"} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, ".braid-77.tmp", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != ".braid-notes mine.tmp model" {
		t.Errorf("after Sweep: %q", got)
	}
	if err := Sweep(filepath.Join(dir, "missing")); err != nil {
		t.Errorf("a missing folder: %v", err)
	}
}
