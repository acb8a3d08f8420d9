package main

import "github.com/braidml/braid/models"

// jointOptions describe a run of train joint.
type jointOptions struct {
	pictureOptions
	Code        int              `json:"code" default:"32" help:"Numbers that a picture and its text become together."`
	TextEncoder string           `json:"text_encoder" default:"rnn" enum:"rnn,bag" help:"What reads the texts: a tanh RNN, or a bag of words."`
	Words       string           `json:"words" default:"auto" enum:"auto,ordered,set" help:"How a text is given back: its words in their order, or as a set. auto: ordered, but for long texts of many words."`
	Loss        models.PixelLoss `json:"loss" default:"bce" help:"Of pixels: bce, mse."`
	TextWeight  float32          `json:"text_weight" default:"1" help:"Weight of the texts' loss beside that of the pictures."`
	Variational bool             `json:"variational" default:"true" negatable:"" help:"Learn distributions of codes, so that a text has many pictures; without, it has one, the mean of all."`
	Beta        float32          `json:"beta" default:"0.003" help:"Of a variational one: weight of the codes' divergence from the normal distribution; little, for codes of a text are drawn by a flow."`
	Match       float32          `json:"match" default:"0.003" help:"Of a variational one: weight of the divergence of both inputs' codes from those of one."`
	Adversary   float32          `json:"adversary" default:"0.05" help:"Weight of a critic that refuses rebuilt pictures which do not look real, or not like their text; 0: none."`
	Missing     float64          `json:"missing" default:"0" help:"Hide the picture or the text, half each, of this share of the samples to train on: what is learned where pairs are few."`
}

func (o *jointOptions) kind() string { return jointKind }

func (o *jointOptions) check() error {
	var wrong complaints
	o.complain(&wrong)
	wrong.expect(o.Code >= 1 && o.Code <= 65536, "--code is %d, want 1 to 65536", o.Code)
	wrong.expect(o.TextWeight > 0 && o.TextWeight <= 1000, "--text-weight is %g, want more than 0, at most 1000", o.TextWeight)
	wrong.expect(o.Beta > 0 && o.Beta <= 1000, "--beta is %g, want more than 0, at most 1000", o.Beta)
	wrong.expect(o.Match > 0 && o.Match <= 1000, "--match is %g, want more than 0, at most 1000", o.Match)
	wrong.expect(o.Adversary >= 0 && o.Adversary <= 1000, "--adversary is %g, want 0 to 1000", o.Adversary)
	wrong.expect(o.Missing >= 0 && o.Missing <= 0.99, "--missing is %g, want 0 to 0.99", o.Missing)
	return wrong.err()
}

// mostPlaces is how many logits an ordered text may have, words times places: more take longer than the pictures.
const mostPlaces = 20_000

// config describes the model for g.
func (o *jointOptions) config(g *gallery) models.JointConfig {
	c := models.JointConfig{
		Image: o.image(g), Text: models.TextConfig{Vocab: g.vocab.Len(), Bag: o.TextEncoder == "bag"},
		Code: o.Code, Loss: o.Loss, TextWeight: o.TextWeight, Variational: o.Variational, Words: g.vocab.Words, Adversary: o.Adversary,
	}
	if o.Variational {
		c.Beta, c.Match = o.Beta, o.Match
	}
	places := g.train.Texts.Shape()[1]
	if o.Words == "ordered" || o.Words == auto && places*g.vocab.Len() <= mostPlaces {
		c.Length = places
	}
	return c
}
