package atomicfile

import (
	"fmt"
	"os"
	"path/filepath"
)

// No portable call exchanges two folders, so Folder goes through names that say how far it came:
//
//	.braid-….tmp   being filled; worth nothing
//	name.new       complete and on the disk: from this rename on it is the folder
//	name.old       the one before, about to be removed
//	name           where it rests
const (
	fresh   = ".new"
	retired = ".old"
)

// Folder replaces the folder name in dir by a new one that fill writes into. A crash at any moment leaves the old or
// the new folder, complete, under the path that [Current] returns. On an error the old one stays. Files that fill makes
// must be synchronised by it, as [Write] does.
func Folder(dir, name string, fill func(tmp string) error) error {
	if err := Recover(dir, name); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, prefix+"*"+suffix)
	if err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", filepath.Join(dir, name), err)
	}
	defer os.RemoveAll(tmp) // after the rename below there is nothing left to remove
	if err := fill(tmp); err != nil {
		return err
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	// MkdirTemp makes the folder private; what is in it has permissions of its own.
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", filepath.Join(dir, name), err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, name+fresh)); err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", filepath.Join(dir, name), err)
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	return Recover(dir, name)
}

// Recover finishes what a crash interrupted in replacing the folder name. It is cheap where there is nothing to do.
func Recover(dir, name string) error {
	path := filepath.Join(dir, name)
	if err := os.RemoveAll(path + retired); err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", path, err)
	}
	if !exists(path + fresh) {
		return nil
	}
	if exists(path) {
		if err := os.Rename(path, path+retired); err != nil {
			return fmt.Errorf("atomicfile: folder %s: %w", path, err)
		}
	}
	if err := os.Rename(path+fresh, path); err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", path, err)
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := os.RemoveAll(path + retired); err != nil {
		return fmt.Errorf("atomicfile: folder %s: %w", path, err)
	}
	return nil
}

// Current is the path of the folder name in dir as it is now, for readers that must not change anything, or "" if there
// is none.
func Current(dir, name string) string {
	path := filepath.Join(dir, name)
	if exists(path + fresh) {
		return path + fresh
	}
	if exists(path) {
		return path
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
