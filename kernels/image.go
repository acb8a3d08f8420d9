package kernels

import (
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

//go:embed img
var files embed.FS

// Image is the compiled form of a family for one target.
type Image struct {
	Name string // "gemm.sm_80.cubin"
	Data []byte // a cubin, or PTX with a final zero byte, which the driver asks for
}

// Families is the names of all families, sorted.
func Families() []string {
	manifests, err := imageNames("*.manifest")
	if err != nil {
		panic(err) // the pattern is well-formed
	}
	for i, name := range manifests {
		manifests[i] = strings.TrimSuffix(name, ".manifest")
	}
	return manifests
}

// Lookup returns the image of a family that runs best on a device of the given compute capability: the newest cubin of
// the same major version that is not newer than the device, else the newest PTX, which the driver compiles.
func Lookup(family string, major, minor int) (Image, error) {
	names, err := imageNames(family + ".*")
	if err != nil {
		return Image{}, fmt.Errorf("kernels: family %q: %w", family, err)
	}
	best, bestRank := "", -1
	for _, name := range names {
		if rank := suits(name, major, minor); rank > bestRank {
			best, bestRank = name, rank
		}
	}
	if best == "" {
		return Image{}, fmt.Errorf("kernels: no image of %q for compute capability %d.%d: there are %s",
			family, major, minor, strings.Join(names, ", "))
	}
	return Read(best)
}

// suits ranks an image for a device; -1 when it does not run there. Any cubin that runs is above any PTX.
func suits(name string, major, minor int) int {
	const cubin = 1000
	if arch, ok := target(name, ".sm_", ".cubin"); ok && arch/10 == major && arch%10 <= minor {
		return cubin + arch
	}
	if arch, ok := target(name, ".compute_", ".ptx"); ok && arch <= 10*major+minor {
		return arch
	}
	return -1
}

// target is the number between kind and ext at the end of an image's name.
func target(name, kind, ext string) (int, bool) {
	_, arch, ok := strings.Cut(strings.TrimSuffix(name, ext), kind)
	n, err := strconv.Atoi(arch)
	return n, ok && err == nil && path.Ext(name) == ext
}

// Read returns an image by its name.
func Read(name string) (Image, error) {
	b, err := load(name)
	if err != nil {
		return Image{}, fmt.Errorf("kernels: %s: %w", name, err)
	}
	if path.Ext(name) == ".ptx" {
		b = append(b, 0)
	}
	return Image{name, b}, nil
}

// load is the content of an image. Programs carry images compressed: they have a quarter of the size.
func load(name string) ([]byte, error) {
	f, err := files.Open("img/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// imageNames is the names of images and manifests, without the ending of compression.
func imageNames(pattern string) ([]string, error) {
	entries, err := files.ReadDir("img")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".gz")
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	return names, nil
}
