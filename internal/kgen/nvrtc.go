package main

import (
	"bytes"
	"cmp"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The program that calls NVRTC: its memory must be laid out by its own rules (see malloc.c), which Go's cannot be.
//
//go:embed nvrtc
var driver embed.FS

// nvrtc is NVIDIA's run-time compiler, behind the program that calls it.
type nvrtc struct{ program, library string }

// openNVRTC compiles the program into dir.
func openNVRTC(library, dir string) (*nvrtc, error) {
	if err := os.CopyFS(dir, driver); err != nil {
		return nil, err
	}
	c := &nvrtc{filepath.Join(dir, "compile"), library}
	build := exec.Command(cmp.Or(os.Getenv("CC"), "gcc"), "-O1", "-rdynamic", "-o", c.program,
		filepath.Join(dir, "nvrtc", "main.c"), filepath.Join(dir, "nvrtc", "malloc.c"), "-ldl")
	if message, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, message)
	}
	return c, nil
}

// Version is "12.4".
func (c *nvrtc) Version() (string, error) {
	b, err := output(exec.Command(c.program, c.library))
	return string(b), err
}

// Compile turns one source into PTX (arch compute_*) or a cubin (sm_*).
func (c *nvrtc) Compile(file string, src []byte, arch string, flags ...string) ([]byte, error) {
	args := append([]string{c.library, filepath.Base(file), "--gpu-architecture=" + arch}, flags...)
	cmd := exec.Command(c.program, args...)
	cmd.Stdin = bytes.NewReader(src)
	return output(cmd)
}

// output is what a command prints; if it fails, its complaint is the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	b, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(e.Stderr)))
	}
	return b, err
}
