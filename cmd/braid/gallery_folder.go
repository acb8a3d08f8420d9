package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// openFolder reads picture files, resized. Those in folders of their own, one for each class, have the folder's name for a
// class and a text ("red-circle" is red circle). Every tenth picture of a class, by name, is to test on.
func openFolder(dir string, size int) (*gallery, error) {
	byClass := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".png", ".jpg", ".jpeg", ".gif":
			class := strings.NewReplacer("-", " ", "_", " ").Replace(filepath.Base(filepath.Dir(path)))
			if filepath.Dir(path) == filepath.Clean(dir) {
				class = ""
			}
			byClass[class] = append(byClass[class], path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(byClass) == 0 {
		return nil, fmt.Errorf("%s has neither train-images…idx3-ubyte nor emoji.tsv nor PNG, JPEG or GIF files", dir)
	}
	g := &gallery{}
	for class := range byClass {
		g.classes = append(g.classes, class)
	}
	slices.Sort(g.classes)
	var pixels [2][]uint8
	var labels [2][]int32
	var texts [2][]string
	for label, class := range g.classes {
		for i, path := range byClass[class] {
			picture, err := readPicture(path, size, size)
			if err != nil {
				return nil, err
			}
			part := 0
			if i%10 == 9 {
				part = 1
			}
			pixels[part] = append(pixels[part], tensor.Values[uint8](picture)...)
			labels[part] = append(labels[part], int32(label))
			texts[part] = append(texts[part], class)
		}
	}
	if len(g.classes) == 1 || slices.Contains(g.classes, "") { // pictures without a class have no text either
		g.classes, texts = nil, [2][]string{}
	}
	return g, g.assemble(dir, size, size, pixels, labels, texts)
}

// readPicture is a file as [h, w, 3] bytes.
func readPicture(path string, h, w int) (tensor.Array, error) {
	return decodeFile(path, h, w, data.DecodeImage)
}

func decodeFile(path string, h, w int, decode func(r io.Reader, h, w int) (tensor.Array, error)) (tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return tensor.Array{}, err
	}
	defer f.Close()
	picture, err := decode(f, h, w)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("%s: %w", path, err)
	}
	return picture, nil
}
