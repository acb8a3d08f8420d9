package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// openOwn reads a user's pictures, divided into parts.
func (o *options) openOwn(known *models.FusionConfig) (*dataset, error) {
	w, err := o.find(known)
	if err != nil {
		return nil, err
	}
	w.chooseSize()
	train, valid, test, err := w.parts()
	if err != nil {
		return nil, err
	}
	f := train.folder
	if f.Targets([]int{0}).Absent() {
		return nil, fmt.Errorf("%s: the pictures have no labels: folders of classes, or a column named with --label, were expected", w.path)
	}
	d := &dataset{
		train: train.source(), valid: valid.source(), test: test.source(), targets: train.targets(),
		classes: f.Classes, task: w.columns.task, size: w.size(), channels: 3, about: w.columns.guessed,
		columns: models.Columns{Image: w.columns.image, Text: w.columns.text, Label: strings.Join(w.columns.labels, ",")},
	}
	if d.task == regress {
		d.classes = w.columns.labels
	}
	if len(d.classes) < 2 && d.task == classify {
		return nil, fmt.Errorf("%s: all rows are of the class %s: at least two classes were expected", w.path, strings.Join(d.classes, ""))
	}
	if w.columns.image == "" {
		d.columns = models.Columns{}
	}
	if err := w.encode(d, train, valid, test); err != nil {
		return nil, err
	}
	if w.columns.text != "" {
		d.testText = func(row int) string { return test.folder.Text(test.rows[row]) }
	}
	d.parts = []part{train, valid, test}
	if o.whole {
		d.parts = d.parts[2:]
	}
	for _, p := range d.parts {
		images, texts := p.lacking()
		d.lackImages += images
		if d.vocab != nil {
			d.lackTexts += texts
		}
		if !slices.ContainsFunc(d.folders, func(f *data.ImageFolder) bool { return f == p.folder }) {
			d.folders = append(d.folders, p.folder)
		}
	}
	return d, nil
}

// encode makes the vocabulary of the texts to train on, that of all parts.
func (w *own) encode(d *dataset, parts ...part) error {
	if w.columns.text == "" {
		return nil
	}
	d.maxTokens = w.options.MaxTokens
	if d.maxTokens == 0 {
		d.maxTokens = longestText
	}
	if w.known != nil {
		d.vocab, d.maxTokens = &data.Vocab{Words: w.known.Words}, w.known.Text.MaxTokens
	} else {
		texts := parts[0].texts()
		d.vocab = data.BuildVocab(texts, 0, 1)
		d.maxTokens = min(d.maxTokens, d.vocab.EncodeAll(texts, 0).Shape()[1])
		var err error
		if d.vocab, err = w.options.extend(d.vocab); err != nil {
			return err
		}
	}
	for _, p := range parts {
		p.folder.Encode(d.vocab, d.maxTokens)
	}
	return nil
}

// parts opens the data and holds rows back for the parts that they lack.
func (w *own) parts() (train, valid, test part, err error) {
	o := w.options
	var classes []string
	if w.known != nil {
		classes = w.known.Classes
	}
	first := w.split("train")
	if o.whole {
		if test := w.split("test"); test != "" {
			first = test
		}
		f, err := w.open(first, classes)
		if err != nil {
			return train, valid, test, err
		}
		train = whole(f)
		return train, train, train, nil
	}
	if len(w.splits) > 0 && first == "" {
		return train, valid, test, fmt.Errorf("%s has no part to train on: it has %s", w.path, strings.Join(w.splits, ", "))
	}
	f, err := w.open(first, classes)
	if err != nil {
		return train, valid, test, err
	}
	train = whole(f)
	for _, p := range []struct {
		name  string
		share float64
		part  *part
	}{{"test", o.Test, &test}, {"validation", o.Valid, &valid}} {
		split := w.split(p.name)
		if p.name == "test" && !o.Fold.IsZero() {
			if split != "" {
				return train, valid, test, fmt.Errorf("%s has a test part: --fold divides data without one", w.path)
			}
			if train, test, err = train.folded(o.Fold, o.Seed); err != nil {
				return train, valid, test, fmt.Errorf("%s: %w", w.path, err)
			}
			continue
		}
		if split != "" {
			if f, err = w.open(split, train.folder.Classes); err != nil {
				return train, valid, test, err
			}
			*p.part = whole(f)
			continue
		}
		if p.share == 0 {
			return train, valid, test, fmt.Errorf("%s has no %s part, and the share to hold back for one is 0", w.path, p.name)
		}
		if train, *p.part, err = train.cut(p.share, o.Seed); err != nil {
			return train, valid, test, fmt.Errorf("%s: %w", w.path, err)
		}
	}
	return train, valid, test, nil
}

// bad is the rows that were left out.
func (d *dataset) bad() []error {
	var bad []error
	for _, f := range d.folders {
		bad = append(bad, f.Bad...)
	}
	return bad
}

// listBad tells of rows that were left out.
func listBad(w io.Writer, bad []error) {
	const listed = 20
	if len(bad) == 0 {
		return
	}
	if len(bad) == 1 {
		fmt.Fprintln(w, "1 bad row was left out:")
	} else {
		fmt.Fprintf(w, "%d bad rows were left out:\n", len(bad))
	}
	for i, err := range bad {
		if i == listed {
			fmt.Fprintf(w, "  and %d more\n", len(bad)-listed)
			break
		}
		fmt.Fprintf(w, "  %v\n", err)
	}
}
