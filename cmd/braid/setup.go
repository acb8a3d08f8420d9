package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/braidml/braid/cuda"
	"github.com/braidml/braid/internal/atomicfile"
)

type setupCommand struct {
	Print bool `help:"Only say what would be done."`
}

// Run makes the default build compile on a machine without a CUDA toolkit, or with one that is too new: it writes our
// cuda.h and tells cgo where it is.
func (c *setupCommand) Run(w *world) error {
	config, err := os.UserConfigDir()
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	header := filepath.Join(config, "braid", "include", "cuda.h")
	before, err := goEnv("CGO_CFLAGS")
	if err != nil {
		return err
	}
	flags := withInclude(before, filepath.Dir(header))
	fmt.Fprintf(w.out, "writes  %s\nruns    go env -w CGO_CFLAGS=%q\n", header, flags)
	if c.Print {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(header), 0o755); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	err = atomicfile.Write(header, 0o644, func(f io.Writer) error {
		_, err := io.WriteString(f, cuda.Header)
		return err
	})
	if err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	if flags != before {
		if out, err := exec.Command("go", "env", "-w", "CGO_CFLAGS="+flags).CombinedOutput(); err != nil {
			return fmt.Errorf("setup: go env -w: %w: %s", err, out)
		}
	}
	fmt.Fprintf(w.out, "done: go build ./... now builds with the CUDA engine\nundo    go env -u CGO_CFLAGS; rm %s\n", header)
	return nil
}

func goEnv(name string) (string, error) {
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("setup: go env %s: %w (is go on the PATH?)", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// withInclude is cgo's flags with our folder of headers in front of others; a path with spaces is quoted.
func withInclude(flags, dir string) string {
	option := "-I" + dir
	if strings.ContainsAny(dir, " \t") {
		option = `"` + option + `"`
	}
	if strings.Contains(" "+flags+" ", " "+option+" ") {
		return flags
	}
	if flags == "" {
		flags = "-O2 -g" // what setting the variable replaces
	}
	return flags + " " + option
}
