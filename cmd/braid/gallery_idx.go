package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// openIDX reads files as MNIST has them: train-images…ubyte and t10k- or test-images…, gzipped or not, with labels beside
// them. The names of classes are in classes.txt or categories.txt, one a line; without, they are numbers.
func openIDX(dir string) (*gallery, error) {
	g := &gallery{}
	var err error
	if g.train, err = openIDXPart(dir, "train"); err != nil {
		return nil, err
	}
	if g.test, err = openIDXPart(dir, "t10k", "test"); err != nil {
		return nil, err
	}
	if g.train.Labels.Absent() || g.test.Labels.Absent() {
		g.train.Labels, g.test.Labels = tensor.Array{}, tensor.Array{}
		return g, nil
	}
	if g.classes, err = readNames(filepath.Join(dir, "classes.txt"), filepath.Join(dir, "categories.txt")); err != nil {
		return nil, err
	}
	if g.classes == nil {
		last := slices.Max(tensor.Values[int32](g.train.Labels))
		if last >= most {
			return nil, fmt.Errorf("%s: there is a label %d: 0 to %d was expected", dir, last, most-1)
		}
		for i := range last + 1 {
			g.classes = append(g.classes, strconv.Itoa(int(i)))
		}
	}
	g.train.Classes, g.test.Classes = g.classes, g.classes
	for _, p := range []*data.Pairs{g.train, g.test} { // before labels are looked up
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	g.named()
	return g, nil
}

func openIDXPart(dir string, prefixes ...string) (*data.Pairs, error) {
	read := func(kind string) (tensor.Array, string, error) {
		for _, prefix := range prefixes {
			found, err := filepath.Glob(filepath.Join(dir, prefix+"-"+kind+"*idx*"))
			if err != nil {
				return tensor.Array{}, "", err
			}
			if len(found) > 0 {
				a, err := data.ReadIDXFile(found[0])
				return a, found[0], err
			}
		}
		return tensor.Array{}, "", nil
	}
	images, path, err := read("images")
	if err != nil {
		return nil, err
	}
	if images.Absent() {
		return nil, fmt.Errorf("%s has no %s-images…idx3-ubyte", dir, strings.Join(prefixes, "- or "))
	}
	shape := images.Shape()
	if len(shape) == 3 {
		images = images.Reshape(shape[0], shape[1], shape[2], 1)
	} else if len(shape) != 4 {
		return nil, fmt.Errorf("%s: the pictures are %v: [n, h, w] or [n, h, w, channels] was expected", path, shape)
	}
	if images.DType() != tensor.Uint8 {
		return nil, fmt.Errorf("%s: the pictures are %v: bytes were expected", path, images.DType())
	}
	p := &data.Pairs{Images: images}
	labels, path, err := read("labels")
	if err != nil || labels.Absent() {
		return p, err
	}
	if len(labels.Shape()) != 1 || labels.Len() != shape[0] || labels.DType() == tensor.Float32 || labels.DType() == tensor.Float64 {
		return nil, fmt.Errorf("%s: the labels are %v %v: whole numbers [%d] were expected", path, labels.DType(), labels.Shape(), shape[0])
	}
	ids := make([]int32, labels.Len())
	for i, v := range labels.Float64s() {
		ids[i] = int32(v)
	}
	p.Labels = tensor.ArrayOf(ids, len(ids))
	return p, nil
}

// readNames reads the first of the files that is there, one name a line; nil if none is.
func readNames(paths ...string) (names []string, err error) {
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			name := strings.TrimSpace(lines.Text())
			if name == "" {
				return nil, fmt.Errorf("%s: line %d is empty: a name was expected", path, len(names)+1)
			}
			names = append(names, name)
		}
		return names, lines.Err()
	}
	return nil, nil
}

// assemble makes the parts, train and test, of what was read.
func (g *gallery) assemble(dir string, h, w int, pixels [2][]uint8, labels [2][]int32, texts [2][]string) error {
	if len(labels[0]) == 0 || len(labels[1]) == 0 {
		return fmt.Errorf("%s: %d pictures to train on and %d to test on were found: at least one of each was expected", dir, len(labels[0]), len(labels[1]))
	}
	var parts [2]*data.Pairs
	for i := range parts {
		n := len(labels[i])
		parts[i] = &data.Pairs{Images: tensor.ArrayOf(pixels[i], n, h, w, 3)}
		if len(g.classes) > 1 {
			parts[i].Labels, parts[i].Classes = tensor.ArrayOf(labels[i], n), g.classes
		}
	}
	g.train, g.test = parts[0], parts[1]
	if texts[0] != nil {
		g.vocab = data.BuildVocab(texts[0], 0, 1)
		g.train.Texts = g.vocab.EncodeAll(texts[0], 0)
		g.test.Texts = g.vocab.EncodeAll(texts[1], g.train.Texts.Shape()[1])
	}
	return nil
}
