// Kgen compiles kernels/*.cu with NVRTC into the images that braid embeds. For each family, that is for each source, it
// writes img/<family>.<arch>.{cubin,ptx}.gz, the launch structs z<family>.go and img/<family>.manifest.
//
// NVRTC does not look into inline assembly, so ptxas of the same version assembles every PTX for its own target.
// Output is byte-identical from run to run; -check recompiles and compares instead of writing.
//
//	go -C internal/kgen run . [-check] [family …]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

func main() {
	check := flag.Bool("check", false, "compare with the files instead of writing them")
	dir := flag.String("dir", filepath.Join("..", "..", "kernels"), "folder of the sources")
	flag.Parse()
	if err := run(*dir, *check, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "kgen:", err)
		os.Exit(1)
	}
}

// run compiles the named families of dir, or all of them.
func run(dir string, check bool, families []string) error {
	temporary, err := os.MkdirTemp("", "kgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	c, err := newCompiler(dir, temporary)
	if err != nil {
		return err
	}
	if len(families) == 0 {
		sources, err := filepath.Glob(filepath.Join(dir, "*.cu"))
		if err != nil {
			return err
		}
		for _, s := range sources {
			families = append(families, strings.TrimSuffix(filepath.Base(s), ".cu"))
		}
	}
	errs := make([]error, len(families))
	gate := make(chan bool, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, family := range families {
		wg.Go(func() {
			gate <- true
			defer func() { <-gate }()
			out, err := c.family(family)
			if err == nil {
				err = deliver(out, check)
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", family, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(append(errs, orphans(dir, check))...)
}

// deliver writes files, by path, or reports those that would change.
func deliver(files map[string][]byte, check bool) error {
	var errs []error
	for name, b := range files {
		if old, err := os.ReadFile(name); err == nil && same(name, old, b) {
			continue
		}
		if check {
			errs = append(errs, fmt.Errorf("%s is stale", name))
		} else if err := os.WriteFile(name, b, 0o644); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// same compares what is in two compressed files: another version of Go may compress otherwise.
func same(name string, a, b []byte) bool {
	if filepath.Ext(name) != ".gz" {
		return bytes.Equal(a, b)
	}
	a, errA := decompress(a)
	b, errB := decompress(b)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// orphans removes, or reports, the generated files whose source is gone.
func orphans(dir string, check bool) error {
	images, err := filepath.Glob(filepath.Join(dir, "img", "*"))
	if err != nil {
		return err
	}
	structs, err := filepath.Glob(filepath.Join(dir, "z*.go"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range append(images, structs...) {
		family, _, _ := strings.Cut(filepath.Base(name), ".")
		if filepath.Ext(name) == ".go" {
			family = strings.TrimPrefix(family, "z")
		}
		if _, err := os.Stat(filepath.Join(dir, family+".cu")); !errors.Is(err, os.ErrNotExist) {
			continue
		}
		if check {
			errs = append(errs, fmt.Errorf("%s has no source", name))
		} else {
			errs = append(errs, os.Remove(name))
		}
	}
	return errors.Join(errs...)
}
