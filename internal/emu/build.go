//go:build linux && amd64 && !cpu

package emu

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/braidml/braid/kernels"
)

// Depend tells go test, which caches results, what they depend on: the driver reads these variables. Call it within a
// test, for go test does not see what TestMain reads before it runs them.
func Depend() {
	for _, name := range []string{"ARCH", "DEVICES", "SMS", "MEMORY", "SEED", "FAMILIES"} {
		os.Getenv("BRAID_EMU_" + name)
	}
	os.Getenv("BRAID_EMU")
}

// Build returns the path of the emulated driver, built from the sources as they are now. What did not change since an
// earlier build comes from the user's cache directory; builds at the same time by several processes wait for each other.
func Build(checked bool) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	b := builder{root: root, sources: filepath.Join(root, "kernels"), checked: checked}
	wanted := kernels.Families()
	if some := os.Getenv("BRAID_EMU_FAMILIES"); some != "" {
		wanted = strings.Fields(some)
	}
	for _, name := range wanted {
		names, err := entriesOf(name)
		if err != nil {
			return "", err
		}
		b.families = append(b.families, family{name, names})
	}
	return b.build()
}

// moduleRoot is the folder of go.mod, looked for from the working directory upwards: a test runs in its package's folder.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if b, err := os.ReadFile(filepath.Join(at, "go.mod")); err == nil && bytes.Contains(b, []byte("module github.com/braidml/braid\n")) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("emu: %s is not in the sources of braid", dir)
		}
	}
}

var entry = regexp.MustCompile(`\.entry (\w+)\(`)

// entriesOf is the names of a family's kernels, from its PTX of any target.
func entriesOf(family string) (names []string, err error) {
	img, err := kernels.Lookup(family, 999, 0) // of no device, so there is no cubin
	if err != nil {
		return nil, fmt.Errorf("emu: %w", err)
	}
	for _, m := range entry.FindAllSubmatch(img.Data, -1) {
		names = append(names, string(m[1]))
	}
	return names, nil
}

// family is compiled into the emulator with the kernels of the given names.
type family struct {
	name    string
	kernels []string
}

type builder struct {
	root     string // of the module
	sources  string // folder of the families
	families []family
	checked  bool
}

var (
	flags = []string{"-std=gnu++17", "-O3", "-g1", "-gdwarf-4", "-fPIC", "-fvisibility=hidden", "-Wno-unknown-pragmas", "-fmax-errors=5"}
	// Calls before each load and store, and nothing else of ThreadSanitizer; calls where an address suits no such type.
	checkFlags = []string{"-fsanitize=thread", "--param", "tsan-instrument-func-entry-exit=0", "-fsanitize=alignment"}
)

// build compiles and links what the cache lacks.
func (b *builder) build() (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	emulator, headersOf := filepath.Join(b.root, "internal", "emu", "src"), filepath.Join(b.root, "kernels")
	flags := append(flags, "-I"+emulator, "-I"+headersOf, machine())
	var jobs []job
	own, err := filepath.Glob(filepath.Join(emulator, "*.cpp"))
	if err != nil {
		return "", err
	}
	for _, f := range own {
		text, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		jobs = append(jobs, job{strings.TrimSuffix(filepath.Base(f), ".cpp"), text, headers(text, emulator), flags})
	}
	if b.checked {
		flags = append(flags, checkFlags...)
	}
	for _, f := range b.families {
		text, err := f.unit(b.sources)
		if err != nil {
			return "", err
		}
		jobs = append(jobs, job{f.name, text, headers(text, headersOf, emulator), flags})
	}
	return c.library(jobs)
}

// unit is the source with its kernels registered. The line directive makes reports name the file itself.
func (f family) unit(dir string) ([]byte, error) {
	name := filepath.Join(dir, f.name+".cu")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "#line 1 %q\n%s\n", name, text)
	for _, k := range f.kernels {
		fmt.Fprintf(&b, "EMU_KERNEL(%s)\n", k)
	}
	return b.Bytes(), nil
}

var include = regexp.MustCompile(`(?m)^#include "([\w.]+)"`)

// headers is the text of all files that text includes from the given folders, directly or not.
func headers(text []byte, folders ...string) []byte {
	seen := map[string]bool{}
	var all bytes.Buffer
	var read func(text []byte)
	read = func(text []byte) {
		for _, m := range include.FindAllSubmatch(text, -1) {
			name := string(m[1])
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, dir := range folders {
				if inner, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
					fmt.Fprintln(&all, name, len(inner))
					all.Write(inner)
					read(inner)
				}
			}
		}
	}
	read(text)
	return all.Bytes()
}

// machine chooses fused multiply-add where the processor has it: without, fmaf is a slow call.
func machine() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err == nil && bytes.Contains(info, []byte(" fma ")) && bytes.Contains(info, []byte(" avx2 ")) {
		return "-march=x86-64-v3"
	}
	return "-march=x86-64"
}

// Available says why the emulator cannot be built here; nil if it can.
func Available() error {
	if _, err := exec.LookPath("g++"); err != nil {
		return fmt.Errorf("emu: the emulated driver needs g++ (%s/%s): %w", runtime.GOOS, runtime.GOARCH, err)
	}
	return nil
}
