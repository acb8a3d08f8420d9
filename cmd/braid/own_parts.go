package main

import (
	"fmt"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// part is some rows of what was opened.
type part struct {
	folder *data.ImageFolder
	rows   []int
}

func whole(f *data.ImageFolder) part {
	p := part{folder: f, rows: make([]int, f.Len())}
	for i := range p.rows {
		p.rows[i] = i
	}
	return p
}

func (p part) source() data.Source[data.Pair] { return data.Subset[data.Pair](p.folder, p.rows) }

func (p part) targets() tensor.Array { return p.folder.Targets(p.rows) }

// texts are those of the part.
func (p part) texts() []string {
	var texts []string
	for _, row := range p.rows {
		texts = append(texts, p.folder.Texts(row)...)
	}
	return texts
}

// lacking counts the rows without a picture, and without a text.
func (p part) lacking() (images, texts int) {
	for _, row := range p.rows {
		image, text := p.folder.Has(row)
		if !image {
			images++
		}
		if !text {
			texts++
		}
	}
	return images, texts
}

// cut takes a share of p's rows away, at random. Rows of one picture stay together; where each has its own, every class
// keeps its share.
func (p part) cut(share float64, seed uint64) (rest, taken part, err error) {
	var a, b []int
	if groups, shared := p.pictures(); shared {
		a, b = data.Grouped(groups, 1-share, seed)
	} else {
		a, b = data.Stratified(p.classes(), 1-share, seed)
	}
	if len(a) == 0 || len(b) == 0 {
		return rest, taken, fmt.Errorf("%d rows cannot be divided by %g: more rows, or another share, are expected", len(p.rows), share)
	}
	return p.at(a), p.at(b), nil
}

// at is some of p's rows, by their place in it.
func (p part) at(places []int) part {
	q := part{folder: p.folder, rows: make([]int, len(places))}
	for i, place := range places {
		q.rows[i] = p.rows[place]
	}
	return q
}

// pictures numbers the files of the rows, and tells whether some rows share one. A row without a picture is by itself.
func (p part) pictures() (groups []int32, shared bool) {
	seen := map[string]int32{}
	next := int32(0)
	for _, row := range p.rows {
		file := p.folder.File(row)
		id, again := seen[file]
		if again = again && file != ""; again {
			shared = true
		} else {
			id = next
			next++
			seen[file] = id
		}
		groups = append(groups, id)
	}
	return groups, shared
}

// classes is the class of each row; without classes they are all the same.
func (p part) classes() []int32 {
	labels := make([]int32, len(p.rows))
	if p.folder.Labels != nil {
		for i, row := range p.rows {
			labels[i] = p.folder.Labels[row]
		}
	}
	return labels
}
