package models

import (
	"fmt"
	"math/rand/v2"
)

// JointConfig describes a JointAutoencoder. What is left zero gets the default that stands beside it.
type JointConfig struct {
	Image    ImageConfig // Widths of the encoder, backwards of the decoder: 32, 64, … while the image can be halved
	Text     TextConfig  // tokens: an RNN, or a Bag
	Code     int         // numbers that image and text become: 64
	Features int         // width of the features that are merged into a code: 128
	Merge    Merge
	Deep     []int // ReLU layers between the convolutions and the code, of the encoder and of the decoder: 256, 256
	Hidden   []int // ReLU layers of the text decoder: 128
	Length   int   // words that the text decoder gives in their order; 0: it gives each word's probability of being there

	Loss       PixelLoss
	TextWeight float32 // of the texts' loss beside the images': 1

	// A variational one learns distributions of codes, so that a text has many images. It merges them as a product of
	// experts, not by Merge.
	Variational bool
	Beta        float32 // weight of the divergence from the standard normal distribution: 1
	Match       float32 // weight of the divergence of the codes of both from those of image or text alone: 1
	Flow        int     // width of the layers that learn how a text's codes are distributed: 256; below 0: a normal distribution

	// Adversary is the weight of a critic's judgement on rebuilt images, in JointAutoencoder.Step: pixel by pixel, a blurred
	// image is a good one. 0: there is no critic.
	Adversary float32

	Words []string // saved with the model, for whoever reads its texts
}

// complete fills in what was left zero and returns what is impossible about the result, or "".
func (c JointConfig) complete() (JointConfig, string) {
	c.Image = pictureDefaults(c.Image, 32)
	c.Text = textDefaults(c.Text)
	orDefault(&c.Code, 64)
	orDefault(&c.TextWeight, 1)
	if c.Deep == nil {
		c.Deep = []int{256, 256}
	}
	if c.Hidden == nil {
		c.Hidden = []int{128}
	}
	if c.Variational {
		orDefault(&c.Beta, 1)
		orDefault(&c.Match, 1)
		orDefault(&c.Flow, 256)
	} else {
		orDefault(&c.Features, 128)
	}
	return c, c.check()
}

func (c JointConfig) check() string {
	if wrong := checkPicture(c.Image); wrong != "" {
		return wrong
	}
	if c.Text.Dense != 0 {
		return "the text is a vector (Dense): tokens are expected, for the decoder gives words"
	}
	if wrong := checkTokens(c.Text, c.featureWidth()); wrong != "" {
		return wrong
	}
	weights := []struct {
		name  string
		value float32
	}{{"TextWeight", c.TextWeight}, {"Beta", c.Beta}, {"Match", c.Match}, {"Adversary", c.Adversary}}
	for _, w := range weights {
		if !(w.value >= 0 && w.value <= 1e6) {
			return fmt.Sprintf("%s is %v: at least 0 is expected", w.name, w.value)
		}
	}
	switch {
	case c.Text.Vocab < 2:
		return fmt.Sprintf("the vocabulary is %d: at least 2 is expected, padding and a word", c.Text.Vocab)
	case c.Code < 1 || c.Length < 0 || !positive(c.Hidden) || !positive(c.Deep):
		return fmt.Sprintf("Code is %d, Length %d, Hidden %v and Deep %v: at least 1, 0 and 1 is expected", c.Code, c.Length, c.Hidden, c.Deep)
	case int(c.Loss) >= len(pixelLossNames):
		return fmt.Sprintf("the loss is %d: one of %v is expected", c.Loss, pixelLossNames)
	case int(c.Merge) >= len(mergeNames):
		return fmt.Sprintf("the merge is %d: one of %s is expected", c.Merge, mergeList)
	case c.Variational && (c.Merge != Concat || c.Features != 0):
		return "Merge or Features is set, but a variational model multiplies distributions"
	case !c.Variational && (c.Beta != 0 || c.Match != 0):
		return "Beta or Match is set, but Variational is not: there is no divergence to weigh"
	case !c.Variational && c.Flow != 0:
		return "Flow is set, but Variational is not: a text has one code"
	case len(c.Words) > 0 && len(c.Words) != c.Text.Vocab:
		return fmt.Sprintf("there are %d words for a vocabulary of %d", len(c.Words), c.Text.Vocab)
	}
	return ""
}

// featureWidth is the width of what the encoders give.
func (c JointConfig) featureWidth() int {
	if c.Variational {
		return 2 * c.Code
	}
	return c.Features
}

// jointRank is that of a Bilinear merge.
const jointRank = 4

// size is the number of values in the parameters of the model that c describes.
func (c JointConfig) size() float64 {
	var n count
	features := count(c.featureWidth())
	wide := int(n.down(c.Image, false, false))
	for _, w := range c.Deep {
		n.dense(wide, w, true)
		wide = w
	}
	n.dense(wide, c.featureWidth(), true)
	n.text(c.Text, c.featureWidth())
	if !c.Variational {
		merged := features
		switch c.Merge {
		case Concat:
			merged *= 2
		case Gated:
			n += 4*features*features + 3*features
		case Bilinear:
			n += 2 * (features + 1) * features * jointRank
		}
		n += (merged+1)*count(c.Code) + 2*features
	}
	wide = c.Code
	for _, w := range c.Deep {
		n.dense(wide, w, true)
		wide = w
	}
	n.up(c.Image, wide)
	in := c.Code
	for _, w := range c.Hidden {
		n.dense(in, w, true)
		in = w
	}
	n += (count(in) + 1) * count(c.Text.Vocab) * count(max(c.Length, 1))
	if c.Flow > 0 {
		in, last := c.flowSizes()
		n.dense(in, c.Flow, true)
		n.dense(c.Flow, c.Flow, true)
		n.dense(c.Flow, c.Flow, true)
		n.dense(c.Flow, last, true)
	}
	if c.Adversary > 0 {
		n += c.critic().discriminatorSize()
	}
	return float64(n)
}

func (c JointConfig) build(rng *rand.Rand) *JointAutoencoder { return NewJointAutoencoder(rng, c) }
