package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// isEmoji reports whether a folder has the emoji with their tags, and the rows to test fusion on.
func isEmoji(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "fusion1-test.tsv"))
	return err == nil
}

// flagGroup of the emoji is left out: a flag's tags say its group.
const flagGroup = "flags"

// emojiPart is rows of pictures with their tags.
type emojiPart struct {
	pixels []uint8
	tags   [][]string
	labels []int32
}

func (p *emojiPart) add(picture tensor.Array, tags []string, label int32) {
	p.pixels = append(p.pixels, tensor.Values[uint8](picture)...)
	p.tags = append(p.tags, tags)
	p.labels = append(p.labels, label)
}

// openEmojiTags reads the emoji as a task of two inputs: picture and one of its tags, another one in every epoch, tell the
// group. The rows to test on are fixed.
func (o *options) openEmojiTags() (*dataset, error) {
	size := o.Size.or(32)
	if size.Height != size.Width {
		return nil, fmt.Errorf("--image-size is %v, but the emoji are square", size)
	}
	styles := &emojiStyles{dir: o.Data, size: size.Height, styles: map[string]tensor.Array{}}
	groups, parts, err := styles.tagged()
	if err != nil {
		return nil, err
	}
	d, err := o.emoji(groups, size, parts)
	if err == nil && styles.absent > 0 {
		d.about = append(d.about, fmt.Sprintf("%d rows were passed over: they name pictures of a style that is not there", styles.absent))
	}
	return d, err
}

// tagged is the groups, and the rows of each part: train, val and test.
func (e *emojiStyles) tagged() (groups []string, parts map[string]*emojiPart, err error) {
	table, err := data.ReadTSV(filepath.Join(e.dir, "emoji.tsv"), "code", "split", "group", "tags")
	if err != nil {
		return nil, nil, err
	}
	byCode := map[string][]string{}
	for _, row := range table {
		byCode[row[0]] = row
		if row[2] != flagGroup {
			groups = append(groups, row[2])
		}
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	parts = map[string]*emojiPart{"train": {}, "val": {}, "test": {}}
	index := filepath.Join(e.dir, "images.tsv")
	err = e.each(index, []string{"style", "index", "code"}, func(picture tensor.Array, row []string) error {
		emoji := byCode[row[2]]
		if emoji == nil {
			return fmt.Errorf("%q is not in emoji.tsv", row[2])
		}
		if group := slices.Index(groups, emoji[2]); group >= 0 && (emoji[1] == "train" || emoji[1] == "val") {
			parts[emoji[1]].add(picture, strings.Split(emoji[3], "|"), int32(group))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	fixed := filepath.Join(e.dir, "fusion1-test.tsv")
	err = e.each(fixed, []string{"style", "index", "group", "tag"}, func(picture tensor.Array, row []string) error {
		group := slices.Index(groups, row[2])
		if group < 0 {
			return fmt.Errorf("the group is %q, expected one of %s", row[2], strings.Join(groups, ", "))
		}
		parts["test"].add(picture, []string{row[3]}, int32(group))
		return nil
	})
	return groups, parts, err
}

// each gives the pictures that a table names to do; the first two columns are style and index.
func (e *emojiStyles) each(table string, columns []string, do func(picture tensor.Array, row []string) error) error {
	rows, err := data.ReadTSV(table, columns...)
	if err != nil {
		return err
	}
	for i, row := range rows {
		picture, err := e.picture(row[0], row[1])
		switch {
		case err != nil:
		case picture.Absent():
			e.absent++
		default:
			err = do(picture, row)
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", table, i+1, err)
		}
	}
	return nil
}

func (o *options) emoji(groups []string, size dims, parts map[string]*emojiPart) (*dataset, error) {
	d := &dataset{classes: groups, task: classify, size: size, channels: 3}
	var tags []string
	for _, row := range parts["train"].tags {
		tags = append(tags, row...)
	}
	var err error
	d.vocab = data.BuildVocab(tags, 0, 1)
	d.maxTokens = d.vocab.EncodeAll(tags, 0).Shape()[1]
	if d.vocab, err = o.extend(d.vocab); err != nil {
		return nil, err
	}
	for name, to := range map[string]*data.Source[data.Pair]{"train": &d.train, "val": &d.valid, "test": &d.test} {
		p := parts[name]
		n := len(p.labels)
		if n == 0 {
			return nil, fmt.Errorf("%s: there are no pictures of %v pixels for the part %s", o.Data, size, name)
		}
		pairs := &data.Pairs{
			Images: tensor.ArrayOf(p.pixels, n, size.Height, size.Width, 3), Labels: tensor.ArrayOf(p.labels, n), Classes: groups,
		}
		*to = data.DrawTexts(pairs, p.tags, d.vocab, d.maxTokens)
		if name == "train" {
			d.targets = pairs.Labels
		}
	}
	d.about = append(d.about, "text: one of a picture's tags, another one in every epoch; label: its group")
	return d, nil
}
