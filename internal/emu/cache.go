//go:build linux && amd64 && !cpu

package emu

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// cache is the folder of objects and libraries, each under the hash of what it was made from.
type cache struct {
	dir      string
	compiler []byte // g++ and its version
}

// job is one source to compile, and the text of what it includes.
type job struct {
	name          string
	text, headers []byte
	flags         []string
}

func openCache() (*cache, error) {
	if err := Available(); err != nil {
		return nil, err
	}
	version, err := exec.Command("g++", "-v").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("emu: g++: %w", err)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("emu: %w", err)
	}
	c := &cache{dir: filepath.Join(user, "braid", "emu"), compiler: version}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("emu: %w", err)
	}
	return c, nil
}

// path is where the product of parts lies, whether it is there or not.
func (c *cache) path(ext string, parts ...[]byte) string {
	h := sha256.New()
	for _, p := range append(parts, c.compiler) {
		fmt.Fprintln(h, len(p))
		h.Write(p)
	}
	return filepath.Join(c.dir, fmt.Sprintf("%x%s", h.Sum(nil)[:12], ext))
}

// library compiles the jobs, as many at once as there are processors, and links them.
func (c *cache) library(jobs []job) (string, error) {
	objects, errs := make([]string, len(jobs)), make([]error, len(jobs))
	gate := make(chan bool, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() {
			gate <- true
			defer func() { <-gate }()
			objects[i], errs[i] = c.object(j)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	var names bytes.Buffer
	for _, o := range objects {
		fmt.Fprintln(&names, o)
	}
	return c.make(c.path(".so", names.Bytes()), func(out string) *exec.Cmd {
		return exec.Command("g++", append([]string{"-shared", "-Wl,-Bsymbolic", "-o", out}, objects...)...)
	})
}

// object compiles one source.
func (c *cache) object(j job) (string, error) {
	out := c.path(".o", []byte(j.name), j.text, j.headers, fmt.Append(nil, j.flags))
	return c.make(out, func(out string) *exec.Cmd {
		cmd := exec.Command("g++", append(j.flags, "-x", "c++", "-c", "-o", out, "-")...)
		cmd.Stdin = bytes.NewReader(j.text)
		return cmd
	})
}

// make runs a command that writes out, unless out is there. Of several processes that want the same, one works.
func (c *cache) make(out string, command func(out string) *exec.Cmd) (string, error) {
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	lock, err := os.Create(out + ".lock")
	if err != nil {
		return "", fmt.Errorf("emu: %w", err)
	}
	defer lock.Close() // and with it the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("emu: lock %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	part := out + ".part"
	if message, err := command(part).CombinedOutput(); err != nil {
		return "", fmt.Errorf("emu: g++: %w\n%s", err, message)
	}
	return out, os.Rename(part, out)
}
