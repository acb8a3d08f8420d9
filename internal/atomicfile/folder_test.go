package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func filled(s string) func(string) error {
	return func(tmp string) error { return Write(filepath.Join(tmp, "f"), 0o644, text(s)) }
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	if got := Current(dir, "last"); got != "" {
		t.Fatalf("Current of nothing is %q", got)
	}
	for _, s := range []string{"one", "two", "three"} {
		if err := Folder(dir, "last", filled(s)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, filepath.Join(Current(dir, "last"), "f")); got != s {
			t.Errorf("holds %q, want %q", got, s)
		}
		if got := names(t, dir); got != "last" {
			t.Errorf("folder holds %q, want only last", got)
		}
	}
	err := Folder(dir, "last", func(tmp string) error {
		_ = filled("four")(tmp)
		return errFull
	})
	if !errors.Is(err, errFull) || read(t, filepath.Join(dir, "last", "f")) != "three" || names(t, dir) != "last" {
		t.Errorf("after a failure: %v, %q", err, names(t, dir))
	}
}

// TestFolderCrash builds every state that a crash can leave and checks that the right folder is found, before and after
// recovery.
func TestFolderCrash(t *testing.T) {
	states := []struct {
		name  string
		there map[string]string // folder: content
		want  string
	}{
		{"while filling", map[string]string{"last": "old", ".braid-1.tmp": "part"}, "old"},
		{"complete", map[string]string{"last": "old", "last.new": "new"}, "new"},
		{"old one set aside", map[string]string{"last.old": "old", "last.new": "new"}, "new"},
		{"old one not removed", map[string]string{"last.old": "old", "last": "new"}, "new"},
		{"first one", map[string]string{"last.new": "new"}, "new"},
	}
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			for n, content := range s.there {
				if err := os.Mkdir(filepath.Join(dir, n), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := filled(content)(filepath.Join(dir, n)); err != nil {
					t.Fatal(err)
				}
			}
			if got := read(t, filepath.Join(Current(dir, "last"), "f")); got != s.want {
				t.Errorf("Current holds %q, want %q", got, s.want)
			}
			if err := errors.Join(Sweep(dir), Recover(dir, "last")); err != nil {
				t.Fatal(err)
			}
			if got := read(t, filepath.Join(dir, "last", "f")); got != s.want || names(t, dir) != "last" {
				t.Errorf("recovered %q beside %q, want %q alone", got, names(t, dir), s.want)
			}
		})
	}
}
