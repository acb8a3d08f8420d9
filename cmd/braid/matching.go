package main

import (
	"fmt"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// isIDX reports whether a folder has files as those of MNIST.
func isIDX(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "train-images*ubyte*"))
	return err == nil && len(found) > 0
}

// openMatching reads pictures with classes and asks whether a class's name fits a picture, with other pairs in every epoch.
func (o *options) openMatching() (*dataset, error) {
	g, err := openIDX(o.Data)
	if err != nil {
		return nil, err
	}
	if len(g.classes) < 2 {
		return nil, fmt.Errorf("%s: the pictures have no classes to ask for", o.Data)
	}
	shape := g.train.Images.Shape()
	d := &dataset{
		classes: []string{"no", "yes"}, task: classify, size: dims{shape[1], shape[2]}, channels: shape[3],
		about: []string{"text: the name of a class; label: does it fit the picture? Other pairs are drawn in every epoch"},
	}
	if asked := o.Size; asked != (dims{}) && asked != d.size {
		return nil, fmt.Errorf("--image-size is %v, but the pictures in %s are of %v", asked, o.Data, d.size)
	}
	d.vocab = data.BuildVocab(g.classes, 0, 1)
	if d.vocab, err = o.extend(d.vocab); err != nil {
		return nil, err
	}
	names := d.vocab.EncodeAll(g.classes, 0)
	d.maxTokens = names.Shape()[1]
	source := func(p *data.Pairs) *data.Matching {
		return &data.Matching{Images: p.Images, Classes: tensor.Values[int32](p.Labels), Texts: names}
	}
	all := source(g.train)
	rows, held := data.Stratified(all.Classes, .95, o.Seed)
	d.train, d.valid, d.test = data.Subset[data.Pair](all, rows), data.Subset[data.Pair](all, held), source(g.test)
	return d, nil
}
