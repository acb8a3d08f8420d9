package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// images is what a family is compiled to. A source may narrow it in its first line: "// images: sm_80 compute_80".
var images = []string{"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "compute_75", "compute_80"}

var flags = []string{"--std=c++17", "--fmad=true"}

// compiler is the two tools of one version, and the folder of the sources.
type compiler struct {
	nvrtc   *nvrtc
	version string
	ptxas   string
	dir     string
}

func newCompiler(dir, temporary string) (*compiler, error) {
	lib, err := tool("NVRTC", filepath.Join("cuda_nvrtc", "lib", "libnvrtc.so.12"))
	if err != nil {
		return nil, err
	}
	c := &compiler{dir: dir}
	if c.ptxas, err = tool("PTXAS", filepath.Join("cuda_nvcc", "bin", "ptxas")); err != nil {
		return nil, err
	}
	if c.nvrtc, err = openNVRTC(lib, temporary); err != nil {
		return nil, err
	}
	if c.version, err = c.nvrtc.Version(); err != nil {
		return nil, err
	}
	version, err := output(exec.Command(c.ptxas, "--version"))
	if err != nil {
		return nil, fmt.Errorf("ptxas: %w", err)
	}
	if !bytes.Contains(version, []byte("release "+c.version)) {
		return nil, fmt.Errorf("ptxas is not of NVRTC's version %s: %s", c.version, version)
	}
	return c, nil
}

var include = regexp.MustCompile(`(?m)^#include "(\w+\.cuh)"`)

// withHeaders is file, after all headers that it includes, directly or not.
func withHeaders(file string) ([]string, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, m := range include.FindAllSubmatch(src, -1) {
		deeper, err := withHeaders(filepath.Join(filepath.Dir(file), string(m[1])))
		if err != nil {
			return nil, err
		}
		for _, name := range deeper {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return append(all, file), nil
}

// wanted is the list of images that the source asks for.
func wanted(src []byte) []string {
	line, _, _ := strings.Cut(string(src), "\n")
	if list, ok := strings.CutPrefix(line, "// images: "); ok {
		return strings.Fields(list)
	}
	return images
}

// family compiles one source. It returns all files that come of it, by path.
func (c *compiler) family(family string) (map[string][]byte, error) {
	file := filepath.Join(c.dir, family+".cu")
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := manifest{compiler: "nvrtc " + c.version + " " + strings.Join(flags, " ")}
	sources, err := withHeaders(file)
	if err != nil {
		return nil, err
	}
	for _, name := range sources {
		if err := m.source(name); err != nil {
			return nil, err
		}
	}
	declared, err := declarations(file)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	var kernels []kernel
	use := map[string]usage{}
	for _, arch := range wanted(src) {
		img, err := c.nvrtc.Compile(file, src, arch, append(flags, "-I"+c.dir)...)
		if err != nil {
			return nil, fmt.Errorf("%s:\n%w", arch, err)
		}
		name := family + "." + arch + ".cubin"
		if target, ok := strings.CutPrefix(arch, "compute_"); ok {
			name = family + "." + arch + ".ptx"
			if kernels, err = match(declared, img); err != nil {
				return nil, fmt.Errorf("%s: %w", arch, err)
			}
			if err := c.assemble(img, target, use); err != nil {
				return nil, fmt.Errorf("%s: %w", arch, err)
			}
			img = strip(img)
		}
		m.image(name, img)
		if out[filepath.Join(c.dir, "img", name+".gz")], err = compress(img); err != nil {
			return nil, err
		}
	}
	if kernels == nil {
		return nil, fmt.Errorf("no kernel, or no compute_* image to read the kernels from")
	}
	m.kernels(kernels, use)
	out[filepath.Join(c.dir, "img", family+".manifest")] = m.Bytes()
	out[filepath.Join(c.dir, "z"+family+".go")], err = generate(family, kernels)
	return out, err
}

// usage is what ptxas reports of a kernel: the largest over the targets.
type usage struct{ registers, shared, spill int }

var (
	compiled = regexp.MustCompile(`(?s)Compiling entry function '(\w+)'.*?(\d+) bytes spill stores, (\d+) bytes spill loads.*?Used (\d+) registers([^\n]*)`)
	smem     = regexp.MustCompile(`(\d+) bytes smem`)
)

// assemble runs ptxas on a PTX for its own target and adds to the usage of its kernels.
func (c *compiler) assemble(ptx []byte, target string, use map[string]usage) error {
	cmd := exec.Command(c.ptxas, "-v", "-arch=sm_"+target, "-o", os.DevNull, "-")
	cmd.Stdin = bytes.NewReader(ptx)
	report, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("ptxas: %s", report)
	}
	for _, f := range compiled.FindAllStringSubmatch(string(report), -1) {
		u := use[f[1]]
		u.spill = max(u.spill, number(f[2])+number(f[3]))
		u.registers = max(u.registers, number(f[4]))
		if s := smem.FindStringSubmatch(f[5]); s != nil {
			u.shared = max(u.shared, number(s[1]))
		}
		use[f[1]] = u
	}
	return nil
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err) // the caller's pattern matches digits only
	}
	return n
}

// strip drops the comment lines, which name the compiler's build.
func strip(ptx []byte) []byte {
	return regexp.MustCompile(`(?m)^\s*//.*\n`).ReplaceAll(ptx, nil)
}

// compress makes of an image the quarter that a program carries.
func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func decompress(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
