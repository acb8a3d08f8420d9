package main

import (
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// dataset is a data set's parts, its words and its classes.
type dataset struct {
	train, valid data.Source[data.Pair]
	test         *data.Pairs
	vocab        *data.Vocab
	classes      []string
	channels     int
}

// builtin is the --data that is generated.
const builtin = "builtin"

// open reads or generates the data that o names.
func (o *options) open() (*dataset, error) {
	var all *data.Pairs
	d := &dataset{channels: 3}
	if o.Data == builtin {
		all, d.test, d.vocab = data.Shapes(data.ShapesConfig{
			Level: o.Level, Train: o.Pictures, Test: o.Pictures / 5, Size: o.Size, Seed: o.Seed,
		})
	} else {
		var err error
		if all, d.test, d.vocab, err = data.OpenEasyVQA(o.Data, o.Size); err != nil {
			return nil, err
		}
	}
	d.classes = all.Classes
	pictures := all.Rows
	if pictures == nil {
		for i := range all.Len() {
			pictures = append(pictures, int32(i))
		}
	}
	d.train, d.valid = data.SplitBy(all, pictures, .95, o.Seed)
	return d, nil
}

// model makes the model that o describes, for d.
func (o *options) model(d *dataset) *models.Fusion {
	return models.NewFusion(rand.New(rand.NewPCG(o.Seed, 0)), models.FusionConfig{
		Image:   models.ImageConfig{Height: o.Size, Width: o.Size, Channels: d.channels},
		Text:    models.TextConfig{Vocab: d.vocab.Len(), Bag: o.TextEncoder == "bag"},
		Merge:   o.Merge,
		Dropout: o.Dropout,
		Missing: o.Only != "both",
		Outputs: len(d.classes),
		Words:   d.vocab.Words,
		Classes: d.classes,
	})
}
