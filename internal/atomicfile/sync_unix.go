//go:build !windows && !plan9

package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// syncDir makes the names in dir survive a power failure. Some network file systems cannot do it and say EINVAL or
// ENOTSUP: there a name is as safe as the server makes it.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("atomicfile: sync folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return fmt.Errorf("atomicfile: sync folder: %w", err)
	}
	return nil
}
