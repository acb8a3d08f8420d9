package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// gallery is pictures to learn from, of one size, and what is known about them.
type gallery struct {
	train, test             *data.Pairs // labels only if there are classes, texts only if there is a vocabulary
	vocab                   *data.Vocab
	classes                 []string
	height, width, channels int

	labelled bool // the texts are only the names of the classes
}

// open reads or generates the pictures that o names.
func (o *pictureOptions) open() (*gallery, error) {
	g, err := o.find()
	if err != nil {
		return nil, err
	}
	shape := g.train.Images.Shape()
	if test := g.test.Images.Shape(); fmt.Sprint(test[1:]) != fmt.Sprint(shape[1:]) {
		return nil, fmt.Errorf("%s: the pictures to train on are %v, those to test on %v: the same size was expected", o.Data, shape[1:], test[1:])
	}
	g.height, g.width, g.channels = shape[1], shape[2], shape[3]
	if g.channels != 1 && g.channels != 3 {
		return nil, fmt.Errorf("%s: the pictures have %d channels: 1 (grey) or 3 (colour) was expected", o.Data, g.channels)
	}
	if g.height%2 != 0 || g.width%2 != 0 || min(g.height, g.width) < 8 {
		return nil, fmt.Errorf("%s: the pictures are %d by %d pixels: even numbers from 8 up were expected", o.Data, g.height, g.width)
	}
	if o.Pictures > 0 && o.Pictures < g.train.Len() {
		g.train = head(g.train, o.Pictures)
	}
	for _, p := range []*data.Pairs{g.train, g.test} {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Data, err)
		}
	}
	if n := g.train.Len(); n < o.Batch {
		return nil, fmt.Errorf("--batch is %d, but there are %d pictures to train on", o.Batch, n)
	}
	return g, nil
}

// find looks at what there is.
func (o *pictureOptions) find() (*gallery, error) {
	if o.Data == builtin {
		n := o.Pictures
		if n == 0 {
			n = 6000
		}
		g := &gallery{}
		g.train, g.test, g.vocab = data.CaptionedShapes(data.ShapesConfig{Train: n, Test: max(n/5, 20), Size: o.side(), Seed: o.Seed})
		g.classes = g.train.Classes
		return g, nil
	}
	if _, err := os.Stat(filepath.Join(o.Data, "emoji.tsv")); err == nil {
		return openEmoji(o.Data, o.side())
	}
	if idx, err := filepath.Glob(filepath.Join(o.Data, "train-images*ubyte*")); err == nil && len(idx) > 0 {
		return openIDX(o.Data)
	}
	return openFolder(o.Data, o.side())
}

// head is the first n rows.
func head(p *data.Pairs, n int) *data.Pairs {
	h := *p
	for _, a := range []*tensor.Array{&h.Images, &h.Texts, &h.Labels} {
		if !a.Absent() {
			*a = a.Slice(0, n)
		}
	}
	return &h
}

// named gives each picture its class's name for a text.
func (g *gallery) named() {
	g.vocab = data.BuildVocab(g.classes, 0, 1)
	names := g.vocab.EncodeAll(g.classes, 0)
	width := names.Shape()[1]
	for _, p := range []*data.Pairs{g.train, g.test} {
		var ids []int32
		for _, label := range tensor.Values[int32](p.Labels) {
			ids = append(ids, tensor.Values[int32](names.Slice(int(label), int(label)+1))...)
		}
		p.Texts = tensor.ArrayOf(ids, p.Len(), width)
	}
	g.labelled = true
}

// texts are n different texts of the pictures to train on, fewer if there are fewer.
func (g *gallery) texts(n int) (tokens [][]int32) {
	seen := map[string]bool{}
	for i := range g.train.Len() {
		row := tensor.Values[int32](g.train.Texts.Slice(i, i+1))
		if text := g.vocab.Decode(row); !seen[text] {
			seen[text] = true
			if tokens = append(tokens, row); len(tokens) == n {
				break
			}
		}
	}
	return tokens
}
