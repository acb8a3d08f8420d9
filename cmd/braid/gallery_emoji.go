package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// openEmoji reads the emoji in all styles: emoji.tsv has their names, groups and parts, images.tsv says which picture is
// whose. The name is the text, the group the class.
func openEmoji(dir string, size int) (*gallery, error) {
	table, err := data.ReadTSV(filepath.Join(dir, "emoji.tsv"), "code", "split", "group", "label")
	if err != nil {
		return nil, err
	}
	byCode, groups := map[string][]string{}, []string{}
	for _, row := range table {
		byCode[row[0]] = row
		groups = append(groups, row[2])
	}
	slices.Sort(groups)
	g := &gallery{classes: slices.Compact(groups)}
	index := filepath.Join(dir, "images.tsv")
	rows, err := data.ReadTSV(index, "style", "index", "code")
	if err != nil {
		return nil, err
	}
	styles := map[string]tensor.Array{}
	var pixels [2][]uint8
	var labels [2][]int32
	var texts [2][]string
	for i, row := range rows {
		images, read := styles[row[0]]
		if !read {
			path := filepath.Join(dir, fmt.Sprintf("images-%s-%d.idx4-ubyte.gz", row[0], size))
			if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
				styles[row[0]] = tensor.Array{} // a style that is not there in this size
				continue
			}
			if images, err = data.ReadIDXFile(path); err != nil {
				return nil, err
			}
			if s := images.Shape(); len(s) != 4 || s[1] != size || s[2] != size || s[3] != 3 || images.DType() != tensor.Uint8 {
				return nil, fmt.Errorf("%s: the pictures are %v %v: [n %d %d 3] of bytes was expected", path, images.DType(), s, size, size)
			}
			styles[row[0]] = images
		}
		if images.Absent() {
			continue
		}
		k, err := strconv.Atoi(row[1])
		emoji := byCode[row[2]]
		if err != nil || k < 0 || k >= images.Shape()[0] || emoji == nil {
			return nil, fmt.Errorf("%s: row %d: %q is no picture of the style, or %q is not in emoji.tsv", index, i+1, row[1], row[2])
		}
		part := 0
		if emoji[1] == "test" {
			part = 1
		}
		group, _ := slices.BinarySearch(g.classes, emoji[2])
		pixels[part] = append(pixels[part], tensor.Values[uint8](images.Slice(k, k+1))...)
		labels[part] = append(labels[part], int32(group))
		texts[part] = append(texts[part], emoji[3])
	}
	return g, g.assemble(dir, size, size, pixels, labels, texts)
}
