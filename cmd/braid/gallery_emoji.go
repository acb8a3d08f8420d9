package main

import (
	"fmt"
	"path/filepath"
	"slices"

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
	styles := &emojiStyles{dir: dir, size: size, styles: map[string]tensor.Array{}}
	var pixels [2][]uint8
	var labels [2][]int32
	var texts [2][]string
	err = styles.each(filepath.Join(dir, "images.tsv"), []string{"style", "index", "code"}, func(picture tensor.Array, row []string) error {
		emoji := byCode[row[2]]
		if emoji == nil {
			return fmt.Errorf("%q is not in emoji.tsv", row[2])
		}
		part := 0
		if emoji[1] == "test" {
			part = 1
		}
		group, _ := slices.BinarySearch(g.classes, emoji[2])
		pixels[part] = append(pixels[part], tensor.Values[uint8](picture)...)
		labels[part] = append(labels[part], int32(group))
		texts[part] = append(texts[part], emoji[3])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return g, g.assemble(dir, size, size, pixels, labels, texts)
}
