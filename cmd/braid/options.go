package main

import (
	"errors"
	"fmt"
	"strings"
)

// options say what is trained on what. They are kept with the run, as run.json: a resumed run has those it began with.
type options struct {
	Data string `json:"data" default:"builtin" placeholder:"builtin|DIR|FILE" help:"builtin: generated pictures of shapes with questions, of several kinds: builtin:count, builtin:area, builtin:tags, builtin:unbalanced; DIR: an image folder, IDX files with names of classes, easy-VQA, or the emoji; FILE: a .csv, .tsv or .jsonl table of pictures, texts and labels."`
	sourceOptions
	recipeOptions
	shapeOptions
	lossOptions

	whole bool // test on all of one's own data, not on a part that was held back: they are other data than the run's
}

// most is beyond what anybody means, and keeps products of flags from overflowing.
const most = 1_000_000

func (o *options) kind() string  { return fusionKind }
func (o *options) data() *string { return &o.Data }

// complaints are what is wrong with flags.
type complaints []string

func (c *complaints) expect(ok bool, format string, args ...any) {
	if !ok {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

// err is all of them, or nil.
func (c complaints) err() error {
	if c == nil {
		return nil
	}
	return errors.New(strings.Join(c, "; "))
}

func (o *options) check() error {
	var wrong complaints
	o.sourceOptions.complain(o.Data, &wrong)
	o.recipeOptions.complain(&wrong)
	o.shapeOptions.complain(o.Vectors, &wrong)
	o.lossOptions.complain(&wrong)
	return wrong.err()
}
