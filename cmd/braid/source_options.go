package main

import (
	"maps"
	"slices"
	"strings"
)

// sourceOptions say how --data is read.
type sourceOptions struct {
	Level    int  `json:"level" default:"1" help:"Of the generated data: 1 one shape, 2 several, with position and counting words."`
	Pictures int  `json:"pictures" default:"3000" help:"Of the generated data: pictures to train on; a fifth as many to test."`
	Size     dims `json:"size" name:"image-size" aliases:"size" placeholder:"N|HxW" help:"Pixels that pictures get; 32 if left out. Of your own: their size if all have the same from 16 to 128, else 64."`

	Image     string  `json:"image,omitempty" placeholder:"COLUMN" help:"Of a table: column with the picture's file; guessed if left out, as are the next three."`
	Text      string  `json:"text,omitempty" placeholder:"COLUMN" help:"Of a table: column with the text; none: pictures alone."`
	Label     string  `json:"label,omitempty" placeholder:"COLUMN" help:"Of a table: column to learn; for a regression also several, with commas between. In an image folder the class folders, if there are."`
	Task      string  `json:"task,omitempty" default:"auto" enum:"auto,classify,multilabel,regress," help:"classify: one class of several; multilabel: any number of them (a list, or a|b); regress: numbers."`
	MaxTokens int     `json:"max_tokens,omitempty" default:"0" help:"Cut texts to so many words; 0: to 64."`
	Valid     float64 `json:"valid_share,omitempty" name:"valid-share" default:"0.1" help:"Of data without a validation part: the share of the training rows that is held back for one."`
	Test      float64 `json:"test_share,omitempty" name:"test-share" default:"0.1" help:"Of data without a test part: the share of all rows that becomes one."`
	Fold      fold    `json:"fold,omitzero" placeholder:"I/K" help:"Test on the I-th of K parts of your own data and train on the others; --folds K does it for all."`
	SkipBad   bool    `json:"skip_bad,omitempty" help:"Leave rows out that cannot be read, and list them. Without, the first one is an error."`

	Seed uint64 `json:"seed" default:"1" help:"Of data, weights, order and dropout: the same seed gives the same bits."`
}

// What there is to learn.
const (
	guess      = "auto"
	classify   = "classify"
	multilabel = "multilabel"
	regress    = "regress"
)

// longestText is where texts are cut if nobody says otherwise.
const longestText = 64

func (o *sourceOptions) complain(data string, wrong *complaints) {
	expect := wrong.expect
	expect(data != "", "--data is empty, want builtin, a folder or a table")
	expect(o.Level == 1 || o.Level == 2, "--level is %d, want 1 or 2", o.Level)
	expect(o.Pictures >= 20 && o.Pictures <= most, "--pictures is %d, want 20 to %d", o.Pictures, most)
	size := o.Size.or(32)
	expect(min(size.Height, size.Width) >= 16 && max(size.Height, size.Width) <= 512, "--image-size is %v, want 16 to 512 a side", size)
	if kind, is := isBuiltin(data); is {
		expect(generated[kind] != nil, "--data is %s, want %s", data, strings.Join(builtins(), ", "))
		expect(size.Height == size.Width && size.Height <= 256, "--image-size is %v, want 16 to 256 for the generated pictures, which are square", size)
		bytes := float64(o.Pictures) * float64(size.Height) * float64(size.Width) * 3.6
		expect(bytes <= 16e9, "--pictures %d of --image-size %v take %.0f GB of memory, want at most 16", o.Pictures, size, bytes/1e9)
	}
	expect(o.MaxTokens >= 0 && o.MaxTokens <= 4096, "--max-tokens is %d, want 1 to 4096, or 0 for %d", o.MaxTokens, longestText)
	expect(o.Fold.IsZero() || o.Fold.Of >= 2 && o.Fold.Of <= 100 && o.Fold.Number >= 1 && o.Fold.Number <= o.Fold.Of,
		"--fold is %v, want 1/2 to 100/100", o.Fold)
	for _, share := range []struct {
		flag  string
		value float64
	}{{"--valid-share", o.Valid}, {"--test-share", o.Test}} {
		expect(share.value > 0 && share.value <= 0.5 || share.value == 0, "%s is %g, want more than 0, at most 0.5", share.flag, share.value)
	}
}

// builtins are the names of generated data.
func builtins() []string {
	names := slices.Sorted(maps.Keys(generated))
	for i, kind := range names {
		names[i] = strings.TrimSuffix(builtin+":"+kind, ":")
	}
	return names
}
