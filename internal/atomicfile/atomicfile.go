// Package atomicfile replaces files and folders so that whoever looks, at any moment and after any crash, finds the old
// one or the new one and never a part. A write that fails leaves the old one as it was.
//
// What is written is on the disk before it gets its name: the data is synchronised, then renamed, then the folder that
// holds the name is synchronised. Leaving out the last step loses the name in a power failure on most file systems.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// Temporary files carry both marks, so that Sweep cannot meet a file that somebody else made.
const (
	prefix = ".braid-"
	suffix = ".tmp"
)

// Write replaces the file path by what write writes, with the permissions perm (before umask). On an error, write's own
// included, path is as it was. If path is a symbolic link, the link is replaced and not the file it names.
func Write(path string, perm fs.FileMode, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := create(dir, perm)
	if err != nil {
		return fmt.Errorf("atomicfile: write %s: %w", path, err)
	}
	// The named result is what decides at the end: also a panic in write removes the temporary file.
	done := false
	defer func() {
		if !done {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := flush(f, w); err != nil {
		return fmt.Errorf("atomicfile: write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("atomicfile: write %s: %w", path, err)
	}
	done = true
	return syncDir(dir)
}

// flush brings everything written to the disk and closes f.
func flush(f *os.File, w *bufio.Writer) error {
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// create opens a new temporary file. os.CreateTemp would ignore the umask.
func create(dir string, perm fs.FileMode) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(dir, fmt.Sprintf("%s%016x%s", prefix, rand.Uint64(), suffix))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
		if err == nil || !os.IsExist(err) || try == 100 {
			return f, err
		}
	}
}

// Sweep removes the temporary files that killed processes left in dir. A missing dir is no error. Nobody may be writing
// to dir at the same time: their write would fail.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("atomicfile: sweep: %w", err)
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix) {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return fmt.Errorf("atomicfile: sweep: %w", err)
			}
		}
	}
	return nil
}
