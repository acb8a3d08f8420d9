package kernels

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stale compares a manifest with the files it names, read by open. It returns what differs.
func stale(manifest []byte, open func(name string) ([]byte, error)) (diffs []string) {
	lines := bufio.NewScanner(bytes.NewReader(manifest))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if f[0] != "source" && f[0] != "image" {
			continue
		}
		b, err := open(f[1])
		if err != nil {
			diffs = append(diffs, err.Error())
		} else if sum := fmt.Sprintf("%x", sha256.Sum256(b)); sum != f[2] {
			diffs = append(diffs, f[1]+" is not the one the images were made with")
		}
	}
	return diffs
}

// openFile reads a source or an image below the package's folder.
func openFile(name string) ([]byte, error) {
	if strings.HasPrefix(filepath.Ext(name), ".cu") && filepath.Ext(name) != ".cubin" {
		return os.ReadFile(name)
	}
	return load(name)
}

// Without a compiler: the images are those of the sources as they are now.
func TestImagesAreFresh(t *testing.T) {
	for _, family := range Families() {
		m, err := files.ReadFile("img/" + family + ".manifest")
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range stale(m, openFile) {
			t.Errorf("%s: %s: run go generate ./kernels", family, d)
		}
	}
}

func TestStaleGoesRed(t *testing.T) {
	m := []byte("nvrtc 12.4\nsource a.cu " + fmt.Sprintf("%x", sha256.Sum256([]byte("old"))) + "\nkernel k registers 1\n")
	content := "old"
	open := func(string) ([]byte, error) { return []byte(content), nil }
	if d := stale(m, open); d != nil {
		t.Errorf("fresh file reported: %v", d)
	}
	if content = "new"; len(stale(m, open)) != 1 {
		t.Error("changed file not reported")
	}
}

func TestEverySourceHasImages(t *testing.T) {
	sources, err := filepath.Glob("*.cu")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if family := strings.TrimSuffix(s, ".cu"); !slices.Contains(Families(), family) {
			t.Errorf("%s has no images: run go generate ./kernels", s)
		}
	}
}

// A spill is local memory in the middle of a kernel. There is none; one that pays would be listed here with its reason.
func TestNoSpills(t *testing.T) {
	for _, family := range Families() {
		m, err := files.ReadFile("img/" + family + ".manifest")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(m)) {
			if f := strings.Fields(line); f[0] == "kernel" && f[len(f)-1] != "0" {
				t.Errorf("%s: %s", family, line)
			}
		}
	}
}

// All images together stay below 8 MB: they are part of every program that uses the device.
func TestImagesAreSmall(t *testing.T) {
	images, err := files.ReadDir("img")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, image := range images {
		info, err := image.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 8<<20 {
		t.Errorf("images have %d bytes", total)
	}
}
