package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ebitengine/purego"
)

// nvrtc is NVIDIA's run-time compiler, opened without cgo.
type nvrtc struct {
	version   func(major, minor *int32) int32
	create    func(prog *uintptr, src, name string, n int32, headers, names *uintptr) int32
	compile   func(prog uintptr, n int32, opts []*byte) int32
	destroy   func(prog *uintptr) int32
	logSize   func(prog uintptr, n *uint64) int32
	log       func(prog uintptr, p *byte) int32
	ptxSize   func(prog uintptr, n *uint64) int32
	ptx       func(prog uintptr, p *byte) int32
	cubinSize func(prog uintptr, n *uint64) int32
	cubin     func(prog uintptr, p *byte) int32
}

func openNVRTC(path string) (*nvrtc, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW)
	if err != nil {
		return nil, err
	}
	c := new(nvrtc)
	for name, f := range map[string]any{
		"nvrtcVersion":           &c.version,
		"nvrtcCreateProgram":     &c.create,
		"nvrtcCompileProgram":    &c.compile,
		"nvrtcDestroyProgram":    &c.destroy,
		"nvrtcGetProgramLogSize": &c.logSize,
		"nvrtcGetProgramLog":     &c.log,
		"nvrtcGetPTXSize":        &c.ptxSize,
		"nvrtcGetPTX":            &c.ptx,
		"nvrtcGetCUBINSize":      &c.cubinSize,
		"nvrtcGetCUBIN":          &c.cubin,
	} {
		purego.RegisterLibFunc(f, lib, name)
	}
	return c, nil
}

// Version is "12.4".
func (c *nvrtc) Version() string {
	var major, minor int32
	c.version(&major, &minor)
	return fmt.Sprintf("%d.%d", major, minor)
}

// Compile turns one source into PTX (arch compute_*) or a cubin (sm_*).
func (c *nvrtc) Compile(file string, src []byte, arch string, flags ...string) ([]byte, error) {
	var opts []*byte
	for _, o := range append([]string{"--gpu-architecture=" + arch}, flags...) {
		opts = append(opts, &append([]byte(o), 0)[0])
	}
	var prog uintptr
	if r := c.create(&prog, string(src), filepath.Base(file), 0, nil, nil); r != 0 {
		return nil, fmt.Errorf("nvrtcCreateProgram: error %d", r)
	}
	defer c.destroy(&prog)
	if c.compile(prog, int32(len(opts)), opts) != 0 {
		return nil, errors.New(strings.TrimRight(string(text(prog, c.logSize, c.log)), "\x00\n"))
	}
	if strings.HasPrefix(arch, "sm_") {
		return text(prog, c.cubinSize, c.cubin), nil
	}
	return []byte(strings.TrimRight(string(text(prog, c.ptxSize, c.ptx)), "\x00")), nil
}

func text(prog uintptr, size func(uintptr, *uint64) int32, get func(uintptr, *byte) int32) []byte {
	var n uint64
	size(prog, &n)
	b := make([]byte, n+1)
	get(prog, &b[0])
	return b[:n]
}
