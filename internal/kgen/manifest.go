package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

// manifest is the text of img/<family>.manifest: what the images were made from and with, what they are, and what
// ptxas says of each kernel. A test of package kernels reads it, so it can tell stale images without a compiler.
type manifest struct {
	compiler string
	lines    bytes.Buffer
}

func (m *manifest) source(name string) error {
	b, err := os.ReadFile(name)
	if err == nil {
		fmt.Fprintf(&m.lines, "source %s %x\n", filepath.Base(name), sha256.Sum256(b))
	}
	return err
}

func (m *manifest) image(name string, b []byte) {
	fmt.Fprintf(&m.lines, "image %s %x\n", name, sha256.Sum256(b))
}

func (m *manifest) kernels(all []kernel, use map[string]usage) {
	for _, k := range all {
		u := use[k.Name]
		fmt.Fprintf(&m.lines, "kernel %s registers %d shared %d spill %d\n", k.Name, u.registers, u.shared, u.spill)
	}
}

func (m *manifest) Bytes() []byte { return append([]byte(m.compiler+"\n"), m.lines.Bytes()...) }
