package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// dataset is a data set's parts, its words and what there is to learn.
type dataset struct {
	train, valid, test data.Source[data.Pair]
	targets            tensor.Array // labels of the rows to train on
	vocab              *data.Vocab  // nil: there are no texts
	classes            []string     // of a regression, the names of the numbers
	task               string
	size               dims
	channels           int

	columns               models.Columns // of the table that it was read from
	maxTokens             int            // texts are cut to; 0: they are not
	lackImages, lackTexts int            // rows that have none
	parts                 []part         // of a user's pictures: train, validation, test
	folders               []*data.ImageFolder
	about                 []string             // what was guessed
	testText              func(row int) string // as it was read; nil: only its tokens are known
}

// builtin is the --data that is generated.
const builtin = "builtin"

// generated are the kinds of it, as --data builtin:count.
var generated = map[string]func(data.ShapesConfig) (train, test *data.Pairs, vocab *data.Vocab){
	"": data.Shapes,
	"count": func(c data.ShapesConfig) (train, test *data.Pairs, vocab *data.Vocab) {
		return data.MeasuredShapes(c, data.Counting)
	},
	"area": func(c data.ShapesConfig) (train, test *data.Pairs, vocab *data.Vocab) {
		return data.MeasuredShapes(c, data.Covering)
	},
	"tags": data.TaggedShapes,
	"unbalanced": func(c data.ShapesConfig) (train, test *data.Pairs, vocab *data.Vocab) {
		return data.UnbalancedShapes(c, 20)
	},
}

// isBuiltin reports whether data are generated, and of which kind.
func isBuiltin(data string) (kind string, is bool) {
	name, kind, _ := strings.Cut(data, ":")
	return kind, name == builtin
}

// open reads or generates the data that o names. For a model that is known, they get its words, classes and columns.
func (o *options) open(known *models.FusionConfig) (*dataset, error) {
	kind, is := isBuiltin(o.Data)
	switch {
	case !o.Fold.IsZero() && (is || isEasyVQA(o.Data) || isEmoji(o.Data) || isIDX(o.Data)):
		return nil, fmt.Errorf("--fold divides pictures of your own: %s has a test part", o.Data)
	case is:
		train, test, vocab := generated[kind](data.ShapesConfig{
			Level: o.Level, Train: o.Pictures, Test: o.Pictures / 5, Size: o.Size.or(32).Height, Seed: o.Seed,
		})
		d := o.questions(train, test, vocab)
		switch kind {
		case "count", "area":
			d.task, d.classes = regress, []string{kind}
		case "tags":
			d.task = multilabel
		}
		return d, nil
	case isEasyVQA(o.Data):
		train, test, vocab, err := data.OpenEasyVQA(o.Data, o.Size.or(32).Height)
		if err != nil {
			return nil, err
		}
		return o.questions(train, test, vocab), nil
	case isEmoji(o.Data):
		return o.openEmojiTags()
	case isIDX(o.Data):
		return o.openMatching()
	}
	return o.openOwn(known)
}

// isEasyVQA reports whether a folder has that data set's files.
func isEasyVQA(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "*-questions.tsv.gz"))
	return err == nil && len(found) > 0
}

// questions is a data set of questions about pictures, several about each: those of one picture stay together.
func (o *options) questions(all, test *data.Pairs, vocab *data.Vocab) *dataset {
	shape := all.Images.Shape()
	d := &dataset{test: test, vocab: vocab, classes: all.Classes, task: classify, size: dims{shape[1], shape[2]}, channels: shape[3]}
	rows, held := data.Grouped(all.Rows, .95, o.Seed)
	d.train, d.valid = data.Subset[data.Pair](all, rows), data.Subset[data.Pair](all, held)
	d.targets = all.Targets(rows)
	return d
}
