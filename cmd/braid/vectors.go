package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// mostWords bounds the words that a model knows beyond those of its texts: the first of the file, which are the most
// frequent in files of GloVe and word2vec.
const mostWords = 30_000

// extend is the vocabulary of texts with the words of --vectors behind it, where those stay as they are: what a word that
// training never saw means, the others tell.
func (o *recipeOptions) extend(vocab *data.Vocab) (*data.Vocab, error) {
	if o.Vectors == "" || !o.VectorsFreeze {
		return vocab, nil
	}
	more, err := data.VectorWords(o.Vectors, mostWords)
	if err != nil {
		return nil, err
	}
	return vocab.With(more), nil
}

// vectors reads those of the vocabulary into t, and says how many words have none.
func (o *options) vectors(d *dataset, t *models.TextConfig) error {
	v, err := data.ReadVectorsFile(o.Vectors, d.vocab)
	if err != nil {
		return err
	}
	table, missing := v.Table(d.vocab, rand.New(rand.NewPCG(o.Seed, 1)))
	t.Vectors, t.Embed, t.Freeze = table, v.Dim, o.VectorsFreeze
	words := d.vocab.Len() - 2
	d.about = append(d.about, fmt.Sprintf("word vectors: %d numbers each; %d of %d words have none (%.1f %%)",
		v.Dim, missing, words, 100*float64(missing)/float64(max(words, 1))))
	return nil
}
