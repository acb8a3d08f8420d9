package models

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// ImageConfig describes a convolutional encoder: for each of Widths conv3x3, batch norm, ReLU, max-pool 2; then the
// mean over the pixels, or all of them; then a Dense layer to the common width.
type ImageConfig struct {
	Height, Width, Channels int   // 32, 32, 3
	Widths                  []int // channels after each convolution: 16, 32, 64
	NoBatchNorm             bool
	Flatten                 bool    // keeps positions; otherwise global average pooling
	Dropout                 float32 // before the Dense layer

	// Strided is the encoder of an autoencoder, which [Fusion.StartFrom] can take over: 4x4 convolutions of stride 2, then
	// all pixels through ReLU layers of the widths Deep.
	Strided bool  `json:",omitempty"`
	Deep    []int `json:",omitempty"`
}

// TextConfig describes a text encoder: an embedding with a tanh RNN; with Bag the mean of the embedded words; with
// Dense the given vector (bag of words, TF-IDF, sentence vector) through Dense layers. Then a Dense layer to the common
// width.
type TextConfig struct {
	Vocab   int       // tokens, padding (0) included; not used with Dense
	Embed   int       // width of the embedding: 32
	Hidden  []int     // RNN: width of each layer, 64. Bag and Dense: width of each ReLU layer, none
	Vectors []float32 `json:"-"` // [Vocab, Embed], word vectors to start from; nil: drawn
	Freeze  bool      // keep the embedding as it is
	Bag     bool
	Dense   int // the width of the vector

	MaxTokens int `json:",omitempty"` // texts were cut to so many tokens; 0: they were not. For whoever serves the model
}

// Columns are the columns of a table that a model was trained on, for whoever reads such a table again. "" is none.
type Columns struct{ Image, Text, Label string }

// FusionConfig describes a Fusion. What is left zero gets the default that stands beside it.
type FusionConfig struct {
	Image    ImageConfig
	Text     TextConfig
	Features int // width of both feature vectors: 64
	Merge    Merge
	Rank     int     // of Bilinear: 4
	Hidden   []int   // ReLU layers of the head: 128
	Dropout  float32 // after each of them

	Outputs    int  // classes, or targets of a regression
	Regression bool // outputs are values, not logits of classes
	MultiLabel bool `json:",omitempty"` // each output is the logit of a class that a sample has or has not

	Shift, Scale []float32 `json:",omitempty"` // of a regression: outputs are what the head gives times Scale plus Shift, both [Outputs]; nil: as it is

	Drop    float32 // modality dropout: how often training hides one input of a sample, so that the model can do without
	Missing bool    // inputs may be missing (see ForwardHas); Drop implies it

	Words, Classes []string // saved with the model, for whoever serves it; of a regression, Classes names the outputs
	Columns        Columns  `json:",omitzero"`
}

// withDefaults fills in what was left zero.
func (c FusionConfig) withDefaults() FusionConfig {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	list := func(p *[]int, v ...int) {
		if *p == nil {
			*p = v
		}
	}
	set(&c.Image.Height, 32)
	set(&c.Image.Width, 32)
	set(&c.Image.Channels, 3)
	list(&c.Image.Widths, 16, 32, 64)
	if c.Text.Dense == 0 {
		set(&c.Text.Embed, 32)
		if !c.Text.Bag {
			list(&c.Text.Hidden, 64)
		}
	}
	set(&c.Features, 64)
	if c.Merge == Bilinear {
		set(&c.Rank, 4)
	}
	list(&c.Hidden, 128)
	c.Missing = c.Missing || c.Drop > 0
	return c
}

// check returns what is impossible about c, or "".
func (c FusionConfig) check() string {
	i, t := c.Image, c.Text
	scale := 1 << min(len(i.Widths), 30)
	switch {
	case i.Height < 1 || i.Width < 1 || i.Channels < 1:
		return fmt.Sprintf("the image is %dx%dx%d: at least 1x1x1 is expected", i.Height, i.Width, i.Channels)
	case len(i.Widths) == 0 || !positive(i.Widths):
		return fmt.Sprintf("the image's widths are %v: at least one, each at least 1, is expected", i.Widths)
	case !i.Strided && i.Deep != nil:
		return "Image.Deep is set, but Image.Strided is not: it is for the encoder of an autoencoder"
	case i.Strided && (checkPicture(i.plain()) != "" || !positive(i.Deep)):
		return cmp.Or(checkPicture(i.plain()), fmt.Sprintf("Image.Deep is %v: each at least 1 is expected", i.Deep))
	case i.Height < scale || i.Width < scale:
		return fmt.Sprintf("an image of %dx%d cannot be halved %d times: fewer Widths are expected", i.Height, i.Width, len(i.Widths))
	case t.Dense < 0 || t.Dense > 0 && (t.Bag || t.Vocab != 0 || t.Embed != 0 || t.Vectors != nil || t.Freeze):
		return "the text is given both as a vector (Dense) and as tokens: one of them is expected"
	case t.Dense == 0 && (t.Vocab < 1 || t.Embed < 1):
		return fmt.Sprintf("the vocabulary is %d and the embedding %d wide: at least 1 is expected (or Text.Dense)", t.Vocab, t.Embed)
	case t.Vectors != nil && len(t.Vectors) != t.Vocab*t.Embed:
		return fmt.Sprintf("there are %d values in Text.Vectors: %d x %d are expected", len(t.Vectors), t.Vocab, t.Embed)
	case t.Dense == 0 && !t.Bag && len(t.Hidden) == 0 || !positive(t.Hidden):
		return fmt.Sprintf("the text's hidden widths are %v: each at least 1, and one for an RNN, is expected", t.Hidden)
	case !positive(c.Hidden) || c.Features < 1 || c.Outputs < 1:
		return fmt.Sprintf("the head is %v wide, Features is %d and Outputs %d: at least 1 is expected", c.Hidden, c.Features, c.Outputs)
	case int(c.Merge) >= len(mergeNames):
		return fmt.Sprintf("the merge is %d: one of %s is expected", c.Merge, mergeList)
	case c.Merge == Bilinear && c.Rank < 1:
		return fmt.Sprintf("Rank is %d: at least 1 is expected", c.Rank)
	case len(c.Classes) > 0 && len(c.Classes) != c.Outputs:
		return fmt.Sprintf("there are %d names of classes for %d outputs", len(c.Classes), c.Outputs)
	case c.Regression && c.MultiLabel:
		return "the model is both a regression and of many labels: one of them is expected"
	case len(c.Shift) != len(c.Scale) || c.Scale != nil && (!c.Regression || len(c.Scale) != c.Outputs) || !positiveReals(c.Scale):
		return fmt.Sprintf("Shift is %v and Scale %v: for a regression, %d of each, positive scales, are expected", c.Shift, c.Scale, c.Outputs)
	case t.MaxTokens < 0:
		return fmt.Sprintf("the text is cut to %d tokens: at least 1 is expected, or 0", t.MaxTokens)
	case len(c.Words) > 0 && len(c.Words) != t.Vocab:
		return fmt.Sprintf("there are %d words for a vocabulary of %d", len(c.Words), t.Vocab)
	}
	for _, rate := range []float32{i.Dropout, c.Dropout, c.Drop} {
		if !(rate >= 0 && rate < 1) {
			return fmt.Sprintf("a dropout rate is %v: at least 0 and below 1 is expected", rate)
		}
	}
	return ""
}

// plain is c as an autoencoder has it.
func (c ImageConfig) plain() ImageConfig {
	c.Strided, c.Deep = false, nil
	return c
}

func positive(widths []int) bool {
	return !slices.ContainsFunc(widths, func(w int) bool { return w < 1 })
}

func positiveReals(scales []float32) bool {
	return !slices.ContainsFunc(scales, func(s float32) bool { return !(s > 0 && s <= math.MaxFloat32) })
}
